import {
  type Component,
  makeProperty,
  mapChildren,
  type Property,
  properties,
  property,
  propertyValue,
  withoutProperties,
  withProperty,
} from '@isched/icalendar';
import { addressKey, attendeeLine } from '../attendee.ts';
import { deriveInstance, recurrenceIdFor } from '../derive.ts';
import { exclusionOf, withExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import { withoutForeign } from '../personal.ts';
import type { IgnoredReason } from '../reasons.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { findOverride, type Member, membersOf, type Series } from '../series.ts';
import { momentOf } from '../zoned.ts';
import { isOwnEntry, refuseForeignOrganizer, type Scene } from './scene.ts';

/**
 * CANCEL: the organizer calls the meeting off, single instances of it, or takes people off it.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.5, §3.4.5, §3.5.3, §5.2.1.
 */
export function judgeCancel(scene: Scene): Judgement {
  const { stored, incoming } = scene;
  const foreign = refuseForeignOrganizer(scene);
  if (foreign) return foreign;
  if (isOwnEntry(scene)) return ignored('own-entry');
  if (!stored) return cancelUnknown(scene);
  if (incoming.master) return cancelWhole(scene, stored, incoming.master);
  return cancelInstances(scene, stored);
}

function cancelUnknown(scene: Scene): Judgement {
  const { message, policy } = scene;
  if (policy.unknownCancellation === 'forget' || scene.incoming.master === undefined) return ignored('nothing-to-cancel');
  const calendar = mapChildren(withoutProperties(message.calendar, 'METHOD'), (child) =>
    child.kind === 'component' && child.name === message.componentType
      ? withProperty(withoutForeign(child, policy), makeProperty('STATUS', 'CANCELLED'))
      : child,
  );
  return plan('cancellation-remembered', { store: { calendar }, significant: false });
}

function isOlder(message: Component, known: Component): boolean {
  return compareRevisions(revisionOf(message), revisionOf(known)) === 'older';
}

/** Whom a CANCEL of the whole is about: everybody, or only those it names. */
function isAbout(component: Component, scene: Scene): boolean {
  const named = properties(component, 'ATTENDEE');
  if (named.length === 0 || propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED') return true;
  return attendeeLine(component, scene.user) !== undefined;
}

function cancelWhole(scene: Scene, stored: Series, { component }: Member): Judgement {
  const known = (stored.master ?? (stored.overrides[0] as Member)).component;
  if (isOlder(component, known)) return ignored('outdated');
  if (!isAbout(component, scene)) return removeOthers(stored, component);
  const named = properties(component, 'ATTENDEE').length > 0;
  const wholly = propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED';
  const reason = named && !wholly ? 'removed-from-meeting' : 'cancelled';
  if (scene.policy.cancelledEntry === 'delete') return plan(reason, deleteObject(stored));
  const edits = membersOf(stored).flatMap((member): readonly Edit[] => {
    const changed = asCancelled(member.component, component);
    return changed === member.component ? [] : [{ do: 'replace', at: member.at, with: changed }];
  });
  if (edits.length === 0) return ignored('duplicate');
  return plan(reason, { edits, changes: [{ properties: ['STATUS'] }] });
}

/** Everything under this UID goes; where nothing else is in the calendar, the calendar too. */
function deleteObject(stored: Series): { readonly store: { readonly calendar: undefined }; readonly changes: readonly Change[] } {
  void stored;
  return { store: { calendar: undefined }, changes: [{ properties: ['STATUS'] }] };
}

/** A component with STATUS:CANCELLED and the cancellation's SEQUENCE and DTSTAMP. @throws nothing. */
export function asCancelled(component: Component, cancellation: Component): Component {
  let changed = withValueOf(component, makeProperty('STATUS', 'CANCELLED'));
  for (const name of ['SEQUENCE', 'DTSTAMP']) {
    const line = property(cancellation, name);
    if (line) changed = withValueOf(changed, line);
  }
  return changed;
}

/** Like `withProperty`, but a line that says the same already stays as it is. */
function withValueOf(component: Component, line: Property): Component {
  return propertyValue(component, line.name)?.trim() === line.value.trim() ? component : withProperty(component, line);
}

function removeOthers(stored: Series, component: Component): Judgement {
  const gone = new Set(properties(component, 'ATTENDEE').map((line) => addressKey(line.value)));
  const edits = membersOf(stored).flatMap((member): readonly Edit[] => {
    const changed = mapChildren(member.component, (child) =>
      child.kind === 'property' && child.name === 'ATTENDEE' && gone.has(addressKey(child.value)) ? undefined : child,
    );
    return changed === member.component ? [] : [{ do: 'replace', at: member.at, with: changed }];
  });
  if (edits.length === 0) return ignored('duplicate');
  return plan('others-removed', { edits, changes: [{ properties: ['ATTENDEE'] }], significant: false });
}

/** What the cancelled instances come to: the series as it is then, and what happens to single components. */
interface Progress {
  readonly series: Component | undefined;
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly reasons: readonly IgnoredReason[];
}

function cancelInstances(scene: Scene, stored: Series): Judgement {
  const start: Progress = { series: stored.master?.component, edits: [], changes: [], reasons: [] };
  const done = scene.incoming.overrides.reduce((progress, member) => cancelInstance(scene, stored, member, progress), start);
  if (done.changes.length === 0) return ignored(done.reasons[0] ?? 'duplicate');
  const gone = done.edits.filter((edit) => edit.do === 'replace' && edit.with === undefined).length;
  if (!stored.master && gone === stored.overrides.length) return plan('cancelled', deleteObject(stored));
  const series: readonly Edit[] =
    stored.master && done.series !== stored.master.component
      ? [{ do: 'replace', at: stored.master.at, with: done.series }]
      : [];
  return plan('instances-cancelled', { edits: [...series, ...done.edits], changes: done.changes });
}

function cancelInstance(scene: Scene, stored: Series, member: Member, progress: Progress): Progress {
  const line = member.recurrenceId as Property;
  const known = findOverride(stored, line, scene.incoming.zoned);
  const { series } = progress;
  const own = series ? recurrenceIdFor(series, stored.zoned, line, scene.incoming.zoned) : line;
  const skip = (reason: IgnoredReason): Progress => ({ ...progress, reasons: [...progress.reasons, reason] });
  const judgedAgainst = known?.component ?? stored.master?.component;
  if (!judgedAgainst) return skip('no-such-instance');
  if (isOlder(member.component, judgedAgainst)) return skip('outdated');
  if (series && !known) {
    const moment = momentOf(own, stored.zoned);
    if (moment && exclusionOf(series, stored.zoned, moment) !== undefined) return skip('duplicate');
    if (!hasInstance(stored, own)) return skip('no-such-instance');
  }
  const changes = [...progress.changes, { recurrenceId: own.value, properties: ['STATUS'] }];
  if (series && scene.policy.cancelledInstance === 'exclude') {
    const excluded = withExclusion(series, own, revisionOf(member.component).sequence);
    const gone: readonly Edit[] = known ? [{ do: 'replace', at: known.at, with: undefined }] : [];
    return { ...progress, series: excluded, edits: [...progress.edits, ...gone], changes };
  }
  const cancelled = asCancelled(known?.component ?? deriveInstance(series as Component, own), member.component);
  if (known && cancelled === known.component) return skip('duplicate');
  const edit: Edit = known
    ? { do: 'replace', at: known.at, with: series === undefined && scene.policy.cancelledEntry === 'delete' ? undefined : cancelled }
    : { do: 'add', component: cancelled };
  return { ...progress, edits: [...progress.edits, edit], changes };
}

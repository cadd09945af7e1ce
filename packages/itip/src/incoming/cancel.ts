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
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { exclusionOf, withExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import { withoutForeign } from '../personal.ts';
import type { AppliedReason, IgnoredReason } from '../reasons.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { findOverride, isThisAndFuture, type Member, membersOf, overridesFrom, type Series } from '../series.ts';
import { truncated } from '../truncate.ts';
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
  if (policy.unknownCancellation === 'forget' || scene.incoming.master === undefined)
    return ignored('nothing-to-cancel');
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
  return cancelAll(scene, stored, { component, at: -1 }, reason);
}

function cancelAll(
  { policy }: Scene,
  stored: Series,
  { component }: Member,
  reason: AppliedReason = 'cancelled',
): Judgement {
  const changes = [{ properties: ['STATUS'] }];
  if (policy.cancelledEntry === 'delete') return plan(reason, { store: { calendar: undefined }, changes });
  const edits = membersOf(stored).flatMap((member): readonly Edit[] => {
    // An instance may live on, by a newer message, where the series does not.
    if (member.recurrenceId && revisionOf(member.component).sequence > revisionOf(component).sequence) return [];
    const changed = asCancelled(member.component, component);
    return changed === member.component ? [] : [{ do: 'replace', at: member.at, with: changed }];
  });
  return edits.length === 0 ? ignored('duplicate') : plan(reason, { edits, changes });
}

/** A component with STATUS:CANCELLED and the cancellation's SEQUENCE and DTSTAMP. @throws nothing. */
export function asCancelled(component: Component, cancellation: Component): Component {
  return withRevision(withValueOf(component, makeProperty('STATUS', 'CANCELLED')), cancellation);
}

/** The component with another's SEQUENCE and DTSTAMP. */
function withRevision(component: Component, from: Component): Component {
  return ['SEQUENCE', 'DTSTAMP'].reduce((changed, name) => {
    const line = property(from, name);
    return line ? withValueOf(changed, line) : changed;
  }, component);
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
  /** Undefined where no series is stored, or nothing is left of it. */
  readonly series: Component | undefined;
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly reasons: readonly IgnoredReason[];
}

function cancelInstances(scene: Scene, stored: Series): Judgement {
  const start: Progress = { series: stored.master?.component, edits: [], changes: [], reasons: [] };
  const done = scene.incoming.overrides.reduce(
    (progress, member) => cancelInstance(scene, stored, member, progress),
    start,
  );
  if (done.changes.length === 0) return ignored(done.reasons[0] ?? 'duplicate');
  const gone = new Set(done.edits.flatMap((edit) => (edit.do === 'replace' && !edit.with ? [edit.at] : [])));
  const left = stored.overrides.some(({ at }) => !gone.has(at));
  if (!done.series && !left) return cancelAll(scene, stored, scene.incoming.overrides[0] as Member);
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
  const reason = whyNot(stored, { member, known, series, own });
  if (reason) return { ...progress, reasons: [...progress.reasons, reason] };
  const changes = [...progress.changes, { recurrenceId: own.value, properties: ['STATUS'] }];
  if (series && isThisAndFuture(line)) return { ...cancelFuture(stored, member, own, progress), changes };
  if (series && scene.policy.cancelledInstance === 'exclude') {
    const excluded = withExclusion(series, own, revisionOf(member.component).sequence);
    // What speaks for all later instances too goes on doing so.
    const drop = known && !isThisAndFuture(known.recurrenceId as Property);
    const gone: readonly Edit[] = drop ? [{ do: 'replace', at: known.at, with: undefined }] : [];
    return { ...progress, series: excluded, edits: [...progress.edits, ...gone], changes };
  }
  const cancelled = asCancelled(known?.component ?? instanceOfSeries(stored, own), member.component);
  const remove = series === undefined && scene.policy.cancelledEntry === 'delete';
  const edit: Edit = known
    ? { do: 'replace', at: known.at, with: remove ? undefined : cancelled }
    : { do: 'add', component: cancelled };
  return { ...progress, edits: [...progress.edits, edit], changes };
}

interface Candidate {
  readonly member: Member;
  readonly known: Member | undefined;
  readonly series: Component | undefined;
  readonly own: Property;
}

/** Why the cancellation of an instance has no effect; undefined: it has. */
function whyNot(stored: Series, { member, known, series, own }: Candidate): IgnoredReason | undefined {
  const against = known?.component ?? stored.master?.component;
  if (!against) return 'no-such-instance';
  if (isOlder(member.component, against)) return 'outdated';
  if (known) return asCancelled(known.component, member.component) === known.component ? 'duplicate' : undefined;
  if (!series) return 'no-such-instance';
  const moment = momentOf(own, stored.zoned);
  if (moment && exclusionOf(series, stored.zoned, moment) !== undefined) return 'duplicate';
  return hasInstance(stored, own) ? undefined : 'no-such-instance';
}

/** Ends the series before an instance. @see RFC 5546 §3.2.5 option a. */
function cancelFuture(stored: Series, member: Member, own: Property, progress: Progress): Progress {
  const shortened = truncated(progress.series as Component, stored.zoned, own);
  const series = shortened && withRevision(shortened, member.component);
  const gone = overridesFrom(stored, own, stored.zoned).map(({ at }): Edit => ({ do: 'replace', at, with: undefined }));
  return { ...progress, series, edits: [...progress.edits, ...gone] };
}

import type { Component, Property } from '@isched/icalendar';
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { calledOffBy, withExclusion } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import type { IgnoredReason } from '../reasons.ts';
import { revisionOf } from '../revision.ts';
import { findOverride, isThisAndFuture, type Member, overridesFrom } from '../series.ts';
import { truncated } from '../truncate.ts';
import { momentOf } from '../zoned.ts';
import { askRefresh } from './ask-refresh.ts';
import { asCancelled, cancelAll, isOlder, withRevision } from './called-off.ts';
import type { StoredScene } from './scene.ts';

/** What the cancelled instances come to: the series as it is then, and what happens to single components. */
interface Progress {
  /** Undefined where no series is stored, or nothing is left of it. */
  readonly series: Component | undefined;
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  readonly reasons: readonly IgnoredReason[];
}

/**
 * CANCEL of single instances, or of one and all that follow.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.2.5 options a and b.
 */
export function cancelInstances(scene: StoredScene): Judgement {
  const { stored, incoming } = scene;
  const start: Progress = { series: stored.master?.component, edits: [], changes: [], reasons: [] };
  const done = incoming.overrides.reduce((progress, member) => cancelInstance(scene, member, progress), start);
  const replies = missedSomething(scene, done) ? askRefresh(scene) : [];
  if (done.changes.length === 0) return ignored(done.reasons[0] ?? 'duplicate', { replies });
  const gone = new Set(done.edits.flatMap((edit) => (edit.do === 'replace' && !edit.with ? [edit.at] : [])));
  const left = stored.overrides.some(({ at }) => !gone.has(at));
  if (!done.series && !left) return cancelAll(scene, (incoming.overrides[0] as Member).component, 'cancelled');
  const series: readonly Edit[] =
    stored.master && done.series !== stored.master.component
      ? [{ do: 'replace', at: stored.master.at, with: done.series }]
      : [];
  return plan('instances-cancelled', { edits: [...series, ...done.edits], changes: done.changes, replies });
}

/** Whether an instance is called off that only a version can have that did not arrive yet. @see RFC 5546 §4.7.2. */
function missedSomething({ incoming, stored }: StoredScene, { reasons }: Progress): boolean {
  if (!stored.master || !reasons.includes('no-such-instance')) return false;
  const known = revisionOf(stored.master.component).sequence;
  return incoming.overrides.some(({ component }) => revisionOf(component).sequence > known);
}

/** One cancelled instance. */
interface Called {
  readonly member: Member;
  /** The component that it has already. */
  readonly known: Member | undefined;
  /** Its RECURRENCE-ID, as the series writes it. */
  readonly own: Property;
}

function cancelInstance(scene: StoredScene, member: Member, progress: Progress): Progress {
  const { stored, incoming } = scene;
  const line = member.recurrenceId as Property;
  const { series } = progress;
  const own = series ? recurrenceIdFor(series, stored.zoned, { line, within: incoming.zoned }) : line;
  const called: Called = { member, known: findOverride(stored, line, incoming.zoned), own };
  const reason = whyNot(scene, called, series);
  if (reason) return { ...progress, reasons: [...progress.reasons, reason] };
  const changes = [...progress.changes, { recurrenceId: own.value, properties: ['STATUS'] }];
  if (!series) return { ...markCancelled(scene, called, progress), changes };
  if (isThisAndFuture(line)) return { ...cancelFuture(scene, called, { ...progress, series }), changes };
  if (scene.policy.cancelledInstance === 'keep') return { ...markCancelled(scene, called, progress), changes };
  return { ...exclude(called, { ...progress, series }), changes };
}

interface WithSeries extends Progress {
  readonly series: Component;
}

/** Takes an instance out of the series. */
function exclude({ member, known, own }: Called, progress: WithSeries): Progress {
  const series = withExclusion(progress.series, own, revisionOf(member.component));
  // What speaks for all later instances too goes on doing so.
  const drop = known && !isThisAndFuture(known.recurrenceId as Property);
  const gone: readonly Edit[] = drop ? [{ do: 'replace', at: known.at, with: undefined }] : [];
  return { ...progress, series, edits: [...progress.edits, ...gone] };
}

/** Keeps an instance as a cancelled one, or lets it go with the policy. */
function markCancelled({ stored, policy }: StoredScene, { member, known, own }: Called, progress: Progress): Progress {
  const cancelled = asCancelled(known?.component ?? instanceOfSeries(stored, own), member.component);
  const remove = progress.series === undefined && policy.cancelledEntry === 'delete';
  const edit: Edit = known
    ? { do: 'replace', at: known.at, with: remove ? undefined : cancelled }
    : { do: 'add', component: cancelled };
  return { ...progress, edits: [...progress.edits, edit] };
}

/** Ends the series before an instance. @see RFC 5546 §3.2.5 option a. */
function cancelFuture({ stored }: StoredScene, { member, own }: Called, progress: WithSeries): Progress {
  const shortened = truncated(progress.series, stored.zoned, own);
  const series = shortened && withRevision(shortened, member.component);
  const gone = overridesFrom(stored, own, stored.zoned).map(({ at }): Edit => ({ do: 'replace', at, with: undefined }));
  return { ...progress, series, edits: [...progress.edits, ...gone] };
}

/** Why the cancellation of an instance has no effect; undefined: it has. */
function whyNot(
  { stored }: StoredScene,
  { member, known, own }: Called,
  series: Component | undefined,
): IgnoredReason | undefined {
  const against = known?.component ?? stored.master?.component;
  if (!against) return 'no-such-instance';
  if (isOlder(member.component, against)) return 'outdated';
  if (known) return asCancelled(known.component, member.component) === known.component ? 'duplicate' : undefined;
  if (!series) return 'no-such-instance';
  const moment = momentOf(own, stored.zoned);
  if (moment && calledOffBy(series, stored.zoned, moment)) return 'duplicate';
  return hasInstance(stored, own) ? undefined : 'no-such-instance';
}

import { type Component, type Property, parameter, withParameter, withProperty } from '@isched/icalendar';
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import type { Excluded } from '../excluded.ts';
import { calledOffBy, exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import type { Edit } from '../judgement.ts';
import { compareRevisions, isSentLater, revisionOf } from '../revision.ts';
import { isCancelled } from '../outgoing/request-for.ts';
import { findOverride, isThisAndFuture, type Member, overridesFrom } from '../series.ts';
import { momentOf } from '../zoned.ts';
import { additionOf, compose, outcomeOf } from './compose.ts';
import { hiddenInstance, isStillHidden } from './hidden.ts';
import type { Result } from './outcome.ts';
import { refreshAttendees } from './refresh-attendees.ts';
import type { StoredScene } from './scene.ts';

/**
 * One instance of a REQUEST.
 *
 * @param series - the series as the same message has made it; absent: the message is about instances only.
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §3.7.1, §4.7.2.
 */
export function updateInstance(scene: StoredScene, member: Member, series: Component | undefined): Result {
  const { stored, incoming } = scene;
  const recurrenceId = member.recurrenceId as Property;
  const known = findOverride(stored, recurrenceId, incoming.zoned);
  if (!known) return newInstance(scene, member, series);
  const [told, kept] = [revisionOf(member.component), revisionOf(known.component)];
  const order = compareRevisions(told, kept);
  // Beside an outdated series a SEQUENCE alone proves nothing: the newer series may have ended what it counts.
  const late = incoming.master !== undefined && !series && order === 'newer' && !isSentLater(told, kept);
  if (order === 'older' || late) return 'outdated';
  if (order === 'same') return refreshAttendees(scene, known, member);
  const composed = compose(scene, member.component, {
    known: { component: known.component, within: stored.zoned },
    personal: known.component,
  });
  // Written as it is kept, whether the message says it in UTC or in a zone.
  const line = withParameter(known.recurrenceId as Property, 'RANGE', parameter(recurrenceId, 'RANGE'));
  const component = withProperty(composed.component, line);
  return withFuture(scene, member, outcomeOf(scene, { ...composed, component }, known));
}

/** What speaks for all later instances replaces what older versions said of single ones. */
function withFuture({ stored, incoming }: StoredScene, member: Member, result: Result): Result {
  const recurrenceId = member.recurrenceId as Property;
  if (typeof result === 'string' || !isThisAndFuture(recurrenceId)) return result;
  const { sequence } = revisionOf(member.component);
  const first = findOverride(stored, recurrenceId, incoming.zoned);
  const gone = overridesFrom(stored, recurrenceId, incoming.zoned).filter(
    (other) =>
      other !== first &&
      revisionOf(other.component).sequence < sequence &&
      !findOverride(incoming, other.recurrenceId as Property, stored.zoned),
  );
  const edits = gone.map(({ at }): Edit => ({ do: 'replace', at, with: undefined }));
  return { ...result, edits: [...result.edits, ...edits] };
}

function newInstance(scene: StoredScene, member: Member, series: Component | undefined): Result {
  const { incoming, stored } = scene;
  const { master } = stored;
  if (!master) {
    const composed = compose(scene, member.component, { personal: stored.overrides[0]?.component });
    return additionOf(scene, composed, undefined);
  }
  const recurrenceId = member.recurrenceId as Property;
  const own = recurrenceIdFor(master.component, stored.zoned, { line: recurrenceId, within: incoming.zoned });
  const out = isCancelled(master.component) ? undefined : hiddenInstance(master.component, stored.zoned, own);
  if (series && out && hiddenInstance(series, incoming.zoned, recurrenceId)) return 'duplicate';
  // What was thrown out comes back as the organizer has it.
  const known = out ? undefined : { component: instanceOfSeries(stored, own), within: stored.zoned };
  const composed = compose(scene, member.component, { known, personal: master.component });
  const addition = additionOf(scene, composed, known);
  if (series) return isLate(scene, member, series) ? 'instance-cancelled' : addition;
  const moment = momentOf(own, stored.zoned);
  const reason = whyNot(scene, member, { own, out });
  if (reason) return reason;
  const result = withFuture(scene, member, addition);
  const excluded = moment && exclusionOf(master.component, stored.zoned, moment);
  if (typeof result === 'string') return result;
  if (excluded) return { ...result, back: moment };
  return isCancelled(master.component) || hasInstance(stored, own) ? result : { ...result, missed: true };
}

/** Whether a newer message called an instance off already. */
function isLate({ incoming }: StoredScene, { component, recurrenceId }: Member, series: Component): boolean {
  const moment = momentOf(recurrenceId as Property, incoming.zoned);
  const off = moment && calledOffBy(series, incoming.zoned, moment);
  return off !== undefined && isSentLater(off, revisionOf(component));
}

interface Instance {
  readonly own: Property;
  /** How its keeper threw it out. */
  readonly out: Excluded | undefined;
}

/** Why an instance that a message brings by itself is not taken; undefined: it is. */
function whyNot(scene: StoredScene, { component }: Member, { own, out }: Instance): Result | undefined {
  const { stored, incoming } = scene;
  const master = (stored.master as Member).component;
  const revision = revisionOf(component);
  // Beside an outdated series, what is not known any more is outdated too.
  const late = incoming.master !== undefined && !isSentLater(revision, revisionOf(master));
  const older = isCancelled(master)
    ? isSentLater(revisionOf(master), revision) // its SEQUENCE counts for nobody any more
    : compareRevisions(revision, revisionOf(master)) === 'older';
  if (late || older) return 'outdated';
  if (out) return isStillHidden(scene, out) ? 'duplicate' : undefined;
  const moment = momentOf(own, stored.zoned);
  const excluded = moment && exclusionOf(master, stored.zoned, moment);
  if (!excluded) return undefined;
  const marked = excluded.sequence > 0 || excluded.stamp !== undefined;
  const newer = marked ? compareRevisions(revision, excluded) === 'newer' : isSentLater(revision, revisionOf(master));
  return newer ? undefined : 'instance-cancelled';
}

import {
  type Component,
  makeProperty,
  type Property,
  withAddedProperties,
  withProperty,
  withParameter,
  parameter,
} from '@isched/icalendar';
import { attendeeLine } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { datesAfter, exclusionOf, withoutExclusion } from '../exclusions.ts';
import { type Change, type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import { overlay } from '../lines.ts';
import { isReset, withoutResetMarks, withOwnAnswer } from '../own-line.ts';
import { personalOf, withoutForeign, withPersonal } from '../personal.ts';
import type { AppliedReason, IgnoredReason } from '../reasons.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import { moved, type Placed } from '../schedule.ts';
import { findOverride, isThisAndFuture, type Member, overridesFrom, type Series } from '../series.ts';
import { changeOf, isSignificant } from '../snapshot.ts';
import { type Moment, momentOf } from '../zoned.ts';
import { hasInstance } from '../instances.ts';
import { askRefresh } from './ask-refresh.ts';
import { leftOverrides } from './left-overrides.ts';
import { refreshAttendees } from './refresh-attendees.ts';
import type { Scene } from './scene.ts';
import { zoneEdits } from './zones.ts';

/** What one component of the message comes to. */
export interface Outcome {
  readonly edits: readonly Edit[];
  readonly change: Change;
  /** The meeting, or this instance, is at another time. */
  readonly moved: boolean;
  /** An instance that the series left out and that is back. */
  readonly back?: Moment | undefined;
}

/** An outcome, or why there is none. */
export type Result = Outcome | IgnoredReason;

/**
 * A REQUEST about something that is stored: component by component the newer version wins, and what is the keeper's
 * own stays.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §2.1.5, §3.2.2.1, §3.2.2.2, §3.7.1.
 */
export function judgeUpdate(scene: Scene, stored: Series): Judgement {
  const { incoming } = scene;
  const whole = incoming.master && updateWhole(scene, stored, incoming.master);
  const instances = incoming.overrides.map((member) => updateInstance(scene, stored, member, whole?.taken));
  const results = [...(whole?.results ?? []), ...instances];
  const outcomes = results.filter((result) => typeof result !== 'string');
  const missed = results.includes('no-such-instance') ? askRefresh(scene) : [];
  if (outcomes.length === 0) {
    return ignored(results.find((result) => typeof result === 'string') ?? 'duplicate', { replies: missed });
  }
  const names = outcomes.flatMap(({ change }) => change.properties);
  return plan(reasonFor(outcomes, names), {
    edits: [
      ...zoneEdits(stored.zoned.calendar, scene.message),
      ...bringBack(stored, outcomes),
      ...outcomes.flatMap(({ edits }) => edits),
    ],
    changes: outcomes.map(({ change }) => change),
    significant: isSignificant(names),
    replies: missed,
  });
}

function reasonFor(outcomes: readonly Outcome[], names: readonly string[]): AppliedReason {
  if (outcomes.some((outcome) => outcome.moved)) return 'rescheduled';
  return names.length > 0 && names.every((name) => name === 'ATTENDEE') ? 'attendees-updated' : 'updated';
}

/** The series itself, or the only component. `taken`: what it is now. */
function updateWhole(
  scene: Scene,
  stored: Series,
  member: Member,
): { readonly taken?: Component; readonly results: readonly Result[] } {
  const known = stored.master;
  const order = known ? compareRevisions(revisionOf(member.component), revisionOf(known.component)) : 'newer';
  if (order === 'older') return { results: ['outdated'] };
  if (order === 'same' && known) return { results: [refreshAttendees(scene, stored, known, member)] };
  const base = known && { component: known.component, within: stored.zoned };
  const composed = compose(scene, member.component, base, (known ?? stored.overrides[0])?.component);
  const late = known ? datesAfter(known.component, revisionOf(member.component).sequence) : [];
  const taken = withAddedProperties(composed.component, late);
  const result = outcomeOf(scene, stored, known, { ...composed, component: taken });
  return { taken, results: [result, ...leftOverrides(scene, stored, { component: taken, moved: composed.moved })] };
}

/** One instance. `series`: the series as the same message has it. */
function updateInstance(scene: Scene, stored: Series, member: Member, series: Component | undefined): Result {
  const recurrenceId = member.recurrenceId as Property;
  const known = findOverride(stored, recurrenceId, scene.incoming.zoned);
  if (!known) return newInstance(scene, stored, member, series);
  const order = compareRevisions(revisionOf(member.component), revisionOf(known.component));
  if (order === 'older') return 'outdated';
  if (order === 'same') return refreshAttendees(scene, stored, known, member);
  const base = { component: known.component, within: stored.zoned };
  const composed = compose(scene, member.component, base, known.component);
  // Written as it is kept, whether the message says it in UTC or in a zone.
  const line = withParameter(known.recurrenceId as Property, 'RANGE', parameter(recurrenceId, 'RANGE'));
  const result = outcomeOf(scene, stored, known, { ...composed, component: withProperty(composed.component, line) });
  return withFuture(scene, stored, member, result);
}

/** What speaks for all later instances replaces what older versions said of single ones. */
function withFuture(scene: Scene, stored: Series, member: Member, result: Result): Result {
  const recurrenceId = member.recurrenceId as Property;
  if (typeof result === 'string' || !isThisAndFuture(recurrenceId)) return result;
  const { sequence } = revisionOf(member.component);
  const first = findOverride(stored, recurrenceId, scene.incoming.zoned);
  const gone = overridesFrom(stored, recurrenceId, scene.incoming.zoned).filter(
    (other) =>
      other !== first &&
      revisionOf(other.component).sequence < sequence &&
      !findOverride(scene.incoming, other.recurrenceId as Property, stored.zoned),
  );
  const edits = gone.map(({ at }): Edit => ({ do: 'replace', at, with: undefined }));
  return { ...result, edits: [...result.edits, ...edits] };
}

function newInstance(scene: Scene, stored: Series, member: Member, series: Component | undefined): Result {
  const { incoming } = scene;
  const recurrenceId = member.recurrenceId as Property;
  const master = stored.master;
  if (!master)
    return outcomeOf(
      scene,
      stored,
      undefined,
      compose(scene, member.component, undefined, stored.overrides[0]?.component),
    );
  const own = recurrenceIdFor(master.component, stored.zoned, recurrenceId, incoming.zoned);
  const base: Placed = { component: instanceOfSeries(stored, own), within: stored.zoned };
  const composed = compose(scene, member.component, base, master.component);
  if (series) return outcomeOf(scene, stored, undefined, composed);
  const revision = revisionOf(member.component);
  if (compareRevisions(revision, revisionOf(master.component)) === 'older') return 'outdated';
  const moment = momentOf(own, stored.zoned);
  const excluded = moment && exclusionOf(master.component, stored.zoned, moment);
  if (moment === undefined || excluded === undefined) {
    if (!hasInstance(stored, own)) return 'no-such-instance';
    return withFuture(scene, stored, member, outcomeOf(scene, stored, undefined, composed));
  }
  if (revision.sequence <= excluded) return 'instance-cancelled';
  const result = outcomeOf(scene, stored, undefined, composed);
  return typeof result === 'string' ? result : { ...result, back: moment };
}

/** The series no longer leaves out the instances that came back. */
function bringBack({ master, zoned }: Series, outcomes: readonly Outcome[]): readonly Edit[] {
  const back = outcomes.flatMap((outcome) => (outcome.back ? [outcome.back] : []));
  if (!master || back.length === 0) return [];
  const lifted = back.reduce((series, instance) => withoutExclusion(series, zoned, instance), master.component);
  return [{ do: 'replace', at: master.at, with: lifted }];
}

/** What a component of the message becomes in this person's calendar. */
interface Composed {
  readonly component: Component;
  readonly moved: boolean;
}

/**
 * @param base - the version the person knows, whose answer stays unless the meeting moved.
 * @param personal - whose alarms and other own data the component gets.
 */
function compose(
  { policy, user, incoming }: Scene,
  component: Component,
  base: Placed | undefined,
  personal: Component | undefined,
): Composed {
  const line = attendeeLine(component, user);
  const own = base && attendeeLine(base.component, user);
  const elsewhere = base !== undefined && moved(base, { component, within: incoming.zoned });
  const revoked = base !== undefined && line !== undefined && isReset(line, revisionOf(base.component).sequence);
  const reset = own !== undefined && (elsewhere || revoked);
  const clean = withoutForeign(component, policy);
  const answered = withoutResetMarks(withOwnAnswer(clean, user, own, { reset }));
  const mine = personal ? withPersonal(answered, personalOf(personal, policy), policy) : answered;
  const waiting = reset && policy.transparentUntilAnswered && component.name === 'VEVENT';
  return {
    component: waiting ? withProperty(mine, makeProperty('TRANSP', 'TRANSPARENT')) : mine,
    moved: elsewhere,
  };
}

/** The edits that bring a component in; `duplicate` where it says nothing new. */
function outcomeOf(scene: Scene, stored: Series, known: Member | undefined, composed: Composed): Result {
  const after: Placed = { component: composed.component, within: scene.incoming.zoned };
  if (!known) {
    return {
      edits: [{ do: 'add', component: composed.component }],
      change: changeOf(undefined, after),
      moved: composed.moved,
    };
  }
  const merged = overlay(known.component, composed.component);
  if (merged === known.component) return 'duplicate';
  return {
    edits: [{ do: 'replace', at: known.at, with: merged }],
    change: changeOf({ component: known.component, within: stored.zoned }, after),
    moved: composed.moved,
  };
}

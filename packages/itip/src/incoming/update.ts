import { type Component, withAddedProperties } from '@isched/icalendar';
import { datesAfter, withoutExclusion } from '../exclusions.ts';
import { type Edit, ignored, type Judgement, plan } from '../judgement.ts';
import type { ItipMessage } from '../message.ts';
import { composeMessage } from '../outgoing/compose.ts';
import { isCancelled } from '../outgoing/request-for.ts';
import { replyComponent } from '../outgoing/reply.ts';
import type { AppliedReason } from '../reasons.ts';
import { compareRevisions, revisionOf } from '../revision.ts';
import type { Member } from '../series.ts';
import { isSignificant } from '../snapshot.ts';
import { askRefresh } from './ask-refresh.ts';
import { answersAskedAgain } from './asked-again.ts';
import { additionOf, compose, outcomeOf } from './compose.ts';
import { withHidden } from './hidden.ts';
import { hiddenAnswers } from './hidden-answers.ts';
import { leftOverrides } from './left-overrides.ts';
import type { Outcome, Result } from './outcome.ts';
import { refreshAttendees } from './refresh-attendees.ts';
import type { StoredScene } from './scene.ts';
import { updateInstance } from './update-instance.ts';
import { zoneEdits } from './zones.ts';

/**
 * A REQUEST about something that is stored: component by component the newer version wins, and what is the keeper's
 * own stays.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §2.1.5, §3.2.2.1, §3.2.2.2, §3.7.1.
 */
export function judgeUpdate(scene: StoredScene): Judgement {
  const { incoming, stored } = scene;
  const whole = incoming.master && updateWhole(scene, incoming.master);
  const instances = incoming.overrides.map((member) => updateInstance(scene, member, whole?.taken));
  const results = [...(whole?.results ?? []), ...instances];
  const outcomes = results.filter((result) => typeof result !== 'string');
  // The instance is taken all the same: asking again and again for what is not there would never end.
  const replies = outcomes.some(({ missed }) => missed) ? askRefresh(scene) : answers(scene, outcomes, whole?.taken);
  if (outcomes.length === 0) {
    return ignored(results.find((result) => typeof result === 'string') ?? 'duplicate', { replies });
  }
  const names = outcomes.flatMap(({ change }) => change.properties);
  return plan(reasonFor(outcomes, names), {
    edits: [
      ...zoneEdits(stored.zoned.calendar, scene.message),
      ...bringBack(scene, outcomes),
      ...outcomes.flatMap(({ edits }) => edits),
    ],
    changes: outcomes.map(({ change }) => change),
    significant: isSignificant(names),
    replies,
  });
}

function reasonFor(outcomes: readonly Outcome[], names: readonly string[]): AppliedReason {
  if (outcomes.some((outcome) => outcome.moved)) return 'rescheduled';
  return names.length > 0 && names.every((name) => name === 'ATTENDEE') ? 'attendees-updated' : 'updated';
}

function answers(
  scene: StoredScene,
  outcomes: readonly Outcome[],
  series: Component | undefined,
): readonly ItipMessage[] {
  const { context, user, incoming } = scene;
  // An answer for the series does not reach instances by itself that were changed before the organizer knew of it.
  const inherited = outcomes.flatMap((outcome) => outcome.inherited ?? []);
  const components = [...inherited, ...hiddenAnswers(scene, series)].map((each) => replyComponent(each, user, context));
  if (components.length === 0) return answersAskedAgain(scene, outcomes);
  return [composeMessage('REPLY', components, { productId: context.productId, from: incoming.zoned.calendar })];
}

/** The series itself, or the only component. `taken`: what it is now. */
function updateWhole(
  scene: StoredScene,
  member: Member,
): { readonly taken?: Component; readonly results: readonly Result[] } {
  const { stored } = scene;
  const known = stored.master;
  const order = known ? compareRevisions(revisionOf(member.component), revisionOf(known.component)) : 'newer';
  if (order === 'older') return { results: ['outdated'] };
  if (order === 'same' && known) return { results: [refreshAttendees(scene, known, member)] };
  const composed = compose(scene, member.component, {
    known: known && { component: known.component, within: stored.zoned },
    personal: (known ?? stored.overrides.find(({ component }) => !isCancelled(component)))?.component,
  });
  const late = known ? datesAfter(known.component, revisionOf(member.component)) : [];
  const dated = withAddedProperties(composed.component, late);
  const taken = composed.renewed ? dated : withHidden(scene, { component: dated, reset: composed.reset });
  const dressed = { ...composed, component: taken };
  const result = known ? outcomeOf(scene, dressed, known) : additionOf(scene, dressed, undefined);
  return { taken, results: [result, ...leftOverrides(scene, { component: taken, reset: composed.reset })] };
}

/** The series no longer leaves out the instances that came back. */
function bringBack({ stored }: StoredScene, outcomes: readonly Outcome[]): readonly Edit[] {
  const { master, zoned } = stored;
  const back = outcomes.flatMap((outcome) => (outcome.back ? [outcome.back] : []));
  if (!master || back.length === 0) return [];
  const lifted = back.reduce((series, instance) => withoutExclusion(series, zoned, instance), master.component);
  return [{ do: 'replace', at: master.at, with: lifted }];
}

import { type Component, type Property, parameter, properties, unescapeText } from '@isched/icalendar';
import { type Addresses, addressesIn, addressKey, attendeeLine, participationOf } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor, withoutAnswerNotes } from '../derive.ts';
import { exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, ignored, type Judgement, plan, type Refusal, refused } from '../judgement.ts';
import type { IgnoredReason, RefusedReason } from '../reasons.ts';
import { findOverride, isThisAndFuture, type Member, membersOf, overridesFrom } from '../series.ts';
import { momentOf } from '../zoned.ts';
import { inheritAnswer } from './answers-inherited.ts';
import { type Recorded, record } from './record-answer.ts';
import { isOwnEntry, type Scene, type StoredScene, storedOrganizer } from './scene.ts';

/**
 * REPLY: what one attendee says of taking part, in the organizer's calendar.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §2.1.5 rules 3 and 4, §3.2.3, §3.4.3.
 */
export function judgeReply(scene: Scene): Judgement {
  const { message, stored } = scene;
  const person = whoAnswers(scene);
  if ('status' in person) return person;
  if (!stored) return refused('entry-unknown');
  const organizer = storedOrganizer(stored);
  if (organizer !== undefined && message.organizer && addressKey(message.organizer) !== organizer) {
    return refused('organizer-differs');
  }
  if (organizer !== undefined && !isOwnEntry(scene)) return refused('not-the-organizer');
  const results = membersOf(scene.incoming).flatMap((member) => answerMember({ ...scene, stored }, member, person));
  return conclude(results, commentOf(message.components));
}

type Result = Recorded | IgnoredReason | RefusedReason;

function conclude(results: readonly Result[], comment: string | undefined): Judgement {
  const recorded = results.filter((result) => typeof result !== 'string');
  const said = comment === undefined ? {} : { comment };
  if (recorded.length > 0) {
    return plan(recorded.find(({ reason }) => reason !== 'answered')?.reason ?? 'answered', {
      edits: recorded.flatMap(({ edits }) => edits),
      changes: recorded.map(({ change }) => change),
      significant: comment !== undefined || recorded.some(({ change }) => saysNews(change)),
      ...said,
    });
  }
  const reason = results.find((result) => typeof result === 'string') ?? 'duplicate';
  return reason === 'uninvited-refused' ? refused(reason) : ignored(reason as IgnoredReason, said);
}

/** The same answer once more is noted, but nobody needs to be told. */
function saysNews({ properties: names, parameters = [] }: Change): boolean {
  return parameters.length > 0 || names.length > 1;
}

/**
 * Who answers: the one attendee there is, or the one who delegates beside the delegate. Every component must name the
 * same person, before anything is looked at.
 */
function whoAnswers(scene: Scene): Addresses | Refusal {
  const sender = scene.context.sender && addressKey(scene.context.sender);
  let found: string | undefined;
  for (const component of scene.message.components) {
    const lines = properties(component, 'ATTENDEE');
    const line = answeringLine(lines, sender);
    if (!line) return refused(lines.length === 0 ? 'attendee-missing' : 'several-attendees');
    const key = addressKey(line.value);
    if (found !== undefined && key !== found) return refused('several-attendees');
    found = key;
    if (sender !== undefined && sender !== key && !speaksFor(scene, sender, line))
      return refused('sender-not-attendee');
  }
  return found === undefined ? refused('attendee-missing') : new Set([found]);
}

/** Whether a sender may answer for an attendee: by SENT-BY, as far as the policy trusts it. @see RFC 5546 §2.1.3. */
function speaksFor({ policy, stored }: Scene, sender: string, line: Property): boolean {
  if (policy.sentBy === 'never' || !addressesIn(line, 'SENT-BY').includes(sender)) return false;
  if (policy.sentBy === 'always') return true;
  const person = new Set([addressKey(line.value)]);
  const known = stored ? membersOf(stored).map(({ component }) => attendeeLine(component, person)) : [];
  return known.some((own) => own !== undefined && addressesIn(own, 'SENT-BY').includes(sender));
}

/**
 * Which of several lines is the one that answers: the sender's; the delegate's, once the delegate has said something;
 * the delegator's.
 *
 * @see RFC 5546 §4.2.5 to §4.2.7, where both stand in the answers of either.
 */
function answeringLine(lines: readonly Property[], sender: string | undefined): Property | undefined {
  if (lines.length <= 1) return lines[0];
  const sent = sender === undefined ? undefined : lines.find((line) => addressKey(line.value) === sender);
  if (sent) return sent;
  const delegate = lines.find((line) => parameter(line, 'DELEGATED-FROM') !== undefined);
  const delegator = lines.find((line) => parameter(line, 'DELEGATED-TO') !== undefined);
  if (!delegator || lines.length > 2) return undefined;
  return delegate && participationOf(delegate) !== 'NEEDS-ACTION' ? delegate : delegator;
}

/** What one component of an answer comes to; with RANGE=THISANDFUTURE it is an answer for later instances too. */
function answerMember(scene: StoredScene, member: Member, person: Addresses): readonly Result[] {
  const { stored, incoming } = scene;
  const { recurrenceId } = member;
  if (!recurrenceId) {
    const { master } = stored;
    if (!master) return ['no-such-instance'];
    const result = record(scene, { component: master.component, at: master.at }, { member, person });
    return typeof result === 'string' ? [result] : [result, ...inheritAnswer(scene, member.component, person)];
  }
  const first = answerInstance(scene, member, person);
  if (!isThisAndFuture(recurrenceId)) return [first];
  const known = findOverride(stored, recurrenceId, incoming.zoned);
  const later = overridesFrom(stored, recurrenceId, incoming.zoned).filter((each) => each !== known);
  return [first, ...later.map(({ component, at }) => record(scene, { component, at }, { member, person }))];
}

function answerInstance(scene: StoredScene, member: Member, person: Addresses): Result {
  const { stored, incoming } = scene;
  const line = member.recurrenceId as Property;
  const known = findOverride(stored, line, incoming.zoned);
  if (known) return record(scene, { component: known.component, at: known.at }, { member, person });
  if (!stored.master) return 'no-such-instance';
  const own = recurrenceIdFor(stored.master.component, stored.zoned, { line, within: incoming.zoned });
  const moment = momentOf(own, stored.zoned);
  const excluded = moment && exclusionOf(stored.master.component, stored.zoned, moment) !== undefined;
  if (excluded || !hasInstance(stored, own)) return 'no-such-instance';
  const derived = withoutAnswerNotes(instanceOfSeries(stored, own));
  return record(scene, { component: derived, at: undefined }, { member, person });
}

function commentOf(components: readonly Component[]): string | undefined {
  const lines = components.flatMap((component) => properties(component, 'COMMENT'));
  const texts = new Set(lines.map(({ value }) => unescapeText(value)).filter((text) => text !== ''));
  return texts.size === 0 ? undefined : [...texts].join('\n');
}

import {
  type Component,
  type Property,
  parameter,
  properties,
  property,
  propertyValue,
  unescapeText,
  withAddedProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import {
  type Addresses,
  addressesIn,
  addressKey,
  attendeeLine,
  participationOf,
  withAttendeeLine,
} from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { exclusionOf } from '../exclusions.ts';
import { hasInstance } from '../instances.ts';
import { type Change, type Edit, ignored, type Judgement, plan, type Refusal, refused } from '../judgement.ts';
import { resetParameter } from '../own-line.ts';
import type { AppliedReason, IgnoredReason, RefusedReason } from '../reasons.ts';
import { parseRequestStatus } from '../request-status.ts';
import { revisionOf, sequenceNumber, stampDigits } from '../revision.ts';
import { findOverride, type Member, membersOf, type Series } from '../series.ts';
import { momentOf } from '../zoned.ts';
import { isOwnEntry, type Scene, storedOrganizer } from './scene.ts';

/** The line with which an attendee answers, and whom the answer brings along. */
interface Answer {
  readonly person: Addresses;
  readonly key: string;
}

interface Outcome {
  readonly edits: readonly Edit[];
  readonly change: Change;
  readonly reason: AppliedReason;
}

type Result = Outcome | IgnoredReason | RefusedReason;

/**
 * REPLY: what one attendee says of taking part, in the organizer's calendar.
 *
 * @throws ICalendarError where instances have to be worked out and can't be.
 * @see RFC 5546 §2.1.5 rules 3 and 4, §3.2.3, §3.4.3.
 */
export function judgeReply(scene: Scene): Judgement {
  const { message, stored } = scene;
  const answer = readAnswer(scene);
  if ('status' in answer) return answer;
  if (!stored) return refused('entry-unknown');
  const organizer = storedOrganizer(stored);
  if (organizer !== undefined && message.organizer && addressKey(message.organizer) !== organizer) {
    return refused('organizer-differs');
  }
  if (organizer !== undefined && !isOwnEntry(scene)) return refused('not-the-organizer');
  const results = membersOf(scene.incoming).map((member) => answerMember(scene, stored, member, answer));
  const outcomes = results.filter((result) => typeof result !== 'string');
  const comment = commentOf(message.components);
  if (outcomes.length === 0)
    return withoutEffect(results.find((result) => typeof result === 'string') ?? 'duplicate', comment);
  return plan(outcomes.find(({ reason }) => reason !== 'answered')?.reason ?? 'answered', {
    edits: outcomes.flatMap(({ edits }) => edits),
    changes: outcomes.map(({ change }) => change),
    ...(comment === undefined ? {} : { comment }),
  });
}

function withoutEffect(reason: IgnoredReason | RefusedReason, comment: string | undefined): Judgement {
  if (reason === 'uninvited-refused') return refused(reason);
  return ignored(reason as IgnoredReason, comment === undefined ? {} : { comment });
}

/**
 * Who answers: the one attendee there is, or the one who delegates beside the delegate. Every component must name the
 * same person, before anything is looked at.
 */
function readAnswer(scene: Scene): Answer | Refusal {
  const { message, context } = scene;
  const sender = context.sender && addressKey(context.sender);
  let found: string | undefined;
  for (const component of message.components) {
    const lines = properties(component, 'ATTENDEE');
    const line = answeringLine(lines, sender);
    if (!line) return refused(lines.length === 0 ? 'attendee-missing' : 'several-attendees');
    const key = addressKey(line.value);
    if (found !== undefined && key !== found) return refused('several-attendees');
    found = key;
    if (sender !== undefined && sender !== key && !speaksFor(scene, sender, key, line)) {
      return refused('sender-not-attendee');
    }
  }
  if (found === undefined) return refused('attendee-missing');
  return { person: new Set([found]), key: found };
}

/** Whether a sender may answer for an attendee: by SENT-BY, as far as the policy trusts it. @see RFC 5546 §2.1.3. */
function speaksFor({ policy, stored }: Scene, sender: string, key: string, line: Property): boolean {
  if (policy.sentBy === 'never' || !addressesIn(line, 'SENT-BY').includes(sender)) return false;
  if (policy.sentBy === 'always') return true;
  const known = stored && membersOf(stored).map(({ component }) => attendeeLine(component, new Set([key])));
  return known?.some((own) => own !== undefined && addressesIn(own, 'SENT-BY').includes(sender)) ?? false;
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

function answerMember(scene: Scene, stored: Series, member: Member, answer: Answer): Result {
  const { recurrenceId } = member;
  if (!recurrenceId) {
    return stored.master
      ? record(scene, stored.master.component, stored.master.at, member, answer)
      : 'no-such-instance';
  }
  const known = findOverride(stored, recurrenceId, scene.incoming.zoned);
  if (known) return record(scene, known.component, known.at, member, answer);
  if (!stored.master) return 'no-such-instance';
  const own = recurrenceIdFor(stored.master.component, stored.zoned, recurrenceId, scene.incoming.zoned);
  const moment = momentOf(own, stored.zoned);
  const excluded = moment && exclusionOf(stored.master.component, stored.zoned, moment) !== undefined;
  if (excluded || !hasInstance(stored, own)) return 'no-such-instance';
  return record(scene, instanceOfSeries(stored, own), undefined, member, answer);
}

/** Writes an answer into a component of the organizer's. @param at - absent: the instance is made for this answer. */
function record(scene: Scene, component: Component, at: number | undefined, member: Member, answer: Answer): Result {
  const line = attendeeLine(component, answer.person);
  const said = attendeeLine(member.component, answer.person) as Property;
  if (!line) return welcome(scene, component, at, member, said);
  const order = answerOrder(component, line, member.component);
  if (order === 'older') return 'outdated';
  const answered = withAttendeeLine(component, answer.person, (before) =>
    recordLine(before, said, member, at === undefined),
  );
  const delegate = delegateLine(component, member.component, answer.key);
  const changed = withProgress(delegate ? withAddedProperties(answered, [delegate]) : answered, member.component);
  if (changed === component && at !== undefined) return 'duplicate';
  return outcome(changed, at, delegate ? 'delegated' : 'answered');
}

function outcome(component: Component, at: number | undefined, reason: AppliedReason): Outcome {
  const recurrenceId = propertyValue(component, 'RECURRENCE-ID');
  const change: Change = { ...(recurrenceId === undefined ? {} : { recurrenceId }), properties: ['ATTENDEE'] };
  const edit: Edit = at === undefined ? { do: 'add', component } : { do: 'replace', at, with: component };
  return { edits: [edit], change, reason };
}

/**
 * Whether an answer comes after those that are known: it must be about a version whose answers still count, and be the
 * attendee's latest by SEQUENCE, then DTSTAMP.
 */
function answerOrder(component: Component, line: Property, reply: Component): 'newer' | 'older' {
  const { sequence, stamp } = revisionOf(reply);
  const since = parameter(line, 'X-ISCHED-REPLIES-SINCE') ?? parameter(line, resetParameter);
  const valid = since === undefined ? revisionOf(component).sequence : sequenceNumber(since);
  if (sequence < valid) return 'older';
  const lastStamp = stampDigits(parameter(line, 'X-DTSTAMP'));
  const lastSequence = sequenceNumber(parameter(line, 'X-SEQUENCE'));
  if (lastStamp === undefined || stamp === undefined) return 'newer';
  if (sequence !== lastSequence) return sequence > lastSequence ? 'newer' : 'older';
  return stamp >= lastStamp ? 'newer' : 'older';
}

/** The attendee's line with the answer in it, and with what it takes to tell late answers from new ones. */
function recordLine(before: Property, said: Property, member: Member, derived: boolean): Property {
  const { sequence, stamp } = revisionOf(member.component);
  const status = scheduleStatus(member.component) ?? (derived ? undefined : '2.0');
  let line = withParameter(before, 'PARTSTAT', participationOf(said));
  line = withParameter(line, 'RSVP', undefined);
  line = withParameter(line, 'SCHEDULE-STATUS', status ?? parameter(before, 'SCHEDULE-STATUS'));
  if (parameter(before, 'CN') === undefined) line = withParameter(line, 'CN', parameter(said, 'CN'));
  for (const name of ['DELEGATED-TO', 'DELEGATED-FROM', 'SENT-BY']) line = withList(line, name, said);
  if (participationOf(said) === 'DELEGATED')
    line = withParameter(line, 'ROLE', parameter(said, 'ROLE') ?? parameter(line, 'ROLE'));
  if (stamp === undefined) return line;
  return withParameter(withParameter(line, 'X-SEQUENCE', String(sequence)), 'X-DTSTAMP', `${stamp}Z`);
}

function withList(line: Property, name: string, from: Property): Property {
  const wanted = from.parameters.find((each) => each.name === name);
  const present = line.parameters.find((each) => each.name === name);
  if (wanted?.values.join() === present?.values.join()) return line;
  const others = line.parameters.filter((each) => each !== present);
  return { ...line, parameters: wanted ? [...others, wanted] : others, source: undefined };
}

/** REQUEST-STATUS as the SCHEDULE-STATUS of the organizer's copy. @see RFC 6638 §7.3. */
function scheduleStatus(reply: Component): string | undefined {
  const codes = properties(reply, 'REQUEST-STATUS').flatMap((line) => parseRequestStatus(line.value)?.code ?? []);
  return codes.length === 0 ? undefined : codes.join(',');
}

/** The delegate, as the delegator names them, if they are not there yet. */
function delegateLine(component: Component, reply: Component, delegator: string): Property | undefined {
  const said = attendeeLine(reply, new Set([delegator]));
  for (const key of said ? addressesIn(said, 'DELEGATED-TO') : []) {
    if (attendeeLine(component, new Set([key]))) continue;
    const named = attendeeLine(reply, new Set([key]));
    const value = said?.parameters
      .find((each) => each.name === 'DELEGATED-TO')
      ?.values.find((each) => addressKey(each) === key);
    const line: Property = named ?? { kind: 'property', name: 'ATTENDEE', parameters: [], value: value ?? key };
    return withParameter(
      withList(line, 'DELEGATED-FROM', {
        ...line,
        parameters: [{ name: 'DELEGATED-FROM', values: [said?.value ?? delegator] }],
      }),
      'PARTSTAT',
      named ? participationOf(named) : 'NEEDS-ACTION',
    );
  }
  return undefined;
}

/** Somebody answers who is not on the list: a delegate whom an attendee named, or a stranger. */
function welcome(scene: Scene, component: Component, at: number | undefined, member: Member, said: Property): Result {
  const key = addressKey(said.value);
  const from = new Set(addressesIn(said, 'DELEGATED-FROM'));
  const named = properties(component, 'ATTENDEE').some(
    // the delegator's own answer may come later than the delegate's
    (line) => addressesIn(line, 'DELEGATED-TO').includes(key) || from.has(addressKey(line.value)),
  );
  if (!named && scene.policy.uninvited !== 'add') {
    return scene.policy.uninvited === 'refuse' ? 'uninvited-refused' : 'uninvited-ignored';
  }
  const { sequence, stamp } = revisionOf(member.component);
  const plain = withParameter({ ...said, source: undefined }, 'RSVP', undefined);
  const line =
    stamp === undefined
      ? plain
      : withParameter(withParameter(plain, 'X-SEQUENCE', String(sequence)), 'X-DTSTAMP', `${stamp}Z`);
  return outcome(withAddedProperties(component, [line]), at, named ? 'delegated' : 'uninvited-added');
}

/** How far a to-do is, where one person alone does it. */
function withProgress(component: Component, reply: Component): Component {
  if (component.name !== 'VTODO') return component;
  const organizer = property(component, 'ORGANIZER');
  const own = organizer && addressKey(organizer.value);
  const doers = properties(component, 'ATTENDEE').filter((line) => addressKey(line.value) !== own);
  if (doers.length !== 1) return component;
  return ['PERCENT-COMPLETE', 'COMPLETED'].reduce((todo, name) => {
    const said = property(reply, name);
    return said ? withProperty(todo, said) : todo;
  }, component);
}

function commentOf(components: readonly Component[]): string | undefined {
  const texts = components.flatMap((component) =>
    properties(component, 'COMMENT').map((line) => unescapeText(line.value)),
  );
  const comment = [...new Set(texts.filter((text) => text !== ''))].join('\n');
  return comment === '' ? undefined : comment;
}

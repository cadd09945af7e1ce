import {
  type Component,
  type Property,
  parameter,
  properties,
  property,
  propertyValue,
  withAddedProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import { isNotedAnswer, isOutdatedAnswer, withAnswerNotes } from '../answer-notes.ts';
import {
  type Addresses,
  addressesIn,
  addressKey,
  attendeeLine,
  participationOf,
  withAttendeeLine,
} from '../attendee.ts';
import type { Change, Edit } from '../judgement.ts';
import { asKept, madeByKeeper } from '../personal.ts';
import type { ItipPolicy } from '../policy.ts';
import type { AppliedReason, IgnoredReason, RefusedReason } from '../reasons.ts';
import { parseRequestStatus } from '../request-status.ts';
import type { Member } from '../series.ts';
import { withPublicParameters, withPublicProperties } from './attendee-extensions.ts';
import type { StoredScene } from './scene.ts';

/** An answer that was written down. */
export interface Recorded {
  readonly edits: readonly Edit[];
  readonly change: Change;
  readonly reason: AppliedReason;
}

/** Where an answer is written: a component of the organizer's, or one made for this answer. */
export interface Page {
  readonly component: Component;
  /** Its place; absent: it was made for this answer. */
  readonly at: number | undefined;
}

/** Who says what. */
export interface Said {
  readonly member: Member;
  readonly person: Addresses;
}

/**
 * Writes an answer into a component of the organizer's.
 *
 * @throws nothing.
 * @see RFC 5546 §2.1.5; RFC 6638 §4.2.
 */
export function record(
  scene: StoredScene,
  page: Page,
  { member, person }: Said,
): Recorded | IgnoredReason | RefusedReason {
  const { component, at } = page;
  const line = attendeeLine(component, person);
  const said = attendeeLine(member.component, person) as Property;
  if (!line) return welcome(scene, page, { said, reply: member.component });
  if (isOutdatedAnswer({ component, line, reply: member.component })) return 'outdated';
  if (isRecorded(component, line, { said, reply: member.component })) return 'duplicate';
  const answer: Answer = { said, reply: member.component, component, policy: scene.policy };
  const taken = answeredLine(line, answer, at === undefined);
  const answered = withAttendeeLine(component, person, () => taken);
  const delegate = delegateLine(component, answer);
  const added = delegate ? withAddedProperties(answered, [delegate]) : answered;
  const changed = withPublicProperties(withProgress(added, member.component), member.component, scene.policy);
  if (changed === component && at !== undefined) return 'duplicate';
  const news: News = { properties: newProperties(component, changed), parameters: newParameters(line, taken) };
  return recorded({ component: changed, at }, news, delegate ? 'delegated' : 'answered');
}

/** What an answer says that was not known before. */
type News = Required<Pick<Change, 'properties' | 'parameters'>>;

function recorded({ component, at }: Page, news: News, reason: AppliedReason): Recorded {
  const recurrenceId = propertyValue(component, 'RECURRENCE-ID');
  const change: Change = { ...(recurrenceId === undefined ? {} : { recurrenceId }), ...news };
  const edit: Edit =
    at === undefined ? { do: 'add', component: madeByKeeper(component) } : { do: 'replace', at, with: component };
  return { edits: [edit], change, reason };
}

/** Whether it is the very answer that was written down last. */
function isRecorded(component: Component, line: Property, { said, reply }: Pick<Answer, 'said' | 'reply'>): boolean {
  return isNotedAnswer({ component, line, reply }) && participationOf(line) === participationOf(said);
}

interface Answer {
  /** The attendee's line in the answer. */
  readonly said: Property;
  readonly reply: Component;
  /** What it is written into. */
  readonly component: Component;
  readonly policy: ItipPolicy;
}

/** The attendee's line with the answer in it, and with what it takes to tell late answers from new ones. */
function answeredLine(before: Property, answer: Answer, derived: boolean): Property {
  const { said, reply } = answer;
  const status = scheduleStatus(reply) ?? (derived ? undefined : '2.0');
  const settled = [
    ['PARTSTAT', participationOf(said)],
    ['RSVP', undefined],
    ['SCHEDULE-STATUS', status ?? parameter(before, 'SCHEDULE-STATUS')],
    ['CN', parameter(before, 'CN') ?? parameter(said, 'CN')],
    [
      'ROLE',
      participationOf(said) === 'DELEGATED'
        ? (parameter(said, 'ROLE') ?? parameter(before, 'ROLE'))
        : parameter(before, 'ROLE'),
    ],
  ] as const;
  const line = settled.reduce((changed, [name, value]) => withParameter(changed, name, value), before);
  const taken = ['DELEGATED-TO', 'DELEGATED-FROM', 'SENT-BY'].reduce(
    (changed, name) => withList(changed, name, said),
    line,
  );
  return withAnswerNotes({
    line: withPublicParameters(taken, said, answer.policy),
    component: answer.component,
    reply,
  });
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

/** The delegate, as the delegator names them, if they are not there yet. @see RFC 5546 §3.2.2.3. */
function delegateLine(component: Component, { said, reply }: Pick<Answer, 'said' | 'reply'>): Property | undefined {
  const values = said.parameters.filter(({ name }) => name === 'DELEGATED-TO').flatMap((each) => each.values);
  const value = values.find((each) => !attendeeLine(component, new Set([addressKey(each)])));
  if (value === undefined) return undefined;
  const named = attendeeLine(reply, new Set([addressKey(value)]));
  const line: Property = named ?? { kind: 'property', name: 'ATTENDEE', parameters: [], value };
  const from = withParameter(asKept(line), 'DELEGATED-FROM', said.value.trim());
  return withParameter(from, 'PARTSTAT', named ? participationOf(named) : 'NEEDS-ACTION');
}

/** The properties beside the attendee's line that an answer changed. */
function newProperties(before: Component, after: Component): readonly string[] {
  const text = (of: Component, name: string): string =>
    properties(of, name)
      .map(({ value }) => value)
      .join('\n');
  const names = new Set(properties(after).map(({ name }) => name));
  return ['ATTENDEE', ...[...names].filter((name) => name !== 'ATTENDEE' && text(before, name) !== text(after, name))];
}

/** What is noted with every answer, whatever it says. */
const noted = new Set(['RSVP', 'SCHEDULE-STATUS', 'X-SEQUENCE', 'X-DTSTAMP']);

/** The parameters in which an attendee's line says something else than before. */
function newParameters(before: Property, after: Property): readonly string[] {
  const text = (of: Property, name: string): string | undefined =>
    name === 'PARTSTAT' ? participationOf(of) : of.parameters.find((each) => each.name === name)?.values.join();
  const names = new Set([...before.parameters, ...after.parameters].map(({ name }) => name));
  return [...names].filter((name) => !noted.has(name) && text(before, name) !== text(after, name)).toSorted();
}

/** Somebody answers who is not on the list: a delegate whom an attendee named, or who names one, or a stranger. */
function welcome(
  { policy }: StoredScene,
  { component, at }: Page,
  { said, reply }: { readonly said: Property; readonly reply: Component },
): Recorded | IgnoredReason | RefusedReason {
  const key = addressKey(said.value);
  const from = new Set(addressesIn(said, 'DELEGATED-FROM'));
  const delegated = properties(component, 'ATTENDEE').some(
    // the delegator's own answer may come later than the delegate's
    (line) => addressesIn(line, 'DELEGATED-TO').includes(key) || from.has(addressKey(line.value)),
  );
  if (!delegated && policy.uninvited !== 'add') {
    return policy.uninvited === 'refuse' ? 'uninvited-refused' : 'uninvited-ignored';
  }
  const line = withAnswerNotes({ line: withParameter(asKept(said), 'RSVP', undefined), reply, component });
  const page = { component: withAddedProperties(component, [line]), at };
  const news: News = { properties: ['ATTENDEE'], parameters: ['PARTSTAT'] };
  return recorded(page, news, delegated ? 'delegated' : 'uninvited-added');
}

/** How far a to-do is, where one person alone does it. @see RFC 5546 §3.4.3. */
function withProgress(component: Component, reply: Component): Component {
  if (component.name !== 'VTODO') return component;
  const organizer = property(component, 'ORGANIZER');
  const own = organizer && addressKey(organizer.value);
  const doers = properties(component, 'ATTENDEE').filter((line) => addressKey(line.value) !== own);
  if (doers.length !== 1) return component;
  return ['PERCENT-COMPLETE', 'COMPLETED'].reduce((todo, name) => {
    const said = property(reply, name);
    return said && propertyValue(todo, name) !== said.value ? withProperty(todo, said) : todo;
  }, component);
}

import {
  type CalAddress,
  type Component,
  formatUtc,
  makeProperty,
  type Property,
  property,
  textProperty,
  withChildren,
  withParameter,
} from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { type Addresses, addressesOf, attendeeLine, type ParticipationStatus, withAttendeeLine } from '../attendee.ts';
import { instanceOfSeries, recurrenceIdFor } from '../derive.ts';
import { ItipError } from '../error.ts';
import { applyEdits } from '../merge.ts';
import type { ItipMessage } from '../message.ts';
import { isSchedulingComponent } from '../methods.ts';
import { madeByKeeper } from '../personal.ts';
import { type RequestStatus, requestStatusProperty } from '../request-status.ts';
import { findOverride, membersOf, type Series, seriesOf } from '../series.ts';
import { zoned } from '../zoned.ts';
import { composeMessage } from './compose.ts';

/** What an attendee says. */
export interface Answer {
  readonly user: CalAddress;
  /** Other addresses of the same person; the one on the list is used. */
  readonly aliases?: readonly CalAddress[] | undefined;
  readonly participationStatus: ParticipationStatus;
  readonly now: EpochMs;
  /** Which instance (a RECURRENCE-ID in UTC, or as the series writes it); absent: all that is stored. */
  readonly recurrenceId?: Property | undefined;
  readonly comment?: string | undefined;
  /** Who goes instead; with DELEGATED. */
  readonly delegate?: CalAddress | undefined;
  /** For an answer that says what went wrong. */
  readonly requestStatus?: RequestStatus | undefined;
  readonly productId?: string | undefined;
}

/** An attendee's own copy with the answer in it, and the message to the organizer. */
export interface Answered {
  readonly stored: Component;
  readonly message: ItipMessage;
}

/**
 * An attendee's answer.
 *
 * @param stored - the attendee's copy, a VCALENDAR of one scheduling object.
 * @throws ItipError `component-missing` when nothing in it can be answered, `address-invalid` when the person is not on the list.
 * @see RFC 5546 §3.2.3, §3.4.3.
 */
export function reply(stored: Component, answer: Answer): ItipMessage {
  return respond(stored, answer).message;
}

/**
 * An attendee's answer, and the attendee's copy that holds it.
 *
 * @throws ItipError like `reply`.
 */
export function respond(stored: Component, answer: Answer): Answered {
  const series = onlySeries(stored);
  const user = addressesOf(answer.user, answer.aliases);
  const instance = answer.recurrenceId;
  if (instance === undefined) return respondToAll(series, user, answer);
  const known = findOverride(series, instance, series.zoned);
  if (!known && !series.master) throw new ItipError('component-missing', 'there is no such instance');
  const component = known?.component ?? derive(series, instance);
  const answered = answeredComponent(component, user, answer);
  return {
    stored: applyEdits(stored, [
      known ? { do: 'replace', at: known.at, with: answered } : { do: 'add', component: madeByKeeper(answered) },
    ]),
    message: composeReply(series, [replyComponent(answered, user, answer)], answer),
  };
}

function respondToAll(series: Series, user: Addresses, answer: Answer): Answered {
  const asked = membersOf(series).filter(({ component }) => attendeeLine(component, user));
  if (asked.length === 0) throw new ItipError('address-invalid', 'the person is not among the attendees');
  const answered = asked.map((member) => ({
    at: member.at,
    component: answeredComponent(member.component, user, answer),
  }));
  return {
    stored: applyEdits(
      series.zoned.calendar,
      answered.map(({ at, component }) => ({ do: 'replace', at, with: component })),
    ),
    message: composeReply(
      series,
      answered.map(({ component }) => replyComponent(component, user, answer)),
      answer,
    ),
  };
}

function onlySeries(stored: Component): Series {
  const first = stored.children.find((child) => child.kind === 'component' && isSchedulingComponent(child.name));
  if (!first) throw new ItipError('component-missing', 'nothing to answer');
  return seriesOf(zoned(stored), first.name);
}

function derive(series: Series, instance: Property): Component {
  const { master, zoned: within } = series;
  const component = (master as NonNullable<typeof master>).component;
  return instanceOfSeries(series, recurrenceIdFor(component, within, { line: instance, within }));
}

/**
 * A person's copy of a component with the answer in it.
 *
 * @throws ItipError `address-invalid` when the person is not on the list.
 */
export function answeredComponent(
  component: Component,
  user: Addresses,
  answer: Pick<Answer, 'participationStatus' | 'delegate'>,
): Component {
  if (!attendeeLine(component, user)) throw new ItipError('address-invalid', 'the person is not among the attendees');
  return withAttendeeLine(component, user, (line) => {
    const answered = withParameter(withParameter(line, 'PARTSTAT', answer.participationStatus), 'RSVP', undefined);
    return answer.delegate === undefined ? answered : withParameter(answered, 'DELEGATED-TO', answer.delegate);
  });
}

/** What an answer repeats of the version it answers. */
const repeated = ['UID', 'SEQUENCE', 'RECURRENCE-ID', 'DTSTART', 'DTEND', 'DUE', 'DURATION', 'SUMMARY', 'ORGANIZER'];

function composeReply({ zoned: { calendar } }: Series, components: readonly Component[], answer: Answer): ItipMessage {
  return composeMessage('REPLY', components, { productId: answer.productId, from: calendar });
}

/** The component of a REPLY: the person's own line only, and enough to know the version by. @throws nothing. */
export function replyComponent(
  component: Component,
  user: Addresses,
  answer: Pick<Answer, 'now' | 'comment' | 'delegate' | 'requestStatus'>,
): Component {
  const line = attendeeLine(component, user);
  const ended = property(component, 'DTEND') ?? property(component, 'DUE');
  const kept = repeated.flatMap((name) => (name === 'DURATION' && ended ? [] : (property(component, name) ?? [])));
  const progress = ['PERCENT-COMPLETE', 'COMPLETED'].flatMap((name) => property(component, name) ?? []);
  const own = line ? [answerLine(line)] : [];
  const delegate = answer.delegate === undefined || !line ? [] : [delegateProperty(answer.delegate, line)];
  return withChildren({ ...component, source: undefined }, [
    makeProperty('DTSTAMP', formatUtc(answer.now)),
    ...kept,
    ...own,
    ...delegate,
    ...progress,
    ...(answer.comment ? [textProperty('COMMENT', answer.comment)] : []),
    ...(answer.requestStatus ? [requestStatusProperty(answer.requestStatus)] : []),
  ]);
}

/** What an answer says of the one who answers. */
const said = new Set([
  'PARTSTAT',
  'CN',
  'DELEGATED-TO',
  'DELEGATED-FROM',
  'SENT-BY',
  'MEMBER',
  'DIR',
  'LANGUAGE',
  'EMAIL',
]);

function answerLine(line: Property): Property {
  const parameters = line.parameters.filter(
    ({ name, values }) => said.has(name) || (name === 'ROLE' && values[0]?.toUpperCase() === 'NON-PARTICIPANT'),
  );
  return parameters.length === line.parameters.length ? line : { ...line, parameters, source: undefined };
}

/** @see RFC 5546 §3.2.2.3. */
function delegateProperty(delegate: CalAddress, delegator: Property): Property {
  return makeProperty('ATTENDEE', delegate, { PARTSTAT: 'NEEDS-ACTION', 'DELEGATED-FROM': delegator.value.trim() });
}

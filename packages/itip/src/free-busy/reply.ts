import {
  type CalAddress,
  formatPeriods,
  formatUtc,
  makeComponent,
  makeProperty,
  type Property,
  property,
  sameCalAddress,
} from '@isched/icalendar';
import type { EpochMs, TimeRange } from '@isched/values';
import { addressOf } from '../attendee.ts';
import { ItipError } from '../error.ts';
import type { ItipMessage } from '../message.ts';
import { type ComposeOptions, composeMessage } from '../outgoing/compose.ts';
import { momentOf, zoned } from '../zoned.ts';
import type { BusyPeriod } from './busy-period.ts';

/**
 * The time a VFREEBUSY is about.
 *
 * @throws ItipError `time-invalid` when DTSTART or DTEND is missing, unreadable, not UTC, or the wrong way round.
 * @see RFC 5546 §3.3.2: both must be UTC.
 */
export function freeBusyRange(message: ItipMessage): TimeRange {
  const component = message.components[0];
  const within = zoned(message.calendar);
  const [start, end] = ['DTSTART', 'DTEND'].map((name) => {
    const line = component && property(component, name);
    const moment = line && momentOf(line, within);
    if (moment?.kind !== 'instant') throw new ItipError('time-invalid', `${name} must be a UTC time`);
    return moment.at as EpochMs;
  }) as [EpochMs, EpochMs];
  if (start >= end) throw new ItipError('time-invalid', 'the range is empty');
  return { start, end };
}

/** One person's answer to a search. */
export interface BusyAnswer extends ComposeOptions {
  /** Their line is taken over if the request has one. */
  readonly user: CalAddress;
  /** Of `busyPeriods`. */
  readonly periods: readonly BusyPeriod[];
  readonly now: EpochMs;
}

/**
 * The answer to a VFREEBUSY REQUEST for one person: what was asked, that person, and busy time only.
 *
 * @param request - METHOD:REQUEST with one VFREEBUSY.
 * @throws ItipError `component-missing` when the request holds no VFREEBUSY.
 * @see RFC 5546 §3.3.3; iSchedule digest §6.
 */
export function freeBusyReply(request: ItipMessage, answer: BusyAnswer): ItipMessage {
  const asked = request.components[0];
  if (asked?.name !== 'VFREEBUSY') throw new ItipError('component-missing', 'no VFREEBUSY to answer');
  const kept = ['UID', 'ORGANIZER', 'DTSTART', 'DTEND'].flatMap((name) => property(asked, name) ?? []);
  const component = makeComponent('VFREEBUSY', [
    ...kept,
    makeProperty('DTSTAMP', formatUtc(answer.now)),
    attendeeFor(request, answer.user),
    ...busyProperties(answer.periods),
  ]);
  return composeMessage('REPLY', [component], { productId: answer.productId, from: request.calendar });
}

function attendeeFor(request: ItipMessage, user: CalAddress): Property {
  const asked = request.components[0];
  const line = asked?.children.find((child) => {
    if (child.kind !== 'property' || child.name !== 'ATTENDEE') return false;
    const address = addressOf(child);
    return address !== undefined && sameCalAddress(address, user);
  });
  return line?.kind === 'property' ? line : makeProperty('ATTENDEE', user);
}

/** How many periods stand in one property: enough to be short, few enough for every reader. */
const periodsInOne = 20;

/** Busy time as FREEBUSY properties: one type in each, in order. @throws nothing. */
export function busyProperties(periods: readonly BusyPeriod[]): readonly Property[] {
  const sorted = periods.toSorted((left, right) => left.start - right.start || left.end - right.end);
  const groups: BusyPeriod[][] = [];
  for (const period of sorted) {
    const last = groups.at(-1);
    if (last && last.length < periodsInOne && last[0]?.type === period.type) last.push(period);
    else groups.push([period]);
  }
  return groups.map((group) => makeProperty('FREEBUSY', formatPeriods(group), { FBTYPE: group[0]?.type ?? 'BUSY' }));
}

/** Busy time of one person, unasked. */
export interface BusyNotice extends BusyAnswer {
  readonly uid: string;
  readonly range: TimeRange;
}

/** Busy time as a message that nobody asked for. @throws ItipError when it makes none. @see RFC 5546 §3.3.1. */
export function freeBusyPublication(notice: BusyNotice): ItipMessage {
  const component = makeComponent('VFREEBUSY', [
    makeProperty('UID', notice.uid),
    makeProperty('DTSTAMP', formatUtc(notice.now)),
    makeProperty('ORGANIZER', notice.user),
    makeProperty('DTSTART', formatUtc(notice.range.start)),
    makeProperty('DTEND', formatUtc(notice.range.end)),
    ...busyProperties(notice.periods),
  ]);
  return composeMessage('PUBLISH', [component], { productId: notice.productId, from: component });
}

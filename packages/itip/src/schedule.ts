import {
  type Component,
  type Duration,
  exactSeconds,
  formatDateValue,
  ICalendarError,
  nominalDays,
  parseDuration,
  type Property,
  parameter,
  properties,
  property,
} from '@isched/icalendar';
import { sameProperty } from './lines.ts';
import { normalRule } from './recurrence-text.ts';
import { addToWallClock, wallClockMs } from './wall-clock.ts';
import {
  type Moment,
  momentKey,
  momentOf,
  momentOfText,
  type NamedZone,
  readDate,
  sameClock,
  type ZonedCalendar,
} from './zoned.ts';

/** A component and the calendar it stands in. */
export interface Placed {
  readonly component: Component;
  readonly within: ZonedCalendar;
}

const msOfDay = 86_400_000;
const timeNames = ['DTSTART', 'DTEND', 'DUE', 'DURATION'] as const;

/**
 * Says whether a meeting really moved, so that an answer to the old time is no answer to the new one: start, end or rule
 * differ as points in time, not as texts. A rule that only ends earlier or later, and single dates added or taken out,
 * move nothing.
 *
 * @throws nothing.
 * @see RFC 5546 §3.2.2.1; peers-on-the-wire §2.
 */
export function moved(before: Placed, after: Placed): boolean {
  return !sameTimes(before, after) || !sameRules(before, after, { withEnd: false });
}

/** Says whether two components begin and end at the same time. @throws nothing. */
export function sameTimes(left: Placed, right: Placed): boolean {
  if (timeNames.every((name) => alike(property(left.component, name), property(right.component, name)))) return true;
  return timesKey(left) === timesKey(right);
}

/** Says whether two components recur by the same rules, and for rules that follow a zone, in the same zone. @throws nothing. */
export function sameRules(left: Placed, right: Placed, options: { readonly withEnd: boolean }): boolean {
  const [one, other] = [left, right].map(({ component }) => properties(component, 'RRULE')) as [Property[], Property[]];
  if (one.length === 0 || other.length === 0) return one.length === other.length;
  const sameZone = alike(property(left.component, 'DTSTART'), property(right.component, 'DTSTART'));
  if (sameZone && one.length === other.length && one.every((rule, at) => rule.value === other[at]?.value)) return true;
  if (rulesKey(left, options) !== rulesKey(right, options)) return false;
  return sameClock(zoneOfRule(left), zoneOfRule(right), startMs(right));
}

/** Says whether two components take the same time, and go on doing so by clocks that show the same. @throws nothing. */
export function sameByTheClock(left: Placed, right: Placed): boolean {
  return sameTimes(left, right) && sameClock(zoneOfRule(left), zoneOfRule(right), startMs(right));
}

/** Says whether RDATE or EXDATE hold the same points in time. @throws nothing. */
export function sameDates(name: 'RDATE' | 'EXDATE', left: Placed, right: Placed): boolean {
  return datesKey(name, left) === datesKey(name, right);
}

/** DTSTART on the wall clock, in milliseconds; 0 for what can't be read. */
function startMs({ component }: Placed): number {
  const start = property(component, 'DTSTART');
  const value = start && readDate(start.value.trim());
  return value ? wallClockMs(value) : 0;
}

function alike(left: Property | undefined, right: Property | undefined): boolean {
  return left === undefined || right === undefined ? left === right : sameProperty(left, right);
}

/** When a component begins and ends, as a text that is equal for equal times. @throws nothing. */
export function timesKey(of: Placed): string {
  const start = momentAt('DTSTART', of);
  const end = momentAt('DUE', of) ?? momentAt('DTEND', of) ?? endByDuration(of);
  const both = property(of.component, 'DTEND') ?? property(of.component, 'DUE'); // DURATION beside an end is wrong, but says something
  const length = both ? (property(of.component, 'DURATION')?.value.trim() ?? '') : '';
  return `${start ? momentKey(start) : ''}/${end ? momentKey(end) : ''}/${length}`;
}

function momentAt(name: string, { component, within }: Placed): Moment | undefined {
  const found = property(component, name);
  return found && momentOf(found, within);
}

/** DURATION counted from the start (days on the wall clock, the rest exactly), or the end that is implied. */
function endByDuration({ component, within }: Placed): Moment | undefined {
  const line = property(component, 'DTSTART');
  const start = line && readDate(line.value.trim());
  if (!line || !start) return undefined;
  const duration = readDuration(property(component, 'DURATION')?.value.trim());
  const days = duration ? nominalDays(duration) : Number(start.kind === 'date');
  const seconds = duration && start.kind === 'date-time' ? exactSeconds(duration) : 0;
  const moment = momentOf({ ...line, value: formatDateValue(addToWallClock(start, days * msOfDay)) }, within);
  if (moment?.kind === 'instant') return { kind: 'instant', at: moment.at + seconds * 1000 };
  if (moment?.kind !== 'local') return moment;
  return { ...moment, text: formatDateValue(addToWallClock(start, days * msOfDay + seconds * 1000)) };
}

function readDuration(text: string | undefined): Duration | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

function rulesKey(of: Placed, options: { readonly withEnd: boolean }): string {
  const rules = properties(of.component, 'RRULE').map((rule) => normalRule(rule.value, options));
  return rules.toSorted().join('|');
}

/** The zone whose clock a rule follows. */
function zoneOfRule({ component, within }: Placed): NamedZone {
  const start = property(component, 'DTSTART');
  const inUtc = start?.value.trim().endsWith('Z') === true;
  return { tzid: inUtc ? 'UTC' : start && parameter(start, 'TZID'), within };
}

function datesKey(name: 'RDATE' | 'EXDATE', { component, within }: Placed): string {
  const keys = new Set<string>();
  for (const line of properties(component, name)) {
    const tzid = parameter(line, 'TZID');
    for (const text of line.value.split(',')) {
      const [first = '', rest] = text.trim().split('/', 2);
      const moment = momentOfText(first, tzid, within);
      keys.add(`${moment ? momentKey(moment) : first}${rest === undefined ? '' : `/${rest}`}`);
    }
  }
  return [...keys].toSorted().join(',');
}

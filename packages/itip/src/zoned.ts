import {
  type Component,
  type DateValue,
  ICalendarError,
  type Property,
  parameter,
  parseDateValue,
  type TimeZone,
  type Zones,
  zonesOf,
} from '@isched/icalendar';
import type { EpochMs } from '@isched/values';

/** A calendar and its time zones, which are looked at only when two times are not written alike. */
export interface ZonedCalendar {
  readonly calendar: Component;
  readonly zones: () => Zones;
}

/** A calendar, its zones read at the first need. @throws nothing. */
export function zoned(calendar: Component): ZonedCalendar {
  let zones: Zones | undefined;
  return { calendar, zones: () => (zones ??= zonesOf(calendar)) };
}

/** A point in time as a scheduling object means it. */
export type Moment =
  | { readonly kind: 'instant'; readonly at: number }
  | { readonly kind: 'date'; readonly text: string }
  /** Floating, or in a zone nobody knows. */
  | { readonly kind: 'local'; readonly text: string; readonly tzid?: string | undefined };

/**
 * The point in time of a date property (DTSTART, RECURRENCE-ID …).
 *
 * @returns undefined where the value is no date.
 * @throws nothing.
 */
export function momentOf(of: Property, within: ZonedCalendar): Moment | undefined {
  return momentOfText(of.value.trim(), parameter(of, 'TZID'), within);
}

/** The point in time of one date value of a property, with the property's TZID. @throws nothing. */
export function momentOfText(text: string, tzid: string | undefined, within: ZonedCalendar): Moment | undefined {
  const value = readDate(text);
  if (!value) return undefined;
  if (value.kind === 'date') return { kind: 'date', text };
  if (value.utc) return { kind: 'instant', at: within.zones().utc.toEpoch(value) };
  if (tzid === undefined) return { kind: 'local', text };
  const zone = zoneOf(tzid, within);
  return zone ? { kind: 'instant', at: zone.toEpoch(value) } : { kind: 'local', text, tzid };
}

/** A zone by its TZID. @throws nothing. */
export function zoneOf(tzid: string, within: ZonedCalendar): TimeZone | undefined {
  return within.zones().zone(tzid);
}

/** A zone as an object names it. */
export interface NamedZone {
  /** `UTC` for what is written in UTC; absent: floating. */
  readonly tzid: string | undefined;
  readonly within: ZonedCalendar;
}

/** Says whether two names, as two systems write them, mean one zone. @throws nothing. */
export function isOneZone(one: NamedZone, other: NamedZone): boolean {
  if (one.tzid === other.tzid) return true;
  const [left, right] = [one, other].map(({ tzid, within }) => (tzid === undefined ? undefined : zoneOf(tzid, within)));
  return left?.ianaName !== undefined && left.ianaName === right?.ianaName;
}

/** So many months are looked at before two clocks count as one. */
const monthsCompared = 60;
const msOfMonth = 30 * 86_400_000;

/**
 * Says whether the clocks of two zones show the same, for five years from a moment on.
 *
 * @param from - milliseconds.
 * @throws nothing.
 */
export function sameClock(one: NamedZone, other: NamedZone, from: number): boolean {
  if (isOneZone(one, other)) return true;
  if (one.tzid === undefined || other.tzid === undefined) return false;
  const [left, right] = [zoneOf(one.tzid, one.within), zoneOf(other.tzid, other.within)];
  if (!left || !right) return false;
  return Array.from({ length: monthsCompared }, (_, month) => (from + month * msOfMonth) as EpochMs).every(
    (at) => left.localOfEpoch(at) === right.localOfEpoch(at),
  );
}

/** A moment as a key: equal keys are equal moments. @throws nothing. */
export function momentKey(moment: Moment): string {
  switch (moment.kind) {
    case 'instant':
      return `@${moment.at}`;
    case 'date':
      return moment.text;
    case 'local':
      return `${moment.tzid ?? ''}:${moment.text}`;
    default:
      return moment satisfies never;
  }
}

/** A date value; undefined for what is none. @throws nothing. */
export function readDate(text: string): DateValue | undefined {
  try {
    return parseDateValue(text);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

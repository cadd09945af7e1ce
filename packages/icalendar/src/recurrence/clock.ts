import type { EpochMs, TimeRange } from '@isched/values';
import { dayNumber, secondsOfDay } from '../civil.ts';
import type { Component } from '../component.ts';
import { type CalendarDate, type DateValue, dateTimeOf, secondsOf } from '../date-time.ts';
import { exactSeconds, nominalDays } from '../duration.ts';
import type { TimeZone } from '../zones/time-zone.ts';
import { epochOf, type ZonedValue, type Zones, zoneOfValue } from '../zones/zones.ts';
import { lastSecond } from './instances-of-rule.ts';
import type { ComponentTime, RecurrenceSet } from './series.ts';

/** Wall-clock seconds between which starts are looked for; a day and more wider than what is wanted. */
export interface LocalWindow {
  readonly from: number;
  readonly to: number;
}

/** The wall clock of a series' DTSTART: all its instances are reckoned on it. */
export interface SeriesClock {
  readonly zone: TimeZone;
  readonly component: Component;
  /** DTSTART is a day. */
  readonly isAllDay: boolean;
  /** DTSTART on the wall clock, in seconds. */
  readonly start: number;
  /** The point in time of any value, its own zone or the default one considered. @throws ICalendarError `unknown-zone`. */
  epochOf(date: ZonedValue): EpochMs;
  /** Where a value stands on this clock; for a series of days: midnight of its day. @throws ICalendarError `unknown-zone`. */
  localOf(date: ZonedValue): number;
  /** The end of the instance that starts there. */
  endOf(local: number, epoch: EpochMs): EpochMs;
  /** An instance's start in the form of DTSTART. */
  recurrenceId(local: number, epoch: EpochMs): DateValue;
  window(range: TimeRange | undefined, reachSeconds: number): LocalWindow;
}

/** In which zones values are read. */
export interface ZoneContext {
  readonly zones: Zones;
  /** For floating times and days. */
  readonly defaultZone: TimeZone;
}

/**
 * The clock of a series.
 *
 * @returns undefined when there is no master, or it is at no time.
 * @throws ICalendarError `unknown-zone`.
 */
export function createClock({ master }: RecurrenceSet, context: ZoneContext): SeriesClock | undefined {
  if (master === undefined) return undefined;
  const { zones, defaultZone } = context;
  const { value } = master.start;
  const zone = zoneOfValue(master.start, zones, defaultZone);
  const isAllDay = value.kind === 'date';
  const isUtc = value.kind === 'date-time' && value.utc;
  const length = lengthOf(master, (date) => epochOf(date, zones, defaultZone));
  return {
    zone,
    component: master.component,
    isAllDay,
    start: secondsOf(value),
    epochOf: (date) => epochOf(date, zones, defaultZone),
    localOf: (date) =>
      isAllDay || date.value.kind === 'date' ? dayOf(date.value) : zone.localOfEpoch(epochOf(date, zones, defaultZone)),
    endOf: (local, epoch) => endOf({ local, epoch, zone }, length),
    recurrenceId: (local, epoch) =>
      isAllDay ? dateOf(local) : isUtc ? dateTimeOf(Math.floor(epoch / 1000), true) : dateTimeOf(local, false),
    window: (range, reachSeconds) => windowOf(range, zone, length.days * secondsOfDay + length.seconds + reachSeconds),
  };
}

/** How long something takes: days on the wall clock, then seconds. */
export interface Length {
  readonly days: number;
  readonly seconds: number;
}

/**
 * The length of a component: the exact time from start to end, or the duration; a day that has neither lasts one day.
 *
 * @throws ICalendarError `unknown-zone`.
 * @see RFC 5545 §3.6.1, §3.8.5.3 (exact for DTEND, nominal for DURATION).
 */
export function lengthOf({ start, end, duration }: ComponentTime, epochOf: (date: ZonedValue) => EpochMs): Length {
  if (duration !== undefined) return atLeastNothing({ days: nominalDays(duration), seconds: exactSeconds(duration) });
  if (start.value.kind === 'date') {
    const days = end === undefined ? 1 : (dayOf(end.value) - dayOf(start.value)) / secondsOfDay;
    return atLeastNothing({ days: end === undefined ? 1 : days, seconds: 0 });
  }
  if (end === undefined) return { days: 0, seconds: 0 };
  return atLeastNothing({ days: 0, seconds: (epochOf(end) - epochOf(start)) / 1000 });
}

function atLeastNothing(length: Length): Length {
  return length.days < 0 || length.seconds < 0 ? { days: 0, seconds: 0 } : length;
}

/** The end of what starts there. @throws nothing. */
export function endOf(
  start: { readonly local: number; readonly epoch: EpochMs; readonly zone: TimeZone },
  { days, seconds }: Length,
): EpochMs {
  if (days === 0) return (start.epoch + seconds * 1000) as EpochMs;
  return (start.zone.epochOfLocal(start.local + days * secondsOfDay) + seconds * 1000) as EpochMs;
}

/** Midnight of a value's day, in wall-clock seconds. @throws nothing. */
function dayOf(value: DateValue): number {
  return dayNumber(value.year, value.month, value.day) * secondsOfDay;
}

function dateOf(local: number): CalendarDate {
  const { year, month, day } = dateTimeOf(local, false);
  return { kind: 'date', year, month, day };
}

// A clock may be moved by a day; a date line once was.
const slackSeconds = 26 * 3_600;

function windowOf(range: TimeRange | undefined, zone: TimeZone, reachSeconds: number): LocalWindow {
  if (range === undefined) return { from: Number.NEGATIVE_INFINITY, to: lastSecond };
  return {
    from: zone.localOfEpoch(range.start) - reachSeconds - slackSeconds,
    to: Math.min(zone.localOfEpoch(range.end) + reachSeconds + slackSeconds, lastSecond),
  };
}

import type { EpochMs } from '@isched/values';
import { civilDate, dayNumber, daysInMonth, secondsOfDay } from './civil.ts';
import { type Property, parameter } from './component.ts';
import { type Duration, formatDuration, parseDuration } from './duration.ts';
import { ICalendarError, quoted } from './errors.ts';

/** A day in no zone. */
export interface CalendarDate {
  readonly kind: 'date';
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** A time on the wall clock, or in UTC; its zone stands in the property's TZID. */
export interface CalendarDateTime {
  readonly kind: 'date-time';
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** To 60: a leap second. */
  readonly second: number;
  readonly utc: boolean;
}

export type DateValue = CalendarDate | CalendarDateTime;

/** A period: a start, and either an end or a duration. */
export interface Period {
  readonly kind: 'period';
  readonly start: CalendarDateTime;
  readonly end: CalendarDateTime | Duration;
}

const pattern = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;

/**
 * Reads a DATE or a DATE-TIME.
 *
 * @throws ICalendarError `invalid-date`, also for days and times that don't exist.
 * @see RFC 5545 §3.3.4, §3.3.5.
 */
export function parseDateValue(text: string): DateValue {
  const match = pattern.exec(text);
  if (match === null) throw invalidDate(text);
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw invalidDate(text);
  if (match[4] === undefined) return { kind: 'date', year, month, day };
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  if (hour > 23 || minute > 59 || second > 60) throw invalidDate(text);
  return { kind: 'date-time', year, month, day, hour, minute, second, utc: match[7] === 'Z' };
}

/** Writes a DATE or a DATE-TIME. @throws nothing. */
export function formatDateValue(value: DateValue): string {
  const date = `${pad(value.year, 4)}${pad(value.month, 2)}${pad(value.day, 2)}`;
  if (value.kind === 'date') return date;
  return `${date}T${pad(value.hour, 2)}${pad(value.minute, 2)}${pad(value.second, 2)}${value.utc ? 'Z' : ''}`;
}

/**
 * Writes a point in time as a UTC DATE-TIME: `20261122T143008Z`. Fractions of a second are cut off.
 *
 * @throws nothing.
 */
export function formatUtc(instant: EpochMs): string {
  return formatDateValue(utcDateTime(instant));
}

/** A point in time as a UTC DATE-TIME. @throws nothing. */
export function utcDateTime(instant: EpochMs): CalendarDateTime {
  return dateTimeOf(Math.floor(instant / 1000), true);
}

/**
 * The date and time of a number of seconds since 1970-01-01T00:00:00, on whatever clock.
 *
 * @param utc - what the value says of itself.
 * @throws nothing.
 */
export function dateTimeOf(seconds: number, utc: boolean): CalendarDateTime {
  const days = Math.floor(seconds / secondsOfDay);
  const time = seconds - days * secondsOfDay;
  const { year, month, day } = civilDate(days);
  const hour = Math.floor(time / 3_600);
  const minute = Math.floor(time / 60) % 60;
  return { kind: 'date-time', year, month, day, hour, minute, second: time % 60, utc };
}

/** Seconds since 1970-01-01T00:00:00 on the value's own clock; the inverse of `dateTimeOf`. @throws nothing. */
export function secondsOf(value: DateValue): number {
  const days = dayNumber(value.year, value.month, value.day);
  if (value.kind === 'date') return days * secondsOfDay;
  return days * secondsOfDay + value.hour * 3_600 + value.minute * 60 + value.second;
}

/**
 * Reads a PERIOD.
 *
 * @throws ICalendarError `invalid-period`, `invalid-date` or `invalid-duration`.
 * @see RFC 5545 §3.3.9.
 */
export function parsePeriod(text: string): Period {
  const slash = text.indexOf('/');
  if (slash === -1) throw new ICalendarError('invalid-period', `not a period: ${quoted(text)}`);
  const start = parseDateValue(text.slice(0, slash));
  const end = text.slice(slash + 1);
  const endValue = /^[+-]?P/.test(end) ? parseDuration(end) : parseDateValue(end);
  if (start.kind !== 'date-time' || endValue.kind === 'date') {
    throw new ICalendarError('invalid-period', `a period of days: ${quoted(text)}`);
  }
  return { kind: 'period', start, end: endValue };
}

/** Writes a PERIOD. @throws nothing. */
export function formatPeriod(period: Period): string {
  const end = period.end.kind === 'duration' ? formatDuration(period.end) : formatDateValue(period.end);
  return `${formatDateValue(period.start)}/${end}`;
}

/** One of the dates of a property, and the zone its wall clock is in. */
export interface PropertyDate {
  readonly value: DateValue | Period;
  /** Only where it counts: not on a UTC time, nor on a day. */
  readonly tzid?: string | undefined;
}

/**
 * Reads the dates of a property: DTSTART, RECURRENCE-ID, EXDATE, RDATE, FREEBUSY and their like. What the value looks
 * like decides, not VALUE, which is often missing.
 *
 * @throws ICalendarError `invalid-date`, `invalid-period` or `invalid-duration`.
 */
export function readDates(property: Property): readonly PropertyDate[] {
  const tzid = parameter(property, 'TZID');
  const { value } = property;
  return value.includes(',') ? value.split(',').map((text) => readDate(text, tzid)) : [readDate(value, tzid)];
}

/**
 * Reads the one date of a property that is no period: DTSTART, DTEND, DUE, RECURRENCE-ID, DTSTAMP.
 *
 * @throws ICalendarError `invalid-date`.
 */
export function readDateValue(property: Property): { readonly value: DateValue; readonly tzid?: string | undefined } {
  const value = parseDateValue(property.value.trim());
  return zoned(value, parameter(property, 'TZID'), value.kind === 'date-time' && !value.utc);
}

function readDate(text: string, tzid: string | undefined): PropertyDate {
  const trimmed = text.trim();
  if (!trimmed.includes('/')) {
    const value = parseDateValue(trimmed);
    return zoned(value, tzid, value.kind === 'date-time' && !value.utc);
  }
  const period = parsePeriod(trimmed);
  return zoned(period, tzid, !period.start.utc);
}

function zoned<T>(value: T, tzid: string | undefined, counts: boolean): { value: T; tzid?: string } {
  return tzid !== undefined && counts ? { value, tzid } : { value };
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

function invalidDate(text: string): ICalendarError {
  return new ICalendarError('invalid-date', `not a date: ${quoted(text)}`);
}

import { Temporal } from 'temporal-polyfill/full';
import { civilDate, dayNumber, secondsOfDay, weekdayOf } from '../civil.ts';
import { ICalendarError, quoted } from '../errors.ts';
import type { RulePeriods } from './periods-of-rule.ts';
import type { RecurrenceRule, RuleMonth } from './rule.ts';

/** The calendars that RSCALE may name, each with what Temporal calls it; names are CLDR's, in upper case. */
const calendars: Readonly<Record<string, string>> = {
  BUDDHIST: 'buddhist',
  CHINESE: 'chinese',
  COPTIC: 'coptic',
  DANGI: 'dangi',
  ETHIOAA: 'ethioaa',
  'ETHIOPIC-AMETE-ALEM': 'ethioaa',
  ETHIOPIC: 'ethiopic',
  GREGORIAN: 'gregory',
  HEBREW: 'hebrew',
  INDIAN: 'indian',
  'ISLAMIC-CIVIL': 'islamic-civil',
  'ISLAMIC-TBLA': 'islamic-tbla',
  'ISLAMIC-UMALQURA': 'islamic-umalqura',
  JAPANESE: 'japanese',
  PERSIAN: 'persian',
  ROC: 'roc',
};

/** The values of RSCALE that are understood, for a capabilities document. */
export const supportedRscales: readonly string[] = Object.keys(calendars);

/** Whether a rule reckons in another calendar, or moves days that don't exist. @throws nothing. */
export function usesOtherCalendar(rule: RecurrenceRule): boolean {
  return rule.rscale !== undefined || rule.skip !== 'OMIT';
}

/** A month of another calendar, in days since 1970-01-01. */
interface MonthSpan {
  readonly firstDay: number;
  readonly length: number;
}

/**
 * The periods of a rule with RSCALE or SKIP: years and months of that calendar.
 *
 * @throws ICalendarError `unsupported-recurrence` for an unknown calendar, other frequencies, or BYWEEKNO.
 * @see RFC 7529 §4.
 */
export function createOtherPeriods(rule: RecurrenceRule, startSeconds: number): RulePeriods {
  const calendar = calendars[rule.rscale ?? 'GREGORIAN'];
  if (calendar === undefined) throw unsupported(`RSCALE=${quoted(rule.rscale ?? '')}`);
  if (rule.byWeekNumber.length > 0) throw unsupported('BYWEEKNO with RSCALE');
  const start = plainDate(Math.floor(startSeconds / secondsOfDay), calendar);
  if (rule.frequency === 'YEARLY') return yearPeriods(rule, start);
  if (rule.frequency === 'MONTHLY') return monthPeriods(rule, start);
  throw unsupported(`RSCALE with ${rule.frequency}`);
}

// What one year or month costs, against one period of the Gregorian calendar: the lunar ones ask ICU about each year.
const costOfYear = 1_500;
const costOfMonth = 100;

// Jumps may fall short of their aim; what lies between is gone through.
const maxMonthLength = 32;
const maxYearLength = 386;
const maxJumpDays = 300 * 366;

/** Far from here the lunar calendars take seconds, and say what nobody knows. */
function daysUpTo(day: number, start: Temporal.PlainDate): number {
  const days = day - dayOf(start) - maxYearLength;
  if (days > maxJumpDays) throw new ICalendarError('recurrence-too-complex', 'another calendar, centuries ahead');
  return days;
}

function yearPeriods(rule: RecurrenceRule, start: Temporal.PlainDate): RulePeriods {
  const year = (index: number): number => start.year + index * rule.interval;
  const isOneDay = rule.byYearDay.length + rule.byMonthDay.length + rule.byDay.length === 0;
  const ofStart: readonly RuleMonth[] = [monthOfCode(start.monthCode)];
  return {
    cost: costOfYear,
    firstDay: (index) => startOfYear(start, year(index)).firstDay,
    indexAt: (day) => Math.floor(daysUpTo(day, start) / (maxYearLength * rule.interval)),
    days(index) {
      if (rule.byYearDay.length > 0) return daysOfYear(rule, start, year(index));
      const wanted = rule.byMonth.length > 0 ? rule.byMonth : isOneDay ? ofStart : undefined;
      if (wanted === undefined && rule.byMonthDay.length === 0) return weekdaysOfYear(rule, start, year(index));
      const months = wanted?.flatMap((month) => monthOfYear(rule, start, { year: year(index), month }));
      return sorted((months ?? monthsOfYear(start, year(index))).flatMap((month) => daysOfMonth(rule, month, start)));
    },
  };
}

function monthPeriods(rule: RecurrenceRule, start: Temporal.PlainDate): RulePeriods {
  const first = start.with({ day: 1 });
  const month = (index: number): Temporal.PlainDate => first.add({ months: index * rule.interval });
  return {
    cost: costOfMonth,
    firstDay: (index) => dayOf(month(index)),
    indexAt: (day) => Math.floor(daysUpTo(day, start) / (maxMonthLength * rule.interval)),
    days(index) {
      const date = month(index);
      const { month: number, leap } = monthOfCode(date.monthCode);
      const isWanted =
        rule.byMonth.length === 0 || rule.byMonth.some((one) => one.month === number && one.leap === leap);
      return isWanted ? sorted(daysOfMonth(rule, spanOf(date), start)) : [];
    },
  };
}

/** BYMONTH names a month that the year may lack; SKIP says what then. */
function monthOfYear(
  rule: RecurrenceRule,
  start: Temporal.PlainDate,
  wanted: { readonly year: number; readonly month: RuleMonth },
): readonly MonthSpan[] {
  const { year, month } = wanted;
  const exact = monthWithCode(start, year, codeOf(month));
  if (exact !== undefined) return [exact];
  if (!month.leap || rule.skip === 'OMIT') return [];
  const number = rule.skip === 'FORWARD' ? month.month + 1 : month.month;
  const instead = monthWithCode(start, year, codeOf({ month: number, leap: false }));
  return instead === undefined ? [] : [instead];
}

function monthWithCode(start: Temporal.PlainDate, year: number, monthCode: string): MonthSpan | undefined {
  try {
    return spanOf(
      Temporal.PlainDate.from({ calendar: start.calendarId, year, monthCode, day: 1 }, { overflow: 'reject' }),
    );
  } catch {
    return undefined; // the year has no such month
  }
}

function monthsOfYear(start: Temporal.PlainDate, year: number): readonly MonthSpan[] {
  const first = Temporal.PlainDate.from({ calendar: start.calendarId, year, month: 1, day: 1 });
  return Array.from({ length: first.monthsInYear }, (_, index) => spanOf(first.add({ months: index })));
}

function startOfYear(start: Temporal.PlainDate, year: number): MonthSpan {
  return spanOf(Temporal.PlainDate.from({ calendar: start.calendarId, year, month: 1, day: 1 }));
}

/** The days of a month; numbered weekdays count in it. */
function daysOfMonth(rule: RecurrenceRule, month: MonthSpan, start: Temporal.PlainDate): readonly number[] {
  const onWeekday = (day: number): boolean => rule.byDay.length === 0 || isNumberedDay(rule, month, day);
  if (rule.byMonthDay.length === 0 && rule.byDay.length > 0) {
    return Array.from({ length: month.length }, (_, index) => month.firstDay + index).filter(onWeekday);
  }
  const monthDays = rule.byMonthDay.length > 0 ? rule.byMonthDay : [start.day];
  return monthDays.flatMap((monthDay) => placeIn(month, monthDay, rule)).filter(onWeekday);
}

function daysOfYear(rule: RecurrenceRule, start: Temporal.PlainDate, year: number): readonly number[] {
  const span = yearSpan(start, year);
  const days = rule.byYearDay.flatMap((yearDay) => placeIn(span, yearDay, rule));
  return sorted(days.filter((day) => matchesYearDay(rule, day, start.calendarId)));
}

function weekdaysOfYear(rule: RecurrenceRule, start: Temporal.PlainDate, year: number): readonly number[] {
  const span = yearSpan(start, year);
  const days = Array.from({ length: span.length }, (_, index) => span.firstDay + index);
  return days.filter((day) => isNumberedDay(rule, span, day));
}

function yearSpan(start: Temporal.PlainDate, year: number): MonthSpan {
  const { firstDay } = startOfYear(start, year);
  return { firstDay, length: startOfYear(start, year + 1).firstDay - firstDay };
}

function matchesYearDay(rule: RecurrenceRule, day: number, calendar: string): boolean {
  const date = plainDate(day, calendar);
  const { month, leap } = monthOfCode(date.monthCode);
  if (rule.byMonth.length > 0 && !rule.byMonth.some((one) => one.month === month && one.leap === leap)) return false;
  const fromEnd = date.day - date.daysInMonth - 1;
  if (rule.byMonthDay.length > 0 && !rule.byMonthDay.some((one) => one === date.day || one === fromEnd)) return false;
  return rule.byDay.length === 0 || rule.byDay.some(({ weekday }) => weekday === weekdayOf(day));
}

/** The nth day of a month or year; SKIP says what becomes of one that isn't there. */
function placeIn(span: MonthSpan, place: number, { skip }: RecurrenceRule): readonly number[] {
  const index = place > 0 ? place - 1 : span.length + place;
  if (index >= 0 && index < span.length) return [span.firstDay + index];
  if (skip === 'OMIT') return [];
  if (index < 0) return [skip === 'FORWARD' ? span.firstDay : span.firstDay - 1];
  return [skip === 'FORWARD' ? span.firstDay + span.length : span.firstDay + span.length - 1];
}

function isNumberedDay(rule: RecurrenceRule, span: MonthSpan, day: number): boolean {
  const weekday = weekdayOf(day);
  const fromStart = Math.floor((day - span.firstDay) / 7) + 1;
  const fromEnd = -Math.floor((span.firstDay + span.length - 1 - day) / 7) - 1;
  return rule.byDay.some(
    (one) => one.weekday === weekday && (one.ordinal === 0 || one.ordinal === fromStart || one.ordinal === fromEnd),
  );
}

function monthOfCode(monthCode: string): RuleMonth {
  return { month: Number(monthCode.slice(1, 3)), leap: monthCode.endsWith('L') };
}

function codeOf({ month, leap }: RuleMonth): string {
  return `M${String(month).padStart(2, '0')}${leap ? 'L' : ''}`;
}

function spanOf(month: Temporal.PlainDate): MonthSpan {
  return { firstDay: dayOf(month), length: month.daysInMonth };
}

function plainDate(day: number, calendar: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(civilDate(day)).withCalendar(calendar);
}

function dayOf(date: Temporal.PlainDate): number {
  const { year, month, day } = date.withCalendar('iso8601');
  return dayNumber(year, month, day);
}

function sorted(days: readonly number[]): readonly number[] {
  return [...new Set(days)].toSorted((one, other) => one - other);
}

function unsupported(what: string): ICalendarError {
  return new ICalendarError('unsupported-recurrence', `not supported: ${what}`);
}

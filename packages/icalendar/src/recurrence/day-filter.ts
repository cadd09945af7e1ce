import { civilDate, dayNumber, daysInMonth, daysInYear, weekdayOf } from '../civil.ts';
import type { RecurrenceRule, RuleDay } from './rule.ts';

/** A day that a rule looks at; one object is used for many days. */
export interface RuleDate {
  year: number;
  /** From 1. */
  month: number;
  /** Of the month. */
  day: number;
  /** Since 1970-01-01. */
  days: number;
}

/** Whether a day satisfies the parts of a rule that speak of days. */
export type DayFilter = (date: RuleDate) => boolean;

/** The day of a number of days since 1970-01-01. @throws nothing. */
export function ruleDate(days: number): RuleDate {
  return { ...civilDate(days), days };
}

/**
 * Makes the filter of a rule. What the rule leaves open comes from its start.
 *
 * @throws nothing.
 * @see RFC 5545 §3.3.10: the table of BYxxx parts, and "derived from the Start Time".
 */
export function createDayFilter(rule: RecurrenceRule, start: RuleDate): DayFilter {
  const parts = withDefaults(rule, start);
  const filters: DayFilter[] = [];
  if (parts.byMonth.length > 0) filters.push(monthFilter(parts.byMonth.map(({ month }) => month)));
  if (parts.byWeekNumber.length > 0) filters.push(weekNumberFilter(parts.byWeekNumber, rule.weekStart));
  if (parts.byYearDay.length > 0) filters.push(yearDayFilter(parts.byYearDay));
  if (parts.byMonthDay.length > 0) filters.push(monthDayFilter(parts.byMonthDay));
  if (parts.byDay.length > 0) filters.push(weekdayFilter(parts.byDay, rule));
  const [first, second] = filters;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (filters.length === 2) return (date) => first(date) && second(date);
  return (date) => filters.every((filter) => filter(date));
}

/** The parts of a rule that speak of days. */
export type DayParts = Pick<RecurrenceRule, 'byMonth' | 'byWeekNumber' | 'byYearDay' | 'byMonthDay' | 'byDay'>;

/** These parts, with what the rule leaves open taken from its start. @throws nothing. */
export function withDefaults(rule: RecurrenceRule, start: RuleDate): DayParts {
  const { byMonth, byWeekNumber, byYearDay, byMonthDay, byDay, frequency } = rule;
  const parts: DayParts = { byMonth, byWeekNumber, byYearDay, byMonthDay, byDay };
  if (byYearDay.length + byMonthDay.length + byDay.length > 0) return parts;
  const sameWeekday: DayParts = { ...parts, byDay: [{ weekday: weekdayOf(start.days), ordinal: 0 }] };
  if (frequency === 'YEARLY' && byWeekNumber.length > 0) return sameWeekday;
  if (byWeekNumber.length > 0) return parts; // no pair of the RFC's table; other implementations take each day
  if (frequency === 'WEEKLY') return sameWeekday;
  if (frequency === 'MONTHLY') return { ...parts, byMonthDay: [start.day] };
  if (frequency !== 'YEARLY') return parts;
  return {
    ...parts,
    byMonth: byMonth.length > 0 ? byMonth : [{ month: start.month, leap: false }],
    byMonthDay: [start.day],
  };
}

function monthFilter(months: readonly number[]): DayFilter {
  const table = tableOf(months, 12);
  return (date) => table[date.month] === 1;
}

function monthDayFilter(monthDays: readonly number[]): DayFilter {
  const fromStart = tableOf(monthDays, 31);
  const fromEnd = tableOf(negated(monthDays), 31);
  return ({ year, month, day }) => fromStart[day] === 1 || fromEnd[daysInMonth(year, month) - day + 1] === 1;
}

function yearDayFilter(yearDays: readonly number[]): DayFilter {
  const fromStart = tableOf(yearDays, 366);
  const fromEnd = tableOf(negated(yearDays), 366);
  return ({ year, days }) => {
    const yearDay = days - dayNumber(year, 1, 1) + 1;
    return fromStart[yearDay] === 1 || fromEnd[daysInYear(year) - yearDay + 1] === 1;
  };
}

function weekdayFilter(byDay: readonly RuleDay[], rule: RecurrenceRule): DayFilter {
  const each = new Uint8Array(7);
  const numbered = byDay.filter(({ ordinal }) => ordinal !== 0);
  for (const { weekday, ordinal } of byDay) if (ordinal === 0) each[weekday] = 1;
  if (numbered.length === 0) return ({ days }) => each[weekdayOf(days)] === 1;
  const isOfMonth = rule.frequency === 'MONTHLY' || rule.byMonth.length > 0;
  return (date) => {
    const weekday = weekdayOf(date.days);
    if (each[weekday] === 1) return true;
    const place = isOfMonth ? date.day : date.days - dayNumber(date.year, 1, 1) + 1;
    const length = isOfMonth ? daysInMonth(date.year, date.month) : daysInYear(date.year);
    const fromStart = Math.ceil(place / 7);
    const fromEnd = -Math.ceil((length - place + 1) / 7);
    return numbered.some((day) => day.weekday === weekday && (day.ordinal === fromStart || day.ordinal === fromEnd));
  };
}

/** Weeks begin with `weekStart`; the first of a year is the first with four days in it. */
function weekNumberFilter(weekNumbers: readonly number[], weekStart: number): DayFilter {
  const fromStart = tableOf(weekNumbers, 53);
  const fromEnd = tableOf(negated(weekNumbers), 53);
  return ({ year, days }) => {
    let weekYear = year;
    let first = firstWeek(year, weekStart);
    if (days < first) first = firstWeek(--weekYear, weekStart);
    let next = firstWeek(weekYear + 1, weekStart);
    if (days >= next) {
      first = next;
      next = firstWeek(weekYear + 2, weekStart);
    }
    const week = Math.floor((days - first) / 7) + 1;
    return fromStart[week] === 1 || fromEnd[(next - first) / 7 - week + 1] === 1;
  };
}

/** The day on which the first week of a year begins. */
function firstWeek(year: number, weekStart: number): number {
  const fourth = dayNumber(year, 1, 4);
  return fourth - ((weekdayOf(fourth) - weekStart + 7) % 7);
}

function negated(numbers: readonly number[]): readonly number[] {
  return numbers.map((number) => -number);
}

/** 1 at the place of each number that is in range; place 0 is never asked for. */
function tableOf(numbers: readonly number[], max: number): Uint8Array {
  const table = new Uint8Array(max + 1);
  for (const number of numbers) if (number > 0 && number <= max) table[number] = 1;
  return table;
}

import { dayNumber, daysInMonth, modulo, weekdayOf } from '../civil.ts';
import { type DayFilter, type RuleDate, withDefaults } from './day-filter.ts';
import type { RecurrenceRule, RuleDay } from './rule.ts';

/** The days of a month that satisfy a rule, ascending, as days since 1970-01-01; the month counts from 1. */
export type MonthDays = (year: number, month: number) => readonly number[];

/**
 * How a rule of months or years finds its days in a month: the frequent kinds (a day of the month, the second Tuesday)
 * by reckoning, the others by looking at each day.
 *
 * @throws nothing.
 */
export function createMonthDays(rule: RecurrenceRule, start: RuleDate, filter: DayFilter): MonthDays {
  const inMonth = findDays(rule, start, filter);
  if (rule.byMonth.length === 0) return inMonth;
  const months = new Set(rule.byMonth.map(({ month }) => month));
  return (year, month) => (months.has(month) ? inMonth(year, month) : []);
}

function findDays(rule: RecurrenceRule, start: RuleDate, filter: DayFilter): MonthDays {
  const { byDay, byMonthDay, byYearDay, byWeekNumber } = withDefaults(rule, start);
  const isOfMonth = rule.frequency === 'MONTHLY' || rule.byMonth.length > 0;
  const onlyOne = byYearDay.length + byWeekNumber.length === 0;
  const [day, anotherDay] = byDay;
  const [monthDay, anotherMonthDay] = byMonthDay;
  if (onlyOne && monthDay !== undefined && anotherMonthDay === undefined && day === undefined) {
    return (year, month) => dayOfMonth(year, month, monthDay);
  }
  const isOneWeekday = day !== undefined && day.ordinal !== 0 && anotherDay === undefined;
  if (onlyOne && isOneWeekday && isOfMonth && monthDay === undefined) {
    return (year, month) => numberedWeekday(year, month, day);
  }
  return (year, month) => filteredDays(year, month, filter);
}

function dayOfMonth(year: number, month: number, monthDay: number): readonly number[] {
  const length = daysInMonth(year, month);
  const day = monthDay > 0 ? monthDay : length + monthDay + 1;
  return day >= 1 && day <= length ? [dayNumber(year, month, day)] : [];
}

function numberedWeekday(year: number, month: number, { weekday, ordinal }: RuleDay): readonly number[] {
  const length = daysInMonth(year, month);
  const first = dayNumber(year, month, 1);
  const last = first + length - 1;
  const day =
    ordinal > 0
      ? first + modulo(weekday - weekdayOf(first), 7) + (ordinal - 1) * 7
      : last - modulo(weekdayOf(last) - weekday, 7) + (ordinal + 1) * 7;
  return day >= first && day <= last ? [day] : [];
}

function filteredDays(year: number, month: number, filter: DayFilter): readonly number[] {
  const matching: number[] = [];
  const before = dayNumber(year, month, 1) - 1;
  const date: RuleDate = { year, month, day: 0, days: 0 };
  for (let day = 1; day <= daysInMonth(year, month); day++) {
    date.day = day;
    date.days = before + day;
    if (filter(date)) matching.push(date.days);
  }
  return matching;
}

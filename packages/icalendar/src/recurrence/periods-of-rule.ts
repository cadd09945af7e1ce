import { civilDate, dayNumber, modulo, secondsOfDay, weekdayOf } from '../civil.ts';
import { createDayFilter, type DayFilter, type RuleDate, ruleDate } from './day-filter.ts';
import { createMonthDays, type MonthDays } from './month-days.ts';
import type { RecurrenceRule } from './rule.ts';

/**
 * The periods of a rule that has at most one period a day: years, months, weeks or days, from that of the start on.
 * All numbers are days since 1970-01-01.
 */
export interface RulePeriods {
  /** The first day of the period with this index. */
  firstDay(index: number): number;
  /** The last index whose period begins on this day or before it; negative when there is none. */
  indexAt(day: number): number;
  /** The days of a period that satisfy the rule, ascending. */
  days(index: number): readonly number[];
  /** What it costs to ask for the days of one period. */
  readonly cost: number;
}

/** @throws nothing. */
export function createRulePeriods(rule: RecurrenceRule, startSeconds: number): RulePeriods {
  const start = ruleDate(Math.floor(startSeconds / secondsOfDay));
  const filter = createDayFilter(rule, start);
  if (rule.frequency === 'YEARLY') return yearPeriods(rule, start, createMonthDays(rule, start, filter));
  if (rule.frequency === 'MONTHLY') return monthPeriods(rule, start, createMonthDays(rule, start, filter));
  return fixedPeriods(rule, start, filter);
}

// A month whose days are looked at one by one, against one step of a daily rule.
const costOfMonth = 4;

function yearPeriods(rule: RecurrenceRule, start: RuleDate, daysOfMonth: MonthDays): RulePeriods {
  const months = monthsToVisit(rule, start);
  return {
    cost: months.length * costOfMonth,
    firstDay: (index) => dayNumber(start.year + index * rule.interval, 1, 1),
    indexAt: (day) => Math.floor((civilDate(day).year - start.year) / rule.interval),
    days: (index) => months.flatMap((month) => daysOfMonth(start.year + index * rule.interval, month)),
  };
}

/** The months in which a year's days can lie: few years need all 366 days looked at. */
function monthsToVisit(rule: RecurrenceRule, start: RuleDate): readonly number[] {
  if (rule.byMonth.length > 0) {
    return [...new Set(rule.byMonth.map(({ month }) => month))].toSorted((one, other) => one - other);
  }
  const { byYearDay, byMonthDay, byDay, byWeekNumber } = rule;
  const isOneDay = byYearDay.length + byMonthDay.length + byDay.length + byWeekNumber.length === 0;
  return isOneDay ? [start.month] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
}

function monthPeriods(rule: RecurrenceRule, start: RuleDate, daysOfMonth: MonthDays): RulePeriods {
  const startMonth = start.year * 12 + start.month - 1;
  const yearAndMonth = (index: number): readonly [number, number] => {
    const month = startMonth + index * rule.interval;
    return [Math.floor(month / 12), modulo(month, 12) + 1];
  };
  return {
    cost: costOfMonth,
    firstDay: (index) => dayNumber(...yearAndMonth(index), 1),
    indexAt(day) {
      const { year, month } = civilDate(day);
      return Math.floor((year * 12 + month - 1 - startMonth) / rule.interval);
    },
    days: (index) => daysOfMonth(...yearAndMonth(index)),
  };
}

/** Weeks and days: all periods are equally long. */
function fixedPeriods(rule: RecurrenceRule, start: RuleDate, filter: DayFilter): RulePeriods {
  const length = rule.frequency === 'WEEKLY' ? 7 : 1;
  const first = length === 7 ? start.days - modulo(weekdayOf(start.days) - rule.weekStart, 7) : start.days;
  const step = length * rule.interval;
  const firstDay = (index: number): number => first + index * step;
  return {
    cost: 1,
    firstDay,
    indexAt: (day) => Math.floor((day - first) / step),
    days(index) {
      const matching: number[] = [];
      for (let day = firstDay(index); day < firstDay(index) + length; day++) {
        if (filter(ruleDate(day))) matching.push(day);
      }
      return matching;
    },
  };
}

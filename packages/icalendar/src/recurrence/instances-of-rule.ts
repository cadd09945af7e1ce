import { dayNumber, secondsOfDay, weekdayOf } from '../civil.ts';
import { spend } from './budget.ts';
import { createOtherPeriods, usesOtherCalendar } from './other-calendar.ts';
import { createRulePeriods, type RulePeriods } from './periods-of-rule.ts';
import type { RecurrenceRule } from './rule.ts';
import { places, type RuleWindow, sortedOr } from './rule-window.ts';
import { isSubDaily, subDailyInstances } from './sub-daily.ts';

/** The end of the year 9999: no rule goes on beyond. */
export const lastSecond = dayNumber(10_000, 1, 1) * secondsOfDay - 1;

/**
 * The instances of a Gregorian rule on the wall clock, ascending, each once. DTSTART is one only if the rule makes it.
 *
 * @throws ICalendarError `recurrence-too-complex` when the budget is used up.
 * @see RFC 5545 §3.3.10.
 */
export function* instancesOfRule(rule: RecurrenceRule, window: RuleWindow): Generator<number, void, void> {
  const to = Math.min(window.to, lastSecond);
  const bounded = { ...window, to };
  const step = usesOtherCalendar(rule) ? undefined : evenStep(rule, window.start);
  if (step !== undefined) {
    yield* evenInstances(rule, bounded, step);
    return;
  }
  const instances =
    isSubDaily(rule) && !usesOtherCalendar(rule) ? subDailyInstances(rule, bounded) : dailyInstances(rule, bounded);
  let counted = 0;
  for (const seconds of instances) {
    spend(window.budget);
    if (seconds > to || counted++ === rule.count) return;
    if (seconds >= window.from) yield seconds;
  }
}

const stepSeconds = {
  WEEKLY: 7 * secondsOfDay,
  DAILY: secondsOfDay,
  HOURLY: 3_600,
  MINUTELY: 60,
  SECONDLY: 1,
} as const;

/** The seconds between two instances of a rule without further parts; most rules of weekly meetings are such. */
function evenStep(rule: RecurrenceRule, start: number): number | undefined {
  if (rule.frequency === 'YEARLY' || rule.frequency === 'MONTHLY') return undefined;
  const { byMonth, byWeekNumber, byYearDay, byMonthDay, byHour, byMinute, bySecond, bySetPosition } = rule;
  const lists = [byMonth, byWeekNumber, byYearDay, byMonthDay, byHour, byMinute, bySecond, bySetPosition];
  if (lists.some((list) => list.length > 0)) return undefined;
  const [day, another] = rule.byDay;
  const isOfStart = rule.frequency === 'WEEKLY' && day?.weekday === weekdayOf(Math.floor(start / secondsOfDay));
  if (another !== undefined || (day !== undefined && !isOfStart)) return undefined;
  return stepSeconds[rule.frequency] * rule.interval;
}

function* evenInstances(rule: RecurrenceRule, window: RuleWindow, step: number): Generator<number, void, void> {
  const count = rule.count ?? Number.POSITIVE_INFINITY;
  for (let index = Math.max(0, Math.ceil((window.from - window.start) / step)); index < count; index++) {
    const seconds = window.start + index * step;
    if (seconds > window.to) return;
    spend(window.budget);
    yield seconds;
  }
}

/** Everything with at most one period a day. */
function* dailyInstances(rule: RecurrenceRule, window: RuleWindow): Generator<number, void, void> {
  const periods = usesOtherCalendar(rule)
    ? createOtherPeriods(rule, window.start)
    : createRulePeriods(rule, window.start);
  const times = timesOfDay(rule, window.start);
  const lastDay = Math.floor(window.to / secondsOfDay);
  for (let index = firstIndex(rule, window, periods); periods.firstDay(index) <= lastDay; index++) {
    spend(window.budget, periods.cost);
    const days = periods.days(index);
    for (const place of places(rule.bySetPosition, days.length * times.length)) {
      const day = days[Math.floor(place / times.length)] as number;
      const seconds = day * secondsOfDay + (times[place % times.length] as number);
      if (seconds >= window.start) yield seconds;
    }
  }
}

/** Where to begin: at the window, unless COUNT has to be counted from the start. */
function firstIndex(rule: RecurrenceRule, window: RuleWindow, periods: RulePeriods): number {
  if (rule.count !== undefined || window.from <= window.start) return 0;
  return Math.max(0, periods.indexAt(Math.floor(window.from / secondsOfDay)));
}

/** The times of a day, in seconds, ascending; a leap second counts as the second before it. */
function timesOfDay(rule: RecurrenceRule, start: number): readonly number[] {
  const startOfDay = Math.floor(start / secondsOfDay) * secondsOfDay;
  const time = start - startOfDay;
  const hours = sortedOr(rule.byHour, Math.floor(time / 3_600));
  const minutes = sortedOr(rule.byMinute, Math.floor(time / 60) % 60);
  const seconds = sortedOr(
    rule.bySecond.map((second) => Math.min(second, 59)),
    time % 60,
  );
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => hour * 3_600 + minute * 60 + second)),
  );
}

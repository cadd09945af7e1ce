import { secondsOfDay } from '../civil.ts';
import { spend } from './budget.ts';
import { createDayFilter, ruleDate } from './day-filter.ts';
import type { RecurrenceRule } from './rule.ts';
import { places, type RuleWindow, sortedOr } from './rule-window.ts';

const unitSeconds = { HOURLY: 3_600, MINUTELY: 60, SECONDLY: 1 } as const;

type SubDaily = keyof typeof unitSeconds;

/** Whether a rule recurs by hours, minutes or seconds. @throws nothing. */
export function isSubDaily(rule: RecurrenceRule): boolean {
  return rule.frequency in unitSeconds;
}

/**
 * The instances of a rule that recurs by hours, minutes or seconds. Periods that can't match are jumped over: to the
 * next day, hour or minute, never second by second.
 *
 * @throws ICalendarError `recurrence-too-complex` when the budget is used up.
 */
export function* subDailyInstances(rule: RecurrenceRule, window: RuleWindow): Generator<number, void, void> {
  const unit = unitSeconds[rule.frequency as SubDaily];
  const step = unit * rule.interval;
  const origin = Math.floor(window.start / unit) * unit;
  const offsets = offsetsInPeriod(rule, window.start);
  const nextMiss = createMissFinder(rule, window.start);
  /** The first period that begins at this time or after it. */
  const periodAt = (seconds: number): number => origin + Math.max(0, Math.ceil((seconds - origin) / step)) * step;
  let period = rule.count === undefined ? periodAt(window.from - unit) : origin;
  while (period <= window.to) {
    spend(window.budget);
    const retryAt = nextMiss(period);
    if (retryAt > period) {
      period = periodAt(retryAt);
      continue;
    }
    for (const place of places(rule.bySetPosition, offsets.length)) {
      const seconds = period + (offsets[place] as number);
      if (seconds >= window.start) yield seconds;
    }
    period += step;
  }
}

/** The instances inside a period, as seconds after its beginning. */
function offsetsInPeriod(rule: RecurrenceRule, start: number): readonly number[] {
  if (rule.frequency === 'SECONDLY') return [0];
  const seconds = sortedOr(
    rule.bySecond.map((second) => Math.min(second, 59)),
    start - Math.floor(start / 60) * 60,
  );
  if (rule.frequency === 'MINUTELY') return seconds;
  const minutes = sortedOr(rule.byMinute, Math.floor((start - Math.floor(start / 3_600) * 3_600) / 60));
  return minutes.flatMap((minute) => seconds.map((second) => minute * 60 + second));
}

/** Answers the period itself when it can hold instances, or the next time worth a look. */
function createMissFinder(rule: RecurrenceRule, start: number): (period: number) => number {
  const filter = createDayFilter(rule, ruleDate(Math.floor(start / secondsOfDay)));
  const hours = rule.byHour.length > 0 ? new Set(rule.byHour) : undefined;
  const limitsMinutes = rule.frequency !== 'HOURLY' && rule.byMinute.length > 0;
  const minutes = limitsMinutes ? new Set(rule.byMinute) : undefined;
  const limitsSeconds = rule.frequency === 'SECONDLY' && rule.bySecond.length > 0;
  const seconds = limitsSeconds ? new Set(rule.bySecond.map((second) => Math.min(second, 59))) : undefined;
  let knownDay = Number.NaN;
  let matches = false;
  return (period) => {
    const day = Math.floor(period / secondsOfDay);
    const time = period - day * secondsOfDay;
    if (day !== knownDay) {
      knownDay = day;
      matches = filter(ruleDate(day));
    }
    if (!matches) return (day + 1) * secondsOfDay;
    if (hours && !hours.has(Math.floor(time / 3_600))) return (Math.floor(period / 3_600) + 1) * 3_600;
    if (minutes && !minutes.has(Math.floor(time / 60) % 60)) return (Math.floor(period / 60) + 1) * 60;
    return seconds && !seconds.has(time % 60) ? period + 1 : period;
  };
}

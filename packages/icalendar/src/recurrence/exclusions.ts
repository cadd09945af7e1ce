import { secondsOfDay } from '../civil.ts';
import type { SeriesClock } from './clock.ts';
import type { RecurrenceSet } from './series.ts';
import { ruleStarts, type SeriesStart, type StartsOptions } from './starts.ts';

/**
 * Says which starts EXDATE and EXRULE take away. An EXDATE that is a day takes away all of that day, also in a series
 * of times: some calendars write it so.
 *
 * @throws ICalendarError as `seriesStarts`.
 * @see RFC 5545 §3.8.5.1; RFC 2445 §4.8.5.2.
 */
export function createExclusions(
  series: RecurrenceSet,
  clock: SeriesClock,
  options: StartsOptions,
): (start: SeriesStart) => boolean {
  if (series.exceptions.length === 0 && series.exceptionRules.length === 0) return () => false;
  const instants = new Set<number>();
  const days = new Set<number>();
  for (const exception of series.exceptions) {
    if (clock.isAllDay || exception.value.kind === 'date') days.add(clock.localOf(exception) / secondsOfDay);
    else instants.add(clock.epochOf(exception));
  }
  for (const rule of series.exceptionRules) {
    for (const { epoch } of ruleStarts(rule, clock, options)) instants.add(epoch);
  }
  return ({ local, epoch }) => instants.has(epoch) || days.has(Math.floor(local / secondsOfDay));
}

import type { EpochMs, TimeRange } from '@isched/values';
import { formatUtc } from './date-time.ts';

/**
 * Sorts periods and joins those that overlap or touch; empty ones are left out.
 *
 * @throws nothing.
 */
export function mergePeriods(periods: readonly TimeRange[]): readonly TimeRange[] {
  const sorted = periods.filter(({ start, end }) => start < end).toSorted((one, other) => one.start - other.start);
  const merged: TimeRange[] = [];
  for (const period of sorted) {
    const last = merged.at(-1);
    if (last === undefined || period.start > last.end) merged.push({ start: period.start, end: period.end });
    else if (period.end > last.end) merged[merged.length - 1] = { start: last.start, end: period.end };
  }
  return merged;
}

/** The parts of periods that lie in a range, in their order. @throws nothing. */
export function clipPeriods(periods: readonly TimeRange[], range: TimeRange): readonly TimeRange[] {
  const clipped: TimeRange[] = [];
  for (const period of periods) {
    const start = Math.max(period.start, range.start) as EpochMs;
    const end = Math.min(period.end, range.end) as EpochMs;
    if (start < end) clipped.push({ start, end });
  }
  return clipped;
}

/**
 * Writes periods as FREEBUSY has them: UTC, start and end, with commas between.
 *
 * @throws nothing.
 * @see RFC 5545 §3.8.2.6.
 */
export function formatPeriods(periods: readonly TimeRange[]): string {
  return periods.map(({ start, end }) => `${formatUtc(start)}/${formatUtc(end)}`).join(',');
}

import type { EpochMs, TimeRange } from '@isched/values';
import { type BusyPeriod, type BusyTimes, allTime } from '../../ports/calendar-objects.ts';

/**
 * How an object's busy times lie in its own row. A single period stands in plain columns; of several, the columns hold
 * first start and last end, and a blob the periods, so that a series costs one row and not a thousand.
 */
export interface BusyColumns {
  readonly covers_start: number;
  readonly covers_end: number;
  readonly partial: 0 | 1;
  readonly busy_start: number | null;
  readonly busy_end: number | null;
  readonly busy_wide: 0 | 1;
  readonly busy_type: string | null;
  readonly busy: Buffer | null;
}

/** What a search reads of them. */
export type BusyRow = Pick<BusyColumns, 'busy_start' | 'busy_end' | 'busy_type' | 'busy'>;

/** No narrow object reaches further: how far before a range a search has to begin. */
export const narrowMs = 86_400_000;

const types = ['BUSY', 'BUSY-TENTATIVE', 'BUSY-UNAVAILABLE'] as const;
const numbersEach = 3;

/** Lays busy times out as columns. @throws nothing. */
export function busyColumns({ periods, covers }: BusyTimes): BusyColumns {
  const partial = covers.start <= allTime.start && covers.end >= allTime.end ? 0 : 1;
  const common = { covers_start: covers.start, covers_end: covers.end, partial } as const;
  const [only] = periods;
  if (!only) return { ...common, busy_start: null, busy_end: null, busy_wide: 0, busy_type: null, busy: null };
  const start = periods.reduce((least, period) => Math.min(least, period.start), only.start as number);
  const end = periods.reduce((most, period) => Math.max(most, period.end), only.end as number);
  return {
    ...common,
    busy_start: start,
    busy_end: end,
    busy_wide: end - start > narrowMs ? 1 : 0,
    busy_type: periods.length === 1 ? only.type : null,
    busy: periods.length === 1 ? null : pack(periods),
  };
}

/** The periods of a row that overlap a range. @throws nothing. */
export function periodsOf(row: BusyRow, range: TimeRange): readonly BusyPeriod[] {
  const periods = row.busy
    ? unpack(row.busy)
    : [period(row.busy_start ?? 0, row.busy_end ?? 0, row.busy_type ?? 'BUSY')];
  return periods.filter((each) => each.start < range.end && each.end > range.start);
}

function pack(periods: readonly BusyPeriod[]): Buffer {
  const numbers = new Float64Array(periods.length * numbersEach);
  periods.forEach((each, index) => numbers.set([each.start, each.end, types.indexOf(each.type)], index * numbersEach));
  return Buffer.from(numbers.buffer);
}

function unpack(blob: Buffer): readonly BusyPeriod[] {
  // A copy: the driver's buffer need not lie at a multiple of eight.
  const numbers = new Float64Array(Uint8Array.from(blob).buffer);
  return Array.from({ length: numbers.length / numbersEach }, (_, index) => {
    const [start = 0, end = 0, type = 0] = numbers.subarray(index * numbersEach, (index + 1) * numbersEach);
    return period(start, end, types[type] ?? 'BUSY');
  });
}

function period(start: number, end: number, type: string): BusyPeriod {
  return { start: start as EpochMs, end: end as EpochMs, type: types.find((known) => known === type) ?? 'BUSY' };
}

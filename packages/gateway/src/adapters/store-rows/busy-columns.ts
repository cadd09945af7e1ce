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
/** Start, end and type. */
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
  if (row.busy) return unpack(row.busy, range);
  const only = period(row.busy_start ?? 0, row.busy_end ?? 0, row.busy_type ?? 'BUSY');
  return only.start < range.end && only.end > range.start ? [only] : [];
}

function pack(periods: readonly BusyPeriod[]): Buffer {
  const numbers = new Float64Array(periods.length * numbersEach);
  periods.forEach((each, index) => numbers.set([each.start, each.end, types.indexOf(each.type)], index * numbersEach));
  return Buffer.from(numbers.buffer);
}

/** A series has hundreds of periods, of which a search wants a few: only those are looked at. */
function unpack(blob: Buffer, range: TimeRange): readonly BusyPeriod[] {
  const numbers = numbersOf(blob);
  const found: BusyPeriod[] = [];
  for (let at = firstEndingAfter(numbers, range.start); at < numbers.length; at += numbersEach) {
    const start = numbers[at] as number;
    if (start >= range.end) break;
    found.push(period(start, numbers[at + 1] as number, types[numbers[at + 2] as number] ?? 'BUSY'));
  }
  return found;
}

/** The place of the first period that ends after a moment: no two overlap, so that ends are sorted as starts are. */
function firstEndingAfter(numbers: Float64Array, moment: number): number {
  let low = 0;
  let high = numbers.length / numbersEach;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle * numbersEach + 1] as number) > moment) high = middle;
    else low = middle + 1;
  }
  return low * numbersEach;
}

/** The driver's buffer need not lie at a multiple of eight; then a copy does. */
function numbersOf(blob: Buffer): Float64Array {
  const octets = blob.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? blob : new Uint8Array(blob);
  return new Float64Array(octets.buffer, octets.byteOffset, octets.byteLength / Float64Array.BYTES_PER_ELEMENT);
}

function period(start: number, end: number, type: string): BusyPeriod {
  return { start: start as EpochMs, end: end as EpochMs, type: types.find((known) => known === type) ?? 'BUSY' };
}

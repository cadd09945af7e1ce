import type { Brand } from './brand.ts';

/** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
export type EpochMs = Brand<number, 'EpochMs'>;

/**
 * Makes a point in time of a number of milliseconds.
 *
 * @throws TypeError when the number is not a safe whole one: our mistake, never a peer's.
 */
export function epochMs(milliseconds: number): EpochMs {
  if (!Number.isSafeInteger(milliseconds)) throw new TypeError(`not a point in time: ${milliseconds}`);
  return milliseconds as EpochMs;
}

/** From `start` (included) to `end` (excluded). */
export interface TimeRange {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

import type { EpochMs } from '@isched/values';
import { parseHttpDate } from '../wire/http-date.ts';

/** What a peer may ask for at most. */
const longestMs = 86_400_000;

/**
 * Reads `Retry-After`: seconds, or a date.
 *
 * @returns milliseconds from now, from 0 to a day; nothing where the field is missing or can't be read.
 * @throws nothing.
 * @see RFC 9110 §10.2.3.
 */
export function retryAfterMs(value: string | undefined, now: EpochMs): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,12}$/.test(value) ? Number(value) * 1_000 : msUntil(parseHttpDate(value), now);
  return ms === undefined ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

function msUntil(date: EpochMs | undefined, now: EpochMs): number | undefined {
  return date === undefined ? undefined : date - now;
}

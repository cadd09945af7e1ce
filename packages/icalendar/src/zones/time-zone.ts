import type { EpochMs } from '@isched/values';
import { type CalendarDateTime, type DateValue, dateTimeOf, secondsOf } from '../date-time.ts';

/** A time zone: what stands on the wall clock at which point in time. */
export interface TimeZone {
  /** The TZID it was asked for by; `UTC` for UTC. */
  readonly id: string;
  /** Its name in the IANA database, where its rules are from there. */
  readonly ianaName?: string | undefined;
  /**
   * The point in time of a date (midnight) or a time on this zone's wall clock; a UTC time is what it says.
   *
   * A time that the clock jumps over is read with the offset before the jump; of a time that comes twice it is the
   * first.
   *
   * @throws nothing.
   * @see RFC 5545 §3.3.5.
   */
  toEpoch(local: DateValue): EpochMs;
  /** What the wall clock shows, to the second. @throws nothing. */
  toLocal(instant: EpochMs): CalendarDateTime;
  /** As `toEpoch` and `toLocal`, in seconds since 1970-01-01T00:00:00 on the wall clock: for many values. */
  epochOfLocal(localSeconds: number): EpochMs;
  localOfEpoch(instant: EpochMs): number;
}

/** How far the wall clock is ahead of UTC, in seconds. */
export interface OffsetSource {
  offsetAtLocal(localSeconds: number): number;
  offsetAtEpoch(epochSeconds: number): number;
}

/** Makes a zone of its offsets. @throws nothing. */
export function createTimeZone(
  name: { readonly id: string; readonly ianaName?: string | undefined },
  offsets: OffsetSource,
): TimeZone {
  const epochOfLocal = (seconds: number): EpochMs => ((seconds - offsets.offsetAtLocal(seconds)) * 1000) as EpochMs;
  const localOfEpoch = (instant: EpochMs): number => {
    const seconds = Math.floor(instant / 1000);
    return seconds + offsets.offsetAtEpoch(seconds);
  };
  return {
    ...name,
    epochOfLocal,
    localOfEpoch,
    toEpoch: (local) =>
      local.kind === 'date-time' && local.utc ? ((secondsOf(local) * 1000) as EpochMs) : epochOfLocal(secondsOf(local)),
    toLocal: (instant) => dateTimeOf(localOfEpoch(instant), false),
  };
}

/** A zone whose clock never changes. @throws nothing. */
export function fixedZone(id: string, offsetSeconds: number): TimeZone {
  return createTimeZone({ id }, { offsetAtLocal: () => offsetSeconds, offsetAtEpoch: () => offsetSeconds });
}

/** UTC. */
export const utcZone: TimeZone = createTimeZone(
  { id: 'UTC', ianaName: 'Etc/UTC' },
  { offsetAtLocal: () => 0, offsetAtEpoch: () => 0 },
);

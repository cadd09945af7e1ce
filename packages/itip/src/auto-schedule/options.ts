import type { CalAddress, Component, TimeZone } from '@isched/icalendar';
import { type EpochMs, epochMs, type TimeRange } from '@isched/values';
import type { BusyPeriod } from '../free-busy/busy-period.ts';

/**
 * How a room or other resource answers by itself: not at all; always the same; accept what finds it free and leave the
 * rest to people; decline what finds it taken and leave the rest; or both.
 */
export type AutoScheduleMode =
  | 'none'
  | 'accept-always'
  | 'decline-always'
  | 'accept-if-free'
  | 'decline-if-busy'
  | 'automatic';

/** Which room, and what else happens in it. */
export interface AutoScheduleOptions {
  readonly user: CalAddress;
  readonly aliases?: readonly CalAddress[] | undefined;
  readonly mode: AutoScheduleMode;
  /** When the room is taken by anything but this entry, in `bookingRange`. */
  readonly busy: readonly BusyPeriod[];
  readonly now: EpochMs;
  /** The room's copy before the message was merged: what an extended series adds to an answered one is looked at too. */
  readonly before?: Component | undefined;
  /** How many days ahead the room can be booked; default 366. */
  readonly horizonDays?: number | undefined;
  /** So many instances of a series are declined one by one; with more of them the series is declined. Default 10. */
  readonly maxExceptions?: number | undefined;
  /** For floating times and days; default UTC. */
  readonly defaultZone?: TimeZone | string | undefined;
  readonly productId?: string | undefined;
}

const msOfDay = 86_400_000;

/**
 * The time that has to be looked at before a room answers.
 *
 * @throws nothing.
 */
export function bookingRange(of: Pick<AutoScheduleOptions, 'now' | 'horizonDays'>): TimeRange {
  return { start: of.now, end: epochMs(of.now + (of.horizonDays ?? 366) * msOfDay) };
}

import { type CalendarDate, type CalendarDateTime, type Component, utcDateTime } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { wallClockMs } from './wall-clock.ts';

export interface TimeZone {
  readonly id: string;
  readonly ianaName?: string | undefined;
  toEpoch(local: CalendarDateTime | CalendarDate): EpochMs;
  toLocal(instant: EpochMs): CalendarDateTime;
}

export interface Zones {
  readonly utc: TimeZone;
  zone(tzid: string): TimeZone | undefined;
}

/** Zones by their IANA names alone, until the calendar's own definitions can be asked. @throws nothing. */
export function zonesOf(_calendar: Component): Zones {
  const utc: TimeZone = {
    id: 'UTC',
    toEpoch: (local) => wallClockMs(local) as EpochMs,
    toLocal: (instant) => ({ ...utcDateTime(instant), utc: false }),
  };
  return { utc, zone: (tzid) => ianaZone(tzid) };
}

function ianaZone(tzid: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: tzid, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  const offset = (at: number): number => {
    const text = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const found = /GMT([+-])(\d\d):(\d\d)/.exec(text);
    return found ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000 : 0;
  };
  return {
    id: tzid,
    ianaName: tzid,
    toEpoch: (local) => {
      const wall = wallClockMs(local);
      return (wall - offset(wall - offset(wall))) as EpochMs;
    },
    toLocal: (instant) => ({ ...utcDateTime((instant + offset(instant)) as EpochMs), utc: false }),
  };
}

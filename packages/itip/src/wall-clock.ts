import { type DateValue, utcDateTime } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';

const msOfDay = 86_400_000;

/** A date or time as milliseconds, as if its wall clock were UTC: for differences between two of them. @throws nothing. */
export function wallClockMs(value: DateValue): number {
  const days = dayNumber(value.year, value.month, value.day) * msOfDay;
  return value.kind === 'date' ? days : days + ((value.hour * 60 + value.minute) * 60 + value.second) * 1000;
}

/** The date or time so many milliseconds later on the wall clock; of the same kind. @throws nothing. */
export function addToWallClock(value: DateValue, ms: number): DateValue {
  const { year, month, day, hour, minute, second } = utcDateTime((wallClockMs(value) + ms) as EpochMs);
  if (value.kind === 'date') return { kind: 'date', year, month, day };
  return { kind: 'date-time', year, month, day, hour, minute, second, utc: value.utc };
}

/** Days since 1970-01-01; years are counted from March, so that the leap day comes last. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return shifted * 365 + leaps + dayOfYear - 719_468;
}

import { ICalendarError, quoted } from './errors.ts';

/** A length of time. Weeks and days are nominal (a day may have 23 hours), the rest is exact. */
export interface Duration {
  readonly kind: 'duration';
  readonly negative: boolean;
  readonly weeks: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

// Weeks beside days are against the grammar, but written by some; the sum is clear.
const pattern =
  /^([+-]?)P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?$/;

/**
 * Reads a DURATION.
 *
 * @throws ICalendarError `invalid-duration`, also for more than some thousand years.
 * @see RFC 5545 §3.3.6.
 */
export function parseDuration(text: string): Duration {
  const match = pattern.exec(text);
  if (match === null) throw new ICalendarError('invalid-duration', `not a duration: ${quoted(text)}`);
  return {
    kind: 'duration',
    negative: match[1] === '-',
    weeks: Number(match[2] ?? 0),
    days: Number(match[3] ?? 0),
    hours: Number(match[4] ?? 0),
    minutes: Number(match[5] ?? 0),
    seconds: Number(match[6] ?? 0),
  };
}

/**
 * Writes a DURATION: in weeks if it has nothing else.
 *
 * @throws nothing.
 * @see RFC 5545 §3.3.6.
 */
export function formatDuration(duration: Duration): string {
  const { weeks, days, hours, minutes, seconds } = duration;
  const sign = duration.negative ? '-' : '';
  if (weeks > 0 && days + hours + minutes + seconds === 0) return `${sign}P${weeks}W`;
  const allDays = weeks * 7 + days;
  const time = timeText(hours, minutes, seconds);
  if (time === '') return `${sign}P${allDays}D`;
  return `${sign}P${allDays > 0 ? `${allDays}D` : ''}T${time}`;
}

/** A duration of whole seconds, none of it nominal. @throws nothing. */
export function durationOfSeconds(total: number): Duration {
  const seconds = Math.abs(total);
  return {
    kind: 'duration',
    negative: total < 0,
    weeks: 0,
    days: 0,
    hours: Math.floor(seconds / 3_600),
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}

/** The nominal part, in days, signed. @throws nothing. */
export function nominalDays(duration: Duration): number {
  const days = duration.weeks * 7 + duration.days;
  return duration.negative ? -days : days;
}

/** The exact part, in seconds, signed. @throws nothing. */
export function exactSeconds(duration: Duration): number {
  const seconds = duration.hours * 3_600 + duration.minutes * 60 + duration.seconds;
  return duration.negative ? -seconds : seconds;
}

/** Hours, minutes and seconds, none of them skipped between two others. */
function timeText(hours: number, minutes: number, seconds: number): string {
  let text = hours > 0 ? `${hours}H` : '';
  if (minutes > 0 || (hours > 0 && seconds > 0)) text += `${minutes}M`;
  if (seconds > 0) text += `${seconds}S`;
  return text;
}

import { type EpochMs, epochMs } from '@isched/values';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

// Sun, 06 Nov 1994 08:49:37 GMT · Sunday, 06-Nov-94 08:49:37 GMT · Sun Nov  6 08:49:37 1994
const fixed = /^[a-z]{3}, (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:gmt|utc|\+0000)$/i;
const rfc850 = /^[a-z]{6,9}, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) gmt$/i;
const asctime = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/i;

/**
 * Reads an HTTP date in any of its three forms.
 *
 * @returns nothing where the text is none.
 * @throws nothing.
 * @see RFC 9110 §5.6.7.
 */
export function parseHttpDate(text: string): EpochMs | undefined {
  const value = text.trim();
  const [, day = '', month = '', year = '', ...time] =
    fixed.exec(value) ?? rfc850.exec(value) ?? reorder(asctime.exec(value));
  const monthNumber = months.indexOf(month.toLowerCase()) + 1;
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  const dayNumber = Number(day);
  if (monthNumber === 0 || dayNumber < 1 || dayNumber > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return utcFromCivil({ year: fullYear(year), month: monthNumber, day: dayNumber, hour, minute, second });
}

/** A date and time of the Gregorian calendar in UTC. */
export interface CivilTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Milliseconds since 1970; a day that the month does not have counts on into the next. @throws nothing. */
export function utcFromCivil({ year, month, day, hour, minute, second }: CivilTime): EpochMs {
  // Years that begin in March have their leap day at the end; 400 of them have 146,097 days.
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  return epochMs(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000);
}

function reorder(match: RegExpExecArray | null): readonly string[] {
  if (!match) return [];
  const [all = '', month = '', day = '', hour = '', minute = '', second = '', year = ''] = match;
  return [all, day, month, year, hour, minute, second];
}

/** Two digits are of this century, for the form is older than what we could be told by it. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year >= 70 ? 1900 + year : 2000 + year;
}

import { type Weekday, weekdays } from '../civil.ts';
import { type DateValue, formatDateValue, parseDateValue } from '../date-time.ts';
import { ICalendarError, quoted } from '../errors.ts';

export const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;

export type Frequency = (typeof frequencies)[number];

export const skips = ['OMIT', 'BACKWARD', 'FORWARD'] as const;

export type Skip = (typeof skips)[number];

/** A weekday, or the nth of its kind in the month or year; counted from the end when negative. */
export interface RuleDay {
  /** 0 = Monday. */
  readonly weekday: number;
  /** 0 = each. */
  readonly ordinal: number;
}

/** A month of a rule; a leap month (`5L`) only in other calendars than the Gregorian one. */
export interface RuleMonth {
  readonly month: number;
  readonly leap: boolean;
}

/** A recurrence rule, read. A part that is not there is an empty list. */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count?: number | undefined;
  readonly until?: DateValue | undefined;
  readonly byMonth: readonly RuleMonth[];
  readonly byWeekNumber: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly RuleDay[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPosition: readonly number[];
  /** 0 = Monday. */
  readonly weekStart: number;
  /** The calendar the rule reckons in, upper case; absent: Gregorian. */
  readonly rscale?: string | undefined;
  /** What becomes of days that don't exist. */
  readonly skip: Skip;
}

/**
 * Reads a recurrence rule. Parts may stand in any order, once each; `X-` parts are ignored.
 *
 * BYWEEKNO, BYYEARDAY and BYMONTHDAY are taken with every frequency, as limits, though RFC 5545 wants some of these
 * pairs never written: what they say is clear. A numbered weekday without month or year is not, and is refused.
 *
 * @throws ICalendarError `invalid-recurrence`.
 * @see RFC 5545 §3.3.10; RFC 7529 §4.
 */
export function parseRecurrenceRule(text: string): RecurrenceRule {
  const parts = readParts(text);
  const frequency = oneOf(frequencies, parts.get('FREQ'), 'FREQ');
  const rscale = parts.get('RSCALE')?.toUpperCase();
  const rule: RecurrenceRule = {
    frequency,
    interval: readNumber(parts, 'INTERVAL', maxNumber) ?? 1,
    count: readNumber(parts, 'COUNT', maxNumber),
    until: readUntil(parts.get('UNTIL')),
    byMonth: readMonths(parts.get('BYMONTH'), rscale),
    byWeekNumber: readNumbers(parts, 'BYWEEKNO', { min: 1, max: 53, signed: true }),
    byYearDay: readNumbers(parts, 'BYYEARDAY', { min: 1, max: rscale ? 400 : 366, signed: true }),
    byMonthDay: readNumbers(parts, 'BYMONTHDAY', { min: 1, max: rscale ? 35 : 31, signed: true }),
    byDay: readDays(parts.get('BYDAY')),
    byHour: readNumbers(parts, 'BYHOUR', { min: 0, max: 23 }),
    byMinute: readNumbers(parts, 'BYMINUTE', { min: 0, max: 59 }),
    bySecond: readNumbers(parts, 'BYSECOND', { min: 0, max: 60 }),
    bySetPosition: readNumbers(parts, 'BYSETPOS', { min: 1, max: 366, signed: true }),
    weekStart: weekdays.indexOf(oneOf(weekdays, parts.get('WKST') ?? 'MO', 'WKST')),
    rscale: rscale === 'GREGORIAN' ? undefined : rscale,
    skip: oneOf(skips, parts.get('SKIP') ?? 'OMIT', 'SKIP'),
  };
  checkTogether(rule, parts);
  return rule;
}

const maxNumber = 2_147_483_647;
const maxListLength = 1_000;
const knownParts: ReadonlySet<string> = new Set(
  'FREQ INTERVAL COUNT UNTIL BYMONTH BYWEEKNO BYYEARDAY BYMONTHDAY BYDAY BYHOUR BYMINUTE BYSECOND BYSETPOS WKST RSCALE SKIP'.split(
    ' ',
  ),
);

function readParts(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    if (part === '') continue; // a final semicolon
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim().toUpperCase();
    if (name.startsWith('X-')) continue;
    if (!knownParts.has(name) || parts.has(name)) throw invalid(`unknown or repeated part ${quoted(part)}`);
    parts.set(name, part.slice(equals + 1).trim());
  }
  return parts;
}

function checkTogether(rule: RecurrenceRule, parts: ReadonlyMap<string, string>): void {
  if (rule.count !== undefined && rule.until !== undefined) throw invalid('both COUNT and UNTIL');
  if (parts.has('SKIP') && !parts.has('RSCALE')) throw invalid('SKIP without RSCALE');
  const hasOrdinal = rule.byDay.some(({ ordinal }) => ordinal !== 0);
  if (hasOrdinal && rule.frequency !== 'MONTHLY' && rule.frequency !== 'YEARLY') {
    throw invalid(`a numbered weekday with ${rule.frequency}`);
  }
  if (hasOrdinal && rule.byWeekNumber.length > 0) throw invalid('a numbered weekday with BYWEEKNO');
}

function readNumber(parts: ReadonlyMap<string, string>, name: string, max: number): number | undefined {
  const text = parts.get(name);
  if (text === undefined) return undefined;
  const number = /^\+?\d{1,10}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > max) throw invalid(`${name}=${quoted(text)}`);
  return number;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  /** Negative numbers count from the end. */
  readonly signed?: boolean;
}

function readNumbers(parts: ReadonlyMap<string, string>, name: string, bounds: Bounds): readonly number[] {
  const text = parts.get(name);
  if (text === undefined) return [];
  return listOf(text).map((item) => {
    const number = /^[+-]?\d{1,3}$/.test(item) ? Number(item) : Number.NaN;
    const size = bounds.signed ? Math.abs(number) : number;
    if (!(size >= bounds.min && size <= bounds.max)) throw invalid(`${name}=${quoted(item)}`);
    return number;
  });
}

function readMonths(text: string | undefined, rscale: string | undefined): readonly RuleMonth[] {
  if (text === undefined) return [];
  const isOther = rscale !== undefined && rscale !== 'GREGORIAN';
  return listOf(text).map((item) => {
    const match = /^(\d{1,2})(L?)$/i.exec(item);
    const month = Number(match?.[1] ?? 0);
    const leap = match?.[2] !== undefined && match[2] !== '';
    if (month < 1 || month > (isOther ? 13 : 12) || (leap && !isOther)) throw invalid(`BYMONTH=${quoted(item)}`);
    return { month, leap };
  });
}

function readDays(text: string | undefined): readonly RuleDay[] {
  if (text === undefined) return [];
  return listOf(text).map((item) => {
    const match = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/i.exec(item);
    const ordinal = Number(match?.[1] ?? 0);
    if (match === null || (match[1] !== undefined && ordinal === 0) || Math.abs(ordinal) > 53) {
      throw invalid(`BYDAY=${quoted(item)}`);
    }
    return { weekday: weekdays.indexOf((match[2] ?? '').toUpperCase() as Weekday), ordinal };
  });
}

/** Blanks around an item are a frequent slip. */
function listOf(text: string): readonly string[] {
  const items = text.split(',', maxListLength + 1);
  if (items.length > maxListLength) throw invalid('a list without end');
  return items.map((item) => item.trim());
}

function readUntil(text: string | undefined): DateValue | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDateValue(text);
  } catch (cause) {
    throw new ICalendarError('invalid-recurrence', `UNTIL=${quoted(text)}`, { cause });
  }
}

function oneOf<T extends string>(values: readonly T[], text: string | undefined, name: string): T {
  const value = values.find((candidate) => candidate === text?.toUpperCase());
  if (value === undefined) throw invalid(`${name}=${quoted(text ?? '')}`);
  return value;
}

function invalid(what: string): ICalendarError {
  return new ICalendarError('invalid-recurrence', `not a recurrence rule: ${what}`);
}

/** Writes a recurrence rule, parts in the RFC's order. @throws nothing. */
export function formatRecurrenceRule(rule: RecurrenceRule): string {
  const days = rule.byDay.map(({ weekday, ordinal }) => `${ordinal === 0 ? '' : ordinal}${weekdays[weekday]}`);
  const months = rule.byMonth.map(({ month, leap }) => `${month}${leap ? 'L' : ''}`);
  const parts: readonly (readonly [string, string | number | undefined])[] = [
    ['RSCALE', rule.rscale ?? (rule.skip === 'OMIT' ? undefined : 'GREGORIAN')],
    ['FREQ', rule.frequency],
    ['UNTIL', rule.until && formatDateValue(rule.until)],
    ['COUNT', rule.count],
    ['INTERVAL', rule.interval === 1 ? undefined : rule.interval],
    ['BYSECOND', rule.bySecond.join(',')],
    ['BYMINUTE', rule.byMinute.join(',')],
    ['BYHOUR', rule.byHour.join(',')],
    ['BYDAY', days.join(',')],
    ['BYMONTHDAY', rule.byMonthDay.join(',')],
    ['BYYEARDAY', rule.byYearDay.join(',')],
    ['BYWEEKNO', rule.byWeekNumber.join(',')],
    ['BYMONTH', months.join(',')],
    ['BYSETPOS', rule.bySetPosition.join(',')],
    ['WKST', rule.weekStart === 0 ? undefined : weekdays[rule.weekStart]],
    ['SKIP', rule.skip === 'OMIT' ? undefined : rule.skip],
  ];
  return parts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
}

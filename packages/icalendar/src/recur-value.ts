import { ICalendarError, quoted } from './errors.ts';
import { parseRecurrenceRule } from './recurrence/rule.ts';

/** Parts whose values are numbers in jCal; months may be `5L`, then they are strings. */
const numbers: ReadonlySet<string> = new Set(
  'interval count bysecond byminute byhour bymonthday byyearday byweekno bymonth bysetpos'.split(' '),
);

/**
 * A recurrence rule as jCal has it: an object of its parts, in their order, lists only where there are several values.
 *
 * @throws ICalendarError `invalid-recurrence`.
 * @see RFC 7265 §3.6.10; RFC 7529 §5.
 */
export function readRecur(text: string): Readonly<Record<string, unknown>> {
  parseRecurrenceRule(text);
  const parts: [string, unknown][] = [];
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    if (equals === -1) continue;
    const name = part.slice(0, equals).trim().toLowerCase();
    const values = part
      .slice(equals + 1)
      .split(',')
      .map((value) => readPart(name, value.trim()));
    parts.push([name, values.length === 1 ? values[0] : values]);
  }
  return Object.fromEntries(parts);
}

function readPart(name: string, value: string): unknown {
  if (numbers.has(name)) return /^[+-]?\d+$/.test(value) ? Number(value) : value;
  return name === 'until' ? dashed(value) : value;
}

/** `20131001T120000Z` → `2013-10-01T12:00:00Z`. */
function dashed(date: string): string {
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
  return date.length === 8 ? day : `${day}T${date.slice(9, 11)}:${date.slice(11, 13)}:${date.slice(13)}`;
}

/**
 * Writes a recurrence rule from jCal.
 *
 * @throws ICalendarError `invalid-jcal`.
 */
export function formatRecur(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not an object');
  const parts = Object.entries(value).map(([name, part]) => {
    const values: readonly unknown[] = Array.isArray(part) ? part : [part];
    return `${name.toUpperCase()}=${values.map((one) => writePart(name, one)).join(',')}`;
  });
  const text = parts.join(';');
  try {
    parseRecurrenceRule(text);
  } catch (cause) {
    throw new ICalendarError('invalid-jcal', `not a recurrence rule: ${quoted(text)}`, { cause });
  }
  return text;
}

function writePart(name: string, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(`a value of ${quoted(name)}`);
  const text = name.toLowerCase() === 'until' ? String(value).replaceAll(/[-:]/g, '') : String(value);
  if (!/^[\w+-]+$/.test(text)) throw invalid(`a value of ${quoted(name)}`);
  return text;
}

function invalid(what: string): ICalendarError {
  return new ICalendarError('invalid-jcal', `not a recurrence rule: ${what}`);
}

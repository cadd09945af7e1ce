import ICAL from 'ical.js';
import { type Property, parameter } from './component.ts';
import { parseDateValue, parsePeriod } from './date-time.ts';
import { parseDuration } from './duration.ts';
import { ICalendarError, quoted } from './errors.ts';
import { formatRecur, readRecur } from './recur-value.ts';
import { escapeText, splitUnescaped, unescapeText } from './text.ts';

/** The values of a property in JSON, and their type in lower case; `unknown`: one string, untouched. */
export interface TypedValues {
  readonly type: string;
  readonly values: readonly unknown[];
}

interface PropertyDesign {
  readonly defaultType?: string;
  readonly multiValue?: string;
  readonly structuredValue?: string;
}

interface ValueDesign {
  fromICAL?(text: string): unknown;
  toICAL?(value: unknown): string;
}

// The library's tables are plain data; its types call them `Object`.
const design = ICAL.design.icalendar as unknown as {
  readonly property: Readonly<Record<string, PropertyDesign>>;
  readonly value: Readonly<Record<string, ValueDesign>>;
};

/** Properties newer than the library: RFC 7808, 7953, 7986, 9073, 9074, 9253. */
const newerProperties: Readonly<Record<string, PropertyDesign>> = {
  acknowledged: { defaultType: 'date-time' },
  busytype: { defaultType: 'text' },
  'calendar-address': { defaultType: 'cal-address' },
  color: { defaultType: 'text' },
  concept: { defaultType: 'uri' },
  conference: { defaultType: 'uri' },
  image: { defaultType: 'uri' },
  link: { defaultType: 'uri' },
  'location-type': { defaultType: 'text', multiValue: ',' },
  name: { defaultType: 'text' },
  'participant-type': { defaultType: 'text' },
  proximity: { defaultType: 'text' },
  refid: { defaultType: 'text' },
  'refresh-interval': { defaultType: 'duration' },
  'resource-type': { defaultType: 'text' },
  source: { defaultType: 'uri' },
  'structured-data': { defaultType: 'text' },
  'styled-description': { defaultType: 'text' },
  'tzid-alias-of': { defaultType: 'text' },
  tzuntil: { defaultType: 'date-time' },
};

function designOf(name: string): PropertyDesign {
  const key = name.toLowerCase();
  if (Object.hasOwn(newerProperties, key)) return newerProperties[key] as PropertyDesign;
  return Object.hasOwn(design.property, key) ? (design.property[key] as PropertyDesign) : {};
}

/**
 * The type of a property's values: what VALUE says, else what they look like where dates may be of several kinds, else
 * the property's own; `unknown` for properties nobody knows.
 *
 * @throws nothing.
 */
export function valueType(property: Property): string {
  const explicit = parameter(property, 'VALUE');
  if (explicit !== undefined && /^[A-Za-z0-9-]{1,60}$/.test(explicit)) return explicit.toLowerCase();
  const type = designOf(property.name).defaultType ?? 'unknown';
  if (type === 'duration' && /^\d{8}T/.test(property.value)) return 'date-time';
  if (type !== 'date-time') return type;
  if (property.value.includes('/')) return 'period';
  return /^\d{8}(?:,|$)/.test(property.value) ? 'date' : type;
}

/** The type that needs no VALUE, `unknown` for properties nobody knows. @throws nothing. */
export function defaultValueType(name: string): string {
  return designOf(name).defaultType ?? 'unknown';
}

/** What a value of a type must look like; a type that is not here takes anything. */
const checks: Readonly<Record<string, (text: string) => unknown>> = {
  boolean: matching(/^(?:TRUE|FALSE)$/i),
  date: (text) => dateOfKind(text, 'date'),
  'date-time': (text) => dateOfKind(text, 'date-time'),
  duration: parseDuration,
  float: matching(/^[+-]?\d{1,15}(?:\.\d{1,15})?$/),
  integer: matching(/^[+-]?\d{1,15}$/),
  period: parsePeriod,
  recur: readRecur,
  time: matching(/^(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)Z?$/),
  'utc-offset': matching(/^[+-](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$/),
};

function matching(pattern: RegExp): (text: string) => void {
  return (text) => {
    if (!pattern.test(text)) throw new ICalendarError('invalid-value', `not such a value: ${quoted(text)}`);
  };
}

function dateOfKind(text: string, kind: 'date' | 'date-time'): void {
  if (parseDateValue(text).kind !== kind) throw new ICalendarError('invalid-date', `not a ${kind}: ${quoted(text)}`);
}

/**
 * Checks the values of a property against their type.
 *
 * @throws ICalendarError with the code of what is wrong.
 */
export function checkPropertyValues(property: Property): void {
  const type = valueType(property);
  const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (check === undefined) return;
  for (const text of partsOf(property.name, property.value).flat()) check(text);
}

/** The values of a property as written, those of a structured one in a list of their own. */
function partsOf(name: string, value: string): readonly (string | readonly string[])[] {
  const { multiValue, structuredValue } = designOf(name);
  if (structuredValue !== undefined) return [splitUnescaped(value, structuredValue)];
  return multiValue === undefined ? [value] : splitUnescaped(value, multiValue);
}

/**
 * The values of a property as jCal has them. A value that is not what its type demands makes the whole `unknown`, so
 * that it comes back as it was.
 *
 * @throws nothing.
 * @see RFC 7265 §3.4, §3.6, §5.
 */
export function typedValues(property: Property): TypedValues {
  const type = valueType(property);
  try {
    checkPropertyValues(property);
    const read = (text: string): unknown => readValue(type, text);
    const parts = type === 'unknown' ? [property.value] : partsOf(property.name, property.value);
    return { type, values: parts.map((part) => (typeof part === 'string' ? read(part) : part.map(read))) };
  } catch (error) {
    if (error instanceof ICalendarError) return { type: 'unknown', values: [property.value] };
    throw error;
  }
}

function readValue(type: string, text: string): unknown {
  if (type === 'text') return unescapeText(text);
  if (type === 'recur') return readRecur(text);
  if (type === 'boolean') return text.toUpperCase() === 'TRUE';
  const known = Object.hasOwn(design.value, type) ? design.value[type] : undefined;
  return known?.fromICAL === undefined ? text : known.fromICAL(text);
}

/**
 * The text of a property's values, from jCal.
 *
 * @param name - the property's, in any case.
 * @throws ICalendarError `invalid-jcal` when a value is not what its type demands.
 */
export function formatValues(name: string, { type, values }: TypedValues): string {
  const { multiValue, structuredValue } = designOf(name);
  const write = (value: unknown): string => writeValue(type, value);
  const [first] = values;
  if (structuredValue !== undefined && type !== 'unknown') {
    return (Array.isArray(first) ? first : [first]).map(write).join(structuredValue);
  }
  if (values.length !== 1 && multiValue === undefined && !(type === 'text' || type === 'unknown')) {
    throw new ICalendarError('invalid-jcal', `${values.length} values of ${quoted(name)}`);
  }
  return values.map(write).join(multiValue ?? ',');
}

function writeValue(type: string, value: unknown): string {
  const text = formatValue(type, value);
  if (/[\r\n\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text)) {
    throw new ICalendarError('invalid-jcal', `a control character in a value: ${quoted(text)}`);
  }
  try {
    if (Object.hasOwn(checks, type)) checks[type]?.(text);
  } catch (cause) {
    throw new ICalendarError('invalid-jcal', `not a ${quoted(type)}: ${quoted(text)}`, { cause });
  }
  return text;
}

function formatValue(type: string, value: unknown): string {
  if (type === 'recur') return formatRecur(value);
  if (type === 'boolean' && typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if ((type === 'integer' || type === 'float') && typeof value === 'number') return formatNumber(value);
  if (type === 'period') return formatPeriodValue(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw new ICalendarError('invalid-jcal', `a ${quoted(type)} that is no string`);
  if (type === 'text') return escapeText(value);
  const known = Object.hasOwn(design.value, type) ? design.value[type] : undefined;
  return known?.toICAL === undefined ? value : known.toICAL(value);
}

function formatNumber(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(15).replace(/\.?0+$/, '') : text;
}

function formatPeriodValue(value: unknown): string {
  const parts: unknown = typeof value === 'string' ? value.split('/') : value; // RFC 7265 as first published
  if (!Array.isArray(parts) || parts.length !== 2 || !parts.every((part) => typeof part === 'string')) {
    throw new ICalendarError('invalid-jcal', 'a period that is no pair');
  }
  return design.value['period']?.toICAL?.(parts) ?? '';
}

import { escapeText, makeProperty, type Property, unescapeText } from '@isched/icalendar';

/** One REQUEST-STATUS: `2.0;Success`, with the offending data after a second semicolon where there is some. */
export interface RequestStatus {
  /** `d.d` or `d.d.d`. */
  readonly code: string;
  readonly text: string;
  readonly data?: string | undefined;
}

/**
 * The codes of RFC 5546 with the words the digest and RFC use for them.
 *
 * @see RFC 5546 §3.6.
 */
export const requestStatusTexts = {
  '1.0': 'Pending',
  '1.1': 'Sent',
  '1.2': 'Delivered',
  '2.0': 'Success',
  '2.1': 'Success, but fallback taken on one or more property values',
  '2.2': 'Success; invalid property ignored',
  '2.3': 'Success; invalid property parameter ignored',
  '2.4': 'Success; unknown, non-standard property ignored',
  '2.5': 'Success; unknown, non-standard property value ignored',
  '2.6': 'Success; invalid calendar component ignored',
  '2.7': 'Success; request forwarded to Calendar User',
  '2.8': 'Success; repeating event ignored',
  '2.9': 'Success; truncated end date time to date boundary',
  '2.10': 'Success; repeating VTODO ignored',
  '2.11': 'Success; unbounded RRULE clipped at some finite number of instances',
  '3.0': 'Invalid property name',
  '3.1': 'Invalid property value',
  '3.2': 'Invalid property parameter',
  '3.3': 'Invalid property parameter value',
  '3.4': 'Invalid calendar component sequence',
  '3.5': 'Invalid date or time',
  '3.6': 'Invalid rule',
  '3.7': 'Invalid calendar user',
  '3.8': 'No authority',
  '3.9': 'Unsupported version',
  '3.10': 'Request entity too large',
  '3.11': 'Required component or property missing',
  '3.12': 'Unknown component or property found',
  '3.13': 'Unsupported component or property found',
  '3.14': 'Unsupported capability',
  '4.0': 'Event conflict',
  '5.0': 'Request not supported',
  '5.1': 'Service unavailable',
  '5.2': 'Invalid calendar service',
  '5.3': 'No scheduling support for user',
} as const satisfies Readonly<Record<string, string>>;

export type RequestStatusCode = keyof typeof requestStatusTexts;

/** The status of a code, in the usual words. @throws nothing. */
export function requestStatus(code: RequestStatusCode, data?: string): RequestStatus {
  const text = requestStatusTexts[code];
  return data === undefined ? { code, text } : { code, text, data };
}

const form = /^\s*(\d{1,3}(?:\.\d{1,3}){1,2})\s*(?:\\?;([\s\S]*))?$/;

/**
 * Reads a REQUEST-STATUS value, also the ways peers spoil it: `2.0` alone, blanks after the semicolon, `2.0\;Success`.
 *
 * @param value - the property's value, escapes untouched.
 * @returns the status; undefined where there is no code to read.
 * @throws nothing.
 * @see RFC 5545 §3.8.8.3.
 */
export function parseRequestStatus(value: string): RequestStatus | undefined {
  const found = form.exec(value);
  if (!found?.[1]) return undefined;
  const [text = '', ...data] = splitAtSemicolons(found[2] ?? '');
  const status = { code: found[1], text: unescapeText(text.trim()) };
  return data.length === 0 ? status : { ...status, data: unescapeText(data.join(';').trim()) };
}

/** A status as the value of a REQUEST-STATUS property. @throws nothing. */
export function formatRequestStatus(status: RequestStatus): string {
  const text = `${status.code};${escapeText(status.text)}`;
  return status.data === undefined ? text : `${text};${escapeText(status.data)}`;
}

/** A status as a REQUEST-STATUS property. @throws nothing. */
export function requestStatusProperty(status: RequestStatus): Property {
  return makeProperty('REQUEST-STATUS', formatRequestStatus(status));
}

/** At semicolons that no backslash escapes. */
function splitAtSemicolons(text: string): readonly string[] {
  return text.match(/(?:\\[\s\S]|[^;\\])+|(?<=^|;)(?=;|$)/g) ?? [];
}

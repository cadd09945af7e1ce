import { type CalAddress, calAddressKey, ICalendarError, parseCalAddress } from '@isched/icalendar';
import { type HttpField, trimBlanks } from '@isched/runtime';
import { latin1FromOctets, octetsFromLatin1, octetsFromText } from '@isched/values';
import { SchedulingFault } from '../fault.ts';
import type { Recipient } from '../message.ts';

/** The fields of a request that the receiver looks at, found in one pass; values trimmed, repeats apart, in order. */
export interface RequestFields {
  readonly versions: readonly string[];
  readonly messageIds: readonly string[];
  readonly originators: readonly string[];
  readonly recipients: readonly string[];
  readonly contentTypes: readonly string[];
  readonly contentEncodings: readonly string[];
  readonly contentLengths: readonly string[];
  readonly ifNoneMatch: readonly string[];
  readonly signatures: readonly string[];
}

type FieldList = keyof RequestFields;

const wanted: Readonly<Record<string, FieldList>> = {
  'ischedule-version': 'versions',
  'ischedule-message-id': 'messageIds',
  originator: 'originators',
  recipient: 'recipients',
  'content-type': 'contentTypes',
  'content-encoding': 'contentEncodings',
  'content-length': 'contentLengths',
  'if-none-match': 'ifNoneMatch',
  'dkim-signature': 'signatures',
};

/** Finds the fields the receiver looks at. @throws nothing. */
export function readRequestFields(fields: readonly HttpField[]): RequestFields {
  const found: Record<FieldList, string[]> = {
    versions: [],
    messageIds: [],
    originators: [],
    recipients: [],
    contentTypes: [],
    contentEncodings: [],
    contentLengths: [],
    ifNoneMatch: [],
    signatures: [],
  };
  for (const field of fields) {
    const name = field.name.toLowerCase();
    if (Object.hasOwn(wanted, name)) found[wanted[name] as FieldList].push(unfold(field.value));
  }
  return found;
}

/** How many octets the header has on the wire, line ends and separators included. @throws nothing. */
export function headerOctets(fields: readonly HttpField[]): number {
  let octets = 0;
  for (const field of fields) octets += field.name.length + field.value.length + 4;
  return octets;
}

/**
 * The one Originator.
 *
 * @throws SchedulingFault `originator-missing`, `too-many-originators` or `originator-invalid`. A bare `user@host` is no
 * URI and invalid: no peer sends one here.
 */
export function parseOriginator(values: readonly string[]): CalAddress {
  const members = values.flatMap((value) => value.split(',')).map(trimBlanks);
  if (members.every((member) => member === '')) {
    throw new SchedulingFault('originator-missing', 'The request has no Originator.');
  }
  const [text = ''] = members;
  if (members.length > 1) {
    throw new SchedulingFault('too-many-originators', 'The request has more than one Originator.');
  }
  const address = scheme.test(text) ? tryParseAddress(text) : undefined;
  if (!address) throw new SchedulingFault('originator-invalid', 'The Originator is not a calendar user address.');
  return address;
}

/**
 * The members of all Recipient fields: one order, each once.
 *
 * @param maxRecipients - counted without duplicates; reading stops there.
 * @throws SchedulingFault `recipient-missing` where there is none, or a member is empty or no address; `max-recipients`.
 */
export function parseRecipients(values: readonly string[], maxRecipients: number): readonly Recipient[] {
  const recipients = new Map<string, Recipient>();
  for (const member of listMembers(values)) {
    const address = member === '' ? undefined : tryParseAddress(member);
    if (!address) {
      throw new SchedulingFault('recipient-missing', 'A Recipient is empty or not a calendar user address.');
    }
    const key = calAddressKey(address);
    if (recipients.has(key)) continue;
    if (recipients.size === maxRecipients) {
      throw new SchedulingFault('max-recipients', `The request has more than ${maxRecipients} recipients.`);
    }
    recipients.set(key, { address, text: textOfField(member) ?? member, key });
  }
  if (recipients.size === 0) throw new SchedulingFault('recipient-missing', 'The request has no Recipient.');
  return [...recipients.values()];
}

/** The versions a request offers: the members of one or more comma lists. @throws nothing. */
export function parseVersions(values: readonly string[]): readonly string[] {
  return [...listMembers(values)];
}

/**
 * An address as it goes into a field and, the same text, into the calendar object: `mailto:` in lower case, and there
 * where it was left out; a comma as `%2C`; everything else untouched.
 *
 * @throws nothing.
 */
export function wireAddress(address: string): string {
  return withScheme(address).replaceAll(',', '%2C');
}

function withScheme(address: string): string {
  if (/^mailto:/i.test(address)) return `mailto:${address.slice('mailto:'.length)}`;
  return !scheme.test(address) && address.includes('@') ? `mailto:${address}` : address;
}

/** Text as a field's value: the UTF-8 octets as code units 0–255. @throws nothing. */
export function fieldFromText(text: string): string {
  return isAscii(text) ? text : latin1FromOctets(octetsFromText(text));
}

/** A field's value as text, or nothing where its octets are no UTF-8. @throws nothing. */
export function textOfField(value: string): string | undefined {
  if (isAscii(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octetsFromLatin1(value));
  } catch {
    return undefined;
  }
}

const scheme = /^[a-z][a-z0-9+.-]*:/i;

function* listMembers(values: readonly string[]): Generator<string> {
  for (const value of values) {
    let start = 0;
    for (let comma = value.indexOf(','); comma !== -1; comma = value.indexOf(',', start)) {
      yield trimBlanks(value.slice(start, comma));
      start = comma + 1;
    }
    yield trimBlanks(value.slice(start));
  }
}

function tryParseAddress(value: string): CalAddress | undefined {
  const text = textOfField(value);
  if (text === undefined) return undefined;
  try {
    return parseCalAddress(text);
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}

function unfold(value: string): string {
  return trimBlanks(value.includes('\n') ? value.replace(/\r?\n(?=[ \t])/g, '') : value);
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

import { type Octets, octetsFromText } from '@isched/values';
import { type FaultCode, isFaultCode } from '../fault.ts';
import { ischeduleNamespace } from './names.ts';
import { escapeXml, type XmlElement } from './xml.ts';

/**
 * Writes the answer to a request that is refused as a whole. No white space before the code: a peer reads the first node.
 *
 * @param code - left out where the draft has none for it, as with 404 or 503.
 * @throws nothing.
 */
export function formatErrorDocument(code: FaultCode | undefined, description: string): Octets {
  const element = code === undefined ? '' : `<${code}/>`;
  const text = `<response-description>${escapeXml(description)}</response-description>`;
  return octetsFromText(
    `<?xml version="1.0" encoding="utf-8"?>\n<error xmlns="${ischeduleNamespace}">${element}${text}</error>\n`,
  );
}

/** What a peer gave as its reason. */
export interface PeerError {
  /** The code, where it is one of the draft's. */
  readonly fault?: FaultCode | undefined;
  /** The element's name as it came. */
  readonly element?: string | undefined;
  readonly description?: string | undefined;
}

/** Names that peers and the first drafts use for what the draft now calls otherwise. */
const synonyms: Readonly<Record<string, FaultCode>> = {
  'originator-specified': 'originator-missing',
  'recipient-specified': 'recipient-missing',
  'supported-calendar-data': 'invalid-calendar-data-type',
  'valid-calendar-data': 'invalid-calendar-data',
  'valid-scheduling-message': 'invalid-scheduling-message',
  'organizer-allowed': 'originator-denied',
  'organizer-denied': 'originator-denied',
};

const descriptionNames = ['response-description', 'responsedescription', 'error-description'];

/**
 * Reads an `error` element, the draft's or DAV's: its first child that is no description is the reason.
 *
 * @throws nothing.
 */
export function readError(error: XmlElement): PeerError {
  const reason = error.children.find((child) => !descriptionNames.includes(child.name));
  const name = reason && clip(reason.name);
  const fault = name === undefined ? undefined : isFaultCode(name) ? name : lookup(synonyms, name);
  const description = readDescription(error) ?? nonEmpty(reason?.text) ?? nonEmpty(error.text);
  return { fault, element: name, description };
}

/** The text that explains, under any of the names peers give it. @throws nothing. */
export function readDescription(of: XmlElement): string | undefined {
  return nonEmpty(of.children.find((child) => descriptionNames.includes(child.name))?.text);
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed ? clip(trimmed) : undefined;
}

/** A peer's words as far as anybody reads them: what goes into records and logs has a length. @throws nothing. */
export function clip(text: string): string {
  return text.length <= maxWords ? text : `${text.slice(0, maxWords)}…`;
}

const maxWords = 1_000;

function lookup<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

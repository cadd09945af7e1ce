import { type Octets, octetsFromText } from '@isched/values';
import type { FaultCode } from '../fault.ts';
import { clip, type PeerError, readDescription, readError } from './error-document.ts';
import { ischeduleNamespace } from './names.ts';
import { childNamed, childrenNamed, decodeXml, escapeXml, parseXml, type XmlElement, XmlError } from './xml.ts';

/** The answer for one recipient, as we write it. */
export interface RecipientResponse {
  /** Echoed as it came. */
  readonly recipient: string;
  readonly requestStatus: string;
  readonly calendarData?: { readonly contentType: string; readonly version: string; readonly text: string } | undefined;
  readonly error?: FaultCode | undefined;
  readonly description?: string | undefined;
}

/**
 * Writes a schedule-response: one `response` for each recipient, in order; children in the draft's order, so that what
 * matters stands right after request-status, where a peer stops reading.
 *
 * @throws nothing.
 */
export function formatScheduleResponse(responses: readonly RecipientResponse[]): Octets {
  const start = `<?xml version="1.0" encoding="utf-8"?>\n<schedule-response xmlns="${ischeduleNamespace}">\n`;
  return octetsFromText(`${start}${responses.map(formatResponse).join('')}</schedule-response>\n`);
}

/** The answer for one recipient, as a peer wrote it. */
export interface PeerResponse {
  /** Blanks around it trimmed; empty where there was none. */
  readonly recipient: string;
  readonly requestStatus: string | undefined;
  readonly calendarData:
    | { readonly contentType: string | undefined; readonly version: string | undefined; readonly text: string }
    | undefined;
  readonly error: PeerError | undefined;
  readonly description: string | undefined;
}

/** A peer's answer to a scheduling request: one for each recipient, or an error for all. */
export type PeerAnswer =
  | { readonly kind: 'responses'; readonly responses: readonly PeerResponse[] }
  | { readonly kind: 'error'; readonly error: PeerError };

/**
 * Reads a peer's answer: any prefix, children in any order, `DAV:error` as `error`, a `DAV:href` inside `recipient`.
 *
 * @throws XmlError when it is no XML that we read, or neither a schedule-response nor an error.
 */
export function readScheduleAnswer(content: Octets): PeerAnswer {
  const root = parseXml(decodeXml(content));
  if (root.name === 'schedule-response') {
    return { kind: 'responses', responses: childrenNamed(root, 'response').map(readResponse) };
  }
  if (root.name === 'error') return { kind: 'error', error: readError(root) };
  throw new XmlError('other-document', `a document of another kind: ${root.name.slice(0, 80)}`);
}

function formatResponse(response: RecipientResponse): string {
  const { calendarData, error, description } = response;
  return [
    '<response>',
    `<recipient>${escapeXml(response.recipient)}</recipient>`,
    `<request-status>${escapeXml(response.requestStatus)}</request-status>`,
    calendarData ? formatCalendarData(calendarData) : '',
    error ? `<error><${error}/></error>` : '',
    description ? `<response-description>${escapeXml(description)}</response-description>` : '',
    '</response>\n',
  ].join('');
}

function formatCalendarData(data: NonNullable<RecipientResponse['calendarData']>): string {
  const attributes = `content-type="${escapeXml(data.contentType)}" version="${escapeXml(data.version)}"`;
  return `<calendar-data ${attributes}>${escapeXml(data.text)}</calendar-data>`;
}

function readResponse(response: XmlElement): PeerResponse {
  const recipient = childNamed(response, 'recipient');
  const href = recipient && childNamed(recipient, 'href');
  const data = childNamed(response, 'calendar-data');
  const error = childNamed(response, 'error');
  return {
    recipient: (href ?? recipient)?.text.trim() ?? '',
    requestStatus: clip(childNamed(response, 'request-status')?.text.trim() ?? '') || undefined,
    calendarData: data && {
      contentType: data.attributes['content-type'],
      version: data.attributes['version'],
      text: data.text,
    },
    error: error && readError(error),
    description: readDescription(response),
  };
}

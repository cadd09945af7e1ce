import type { Abortable, Octets } from '@isched/values';

/** One header field as it came: the name's case kept, the value the octets after the colon as code units 0–255. */
export interface HttpField {
  readonly name: string;
  readonly value: string;
}

/** A request whose head has arrived and whose content waits to be asked for. */
export interface HttpRequest {
  readonly method: string;
  /** As on the request line: origin form, absolute form or `*`. */
  readonly target: string;
  /** In order, repeats apart, nothing merged. */
  readonly fields: readonly HttpField[];
  /** The peer's network address, where there is a network. */
  readonly remoteAddress?: string | undefined;
  /**
   * The content, transfer codings removed. 100 Continue goes out now.
   *
   * @throws ContentTooLong as soon as the limit is passed.
   * @throws ContentIncomplete when the peer goes away in the middle.
   * @throws ContentRefused when too much is held of other requests.
   */
  readContent(maxOctets: number, options?: Abortable): Promise<Octets>;
}

/** A whole answer. `Content-Length` and `Date` are the listener's. */
export interface HttpResponse {
  readonly status: number;
  readonly fields: readonly HttpField[];
  readonly content: Octets;
}

/** The content of a request or an answer is longer than allowed; nothing past the limit was kept. */
export class ContentTooLong extends Error {
  override readonly name = 'ContentTooLong';
  readonly code = 'content-too-long';
}

/** So much content is held already that no more can be taken now. */
export class ContentRefused extends Error {
  override readonly name = 'ContentRefused';
  readonly code = 'temporarily-unavailable';
}

/** The peer went away, or broke its own framing, before the content was whole. */
export class ContentIncomplete extends Error {
  override readonly name = 'ContentIncomplete';
  readonly code = 'content-incomplete';
}

/**
 * The values of all fields of one name, in order, blanks around them trimmed.
 *
 * @throws nothing.
 */
export function fieldValues(fields: readonly HttpField[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => trimBlanks(field.value));
}

/**
 * The value of the first field of a name.
 *
 * @throws nothing.
 */
export function fieldValue(fields: readonly HttpField[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const field = fields.find((candidate) => candidate.name.toLowerCase() === wanted);
  return field && trimBlanks(field.value);
}

/**
 * The value of a field without the blanks around it. By hand, because a pattern that looks for blanks at the end walks every run of
 * them again and again.
 *
 * @throws nothing.
 * @see RFC 9110 §5.5.
 */
export function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

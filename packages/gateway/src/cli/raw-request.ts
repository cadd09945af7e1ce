import type { Field } from '@isched/doseta';
import { latin1FromOctets, type Octets, octetsFromLatin1 } from '@isched/values';

/** A raw HTTP/1.1 request out of a file. */
export interface RawRequest {
  readonly requestLine: string;
  /** Values as they came: the octets after the colon, folds kept as CRLF and blank. */
  readonly fields: readonly Field[];
  /** The octets after the empty line, chunked coding removed. */
  readonly content: Octets;
  /** The head as it stood in the file, without the empty line; how lines ended there. */
  readonly head: string;
  readonly lineEnd: '\r\n' | '\n';
}

/** The file is no HTTP/1.1 request. */
export class RawRequestError extends Error {
  override readonly name = 'RawRequestError';
  readonly code = 'not-a-request';
}

/**
 * Reads a raw HTTP/1.1 request: lines of the head end in CRLF or LF, folding allowed; the content is what stands after
 * the empty line, whatever Content-Length says; chunked coding is removed.
 *
 * @throws RawRequestError when there is no request line, a line is no field, or the chunks are broken.
 * @see RFC 9112 §2.1, §5.2, §7.1.
 */
export function parseRawRequest(octets: Octets): RawRequest {
  const text = latin1FromOctets(octets);
  const { headLength, bodyStart, lineEnd } = findHead(text);
  const head = text.slice(0, headLength);
  const [requestLine = '', ...lines] = head.split(/\r?\n/);
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]$/.test(requestLine)) {
    throw new RawRequestError(
      `the first line is not an HTTP/1.1 request line: ${JSON.stringify(requestLine.slice(0, 80))}`,
    );
  }
  const fields = joinFolds(lines).map((line, index) => readField(line, index));
  const body = octets.subarray(bodyStart);
  return { requestLine, fields, head, lineEnd, content: isChunked(fields) ? decodeChunks(body) : body };
}

/**
 * The request with one field added after the others, written with the line ends it came with; the content not chunked.
 *
 * @throws nothing.
 */
export function formatRawRequest(request: RawRequest, added: Field): Octets {
  const chunked = isChunked(request.fields);
  const kept = chunked ? withoutField(request, 'transfer-encoding') : request.head;
  const length = chunked ? `${request.lineEnd}Content-Length: ${request.content.length}` : '';
  const value = added.value.startsWith(' ') ? added.value : ` ${added.value}`;
  const head = `${kept}${length}${request.lineEnd}${added.name}:${value}${request.lineEnd}${request.lineEnd}`;
  return Buffer.concat([octetsFromLatin1(head), request.content]);
}

function findHead(text: string): { headLength: number; bodyStart: number; lineEnd: '\r\n' | '\n' } {
  const empty = /\r?\n(\r?\n)/g.exec(text);
  const headLength = empty ? empty.index : text.replace(/\r?\n$/, '').length;
  const firstEnd = text.indexOf('\n');
  const lineEnd = firstEnd > 0 && text[firstEnd - 1] !== '\r' ? '\n' : '\r\n';
  return { headLength, bodyStart: empty ? empty.index + empty[0].length : text.length, lineEnd };
}

function joinFolds(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && joined.length > 0) joined.push(`${joined.pop()}\r\n${line}`);
    else joined.push(line);
  }
  return joined;
}

function readField(line: string, index: number): Field {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new RawRequestError(`line ${index + 2} is not a header field: ${JSON.stringify(line.slice(0, 80))}`);
  }
  return { name, value: line.slice(colon + 1) };
}

function isChunked(fields: readonly Field[]): boolean {
  return fields.some((field) => field.name.toLowerCase() === 'transfer-encoding' && /\bchunked\s*$/i.test(field.value));
}

function decodeChunks(body: Octets): Octets {
  const parts: Octets[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf(0x0a, at);
    const size = /^([0-9A-Fa-f]{1,8})[ \t]*(;.*)?\r?$/.exec(
      end === -1 ? '' : latin1FromOctets(body.subarray(at, end)),
    )?.[1];
    if (size === undefined) throw new RawRequestError('the chunked content is broken: a chunk size is missing');
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(parts);
    if (end + 1 + length > body.length) throw new RawRequestError('the chunked content is broken: a chunk is cut off');
    parts.push(body.subarray(end + 1, end + 1 + length));
    at = end + 1 + length + (body[end + 1 + length] === 0x0d ? 2 : 1);
  }
}

function withoutField(request: RawRequest, name: string): string {
  const lines = request.head.split(/\r?\n/);
  const kept = lines.filter((line, index) => {
    const owner = lines.slice(0, index + 1).findLast((candidate) => !/^[ \t]/.test(candidate)) ?? line;
    return !owner.toLowerCase().startsWith(`${name}:`);
  });
  return kept.join(request.lineEnd);
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FetchResponse, HttpField, HttpRequest } from '@isched/runtime';
import { octetsFromText } from '@isched/values';

const root = join(import.meta.dirname, '../../../..');

/** Where the recordings are; absent in a bare clone. */
export const recordings = join(process.env['ISCHED_CORPUS'] ?? join(root, '../shared/corpus'), 'ischedule');
export const haveRecordings = existsSync(recordings);

/** Where the expected answers are. */
export const expectations = join(root, 'conformance/exchanges');

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly HttpField[];
  readonly content: Uint8Array;
}

/** The request of a recording, and the answer where it has one. */
export interface Recording {
  readonly request: RecordedRequest;
  readonly response: FetchResponse | undefined;
}

/** Reads a recording; text gets its CRLF back, `.http` files are taken octet by octet. */
export function readRecording(folder: string, file: string): Recording {
  const octets = readFileSync(join(recordings, folder, file));
  if (file.endsWith('.http')) return { request: requestOf(octets.toString('latin1')), response: undefined };
  const text = octets.toString('latin1').replace(/^>>> request\n/, '');
  const [asked = '', answered] = text.split(/\n<<< response[^\n]*\n/);
  return {
    request: requestOf(asked.replace(/\r?\n/g, '\r\n')),
    response: answered === undefined ? undefined : responseOf(answered.replace(/\r?\n/g, '\r\n')),
  };
}

/** The request as a listener would hand it on. */
export function httpRequestOf(recorded: RecordedRequest): HttpRequest {
  return { ...recorded, readContent: async () => recorded.content };
}

function requestOf(text: string): RecordedRequest {
  const { first, fields, rest } = splitMessage(text);
  const [method = '', target = ''] = first.split(' ');
  return { method, target, fields, content: Buffer.from(decodeContent(fields, rest), 'latin1') };
}

function responseOf(text: string): FetchResponse {
  const { first, fields, rest } = splitMessage(text);
  const content = octetsFromText(Buffer.from(rest, 'latin1').toString('utf8').trim());
  return { status: Number(first.split(' ')[1]), fields, content };
}

function splitMessage(text: string): { first: string; fields: HttpField[]; rest: string } {
  const end = text.search(/\r\n\r\n/);
  const head = end === -1 ? text : text.slice(0, end);
  const rest = end === -1 ? '' : text.slice(end + 4);
  const [first = '', ...lines] = head.split(/\r\n(?![ \t])/);
  const fields = lines
    .filter((line) => line !== '')
    .map((line) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1) }));
  return { first, fields, rest };
}

function decodeContent(fields: readonly HttpField[], rest: string): string {
  const valueOf = (name: string) => fields.find((field) => field.name.toLowerCase() === name)?.value.trim();
  if (valueOf('transfer-encoding') === 'chunked') return decodeChunks(rest);
  const length = valueOf('content-length');
  return length === undefined ? '' : rest.slice(0, Number(length));
}

function decodeChunks(text: string): string {
  let content = '';
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (!(size > 0)) return content;
    content += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

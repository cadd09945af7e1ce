import type { HttpField } from '@isched/runtime';
import { type Octets, octetsFromLatin1 } from '@isched/values';

/** A request or an answer as it is on the wire. */
export interface RawMessage {
  /** The request line or the status line. */
  readonly line: string;
  /** Values are the octets after the colon, folds kept. */
  readonly fields: readonly HttpField[];
  readonly content: Octets;
}

/** Splits octets (each a character) into line, fields and content; chunked content is decoded. Well-formed input only. */
export function splitMessage(text: string): RawMessage {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const [line = '', ...lines] = head.split(/\r\n(?![ \t])/);
  const fields = lines.map((one) => {
    const colon = one.indexOf(':');
    return { name: one.slice(0, colon), value: one.slice(colon + 1) };
  });
  const rest = end === -1 ? '' : text.slice(end + 4);
  const chunked = fields.some(
    ({ name, value }) => name.toLowerCase() === 'transfer-encoding' && value.trim() === 'chunked',
  );
  return { line, fields, content: octetsFromLatin1(chunked ? joinChunks(rest) : rest) };
}

function joinChunks(text: string): string {
  let content = '';
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, end), 16);
    if (!(length > 0)) return content;
    content += text.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
}

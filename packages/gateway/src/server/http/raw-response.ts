import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from '@isched/runtime';
import { octetsFromLatin1 } from '@isched/values';

/** A response as it goes on the wire where the parser has none to write it with; it ends the connection. @throws nothing. */
export function rawResponse(response: HttpResponse, now: Date): Uint8Array {
  const lines = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...response.fields.map((field) => `${field.name}: ${field.value}`),
    `Date: ${now.toUTCString()}`,
    `Content-Length: ${response.content.length}`,
    'Connection: close',
    '',
    '',
  ];
  return Buffer.concat([octetsFromLatin1(lines.join('\r\n')), response.content]);
}

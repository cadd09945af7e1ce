import { createHash } from 'node:crypto';
import { fieldValues, type HttpRequest, type HttpResponse } from '@isched/runtime';
import type { Octets } from '@isched/values';

/** Something to read, and by what it is known. */
export interface ServedDocument {
  readonly content: Octets;
  readonly contentType: string;
  readonly maxAgeSeconds: number;
  /** Quoted, strong. */
  readonly etag: string;
}

/** The tag of a content: its hash. @throws nothing. */
export function etagOf(content: Octets): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

/**
 * Answers GET and HEAD with a document, or with 304 where the peer has it.
 *
 * @throws nothing.
 * @see RFC 9110 §13.1.2, §15.4.5.
 */
export function serveDocument(request: HttpRequest, document: ServedDocument): HttpResponse {
  const validators = [
    { name: 'ETag', value: document.etag },
    { name: 'Cache-Control', value: `max-age=${document.maxAgeSeconds}` },
  ];
  if (hasIt(request, document.etag)) return { status: 304, fields: validators, content: new Uint8Array() };
  const content = request.method === 'HEAD' ? new Uint8Array() : document.content;
  return { status: 200, fields: [{ name: 'Content-Type', value: document.contentType }, ...validators], content };
}

function hasIt(request: HttpRequest, etag: string): boolean {
  const lists = fieldValues(request.fields, 'If-None-Match');
  // A header may hold a hundred thousand tags: only a list with ours in it is taken apart.
  return lists.some((list) => list === '*' || (list.includes(etag) && members(list).includes(etag)));
}

function members(list: string): readonly string[] {
  return list.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

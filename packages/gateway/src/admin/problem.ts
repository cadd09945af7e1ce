import type { HttpResponse } from '@isched/runtime';
import { octetsFromText } from '@isched/values';

/** What is wrong with a request to the management API (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
    this.code = code;
  }
}

/** An answer in JSON. @throws nothing. */
export function jsonResponse(status: number, body: unknown): HttpResponse {
  return answer(status, 'application/json', body);
}

/** The answer that a problem is told with. @throws nothing. @see RFC 9457 §3. */
export function problemResponse({ status, code, message }: Problem): HttpResponse {
  const response = answer(status, 'application/problem+json', {
    type: `about:blank#${code}`,
    title: code,
    status,
    detail: message,
  });
  return status === 401
    ? { ...response, fields: [...response.fields, { name: 'WWW-Authenticate', value: 'Bearer' }] }
    : response;
}

function answer(status: number, contentType: string, body: unknown): HttpResponse {
  return {
    status,
    fields: [
      { name: 'Content-Type', value: contentType },
      { name: 'Cache-Control', value: 'no-store' },
    ],
    content: octetsFromText(`${JSON.stringify(body)}\n`),
  };
}

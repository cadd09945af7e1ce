import type { HttpResponse } from '@isched/runtime';
import { octetsFromText } from '@isched/values';

/** The kinds of problems, each with its HTTP status. */
const statusOf = {
  'invalid-submission': 400,
  'content-not-utf-8': 400,
  'invalid-message': 400,
  'invalid-cal-address': 400,
  'parameter-missing': 400,
  'invalid-parameter': 400,
  'invalid-idempotency-key': 400,
  'idempotency-key-reused': 422,
  unauthorised: 401,
  'originator-not-ours': 403,
  'not-found': 404,
  'user-unknown': 404,
  'events-forgotten': 410,
  'content-too-long': 413,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof statusOf;

/** What is wrong with a request to the management API (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** An answer in JSON. @throws nothing. */
export function jsonResponse(status: number, body: unknown): HttpResponse {
  return answer(status, 'application/json', body);
}

/** The answer that a problem is told with. @throws nothing. @see RFC 9457 §3. */
export function problemResponse({ code, message }: Problem): HttpResponse {
  const status = statusOf[code];
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

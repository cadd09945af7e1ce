import { fieldValue, fieldValues, type HttpField } from '@isched/runtime';

/**
 * How long an answer may be kept, by `Cache-Control` and `Age`.
 *
 * `Expires` is left out: it needs a clock that agrees with the peer's, and whoever cares sends `max-age`.
 *
 * @param defaultSeconds - where the answer says nothing.
 * @returns 0 for `no-store` and `no-cache`.
 * @throws nothing.
 * @see RFC 9111 §4.2, §5.2.2.
 */
export function freshForSeconds(fields: readonly HttpField[], defaultSeconds: number): number {
  const directives = fieldValues(fields, 'cache-control')
    .flatMap((value) => value.split(','))
    .map((directive) => directive.trim().toLowerCase());
  if (directives.some((directive) => directive === 'no-store' || directive === 'no-cache')) return 0;
  const maxAge = directives.map(readMaxAge).find((seconds) => seconds !== undefined);
  if (maxAge === undefined) return defaultSeconds;
  return Math.max(0, maxAge - readSeconds(fieldValue(fields, 'age')));
}

function readMaxAge(directive: string): number | undefined {
  const seconds = /^max-age\s*=\s*"?(\d{1,10})"?$/.exec(directive)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function readSeconds(value: string | undefined): number {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : 0;
}

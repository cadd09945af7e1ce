import { fieldValue, fieldValues, type HttpField } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import { parseHttpDate } from '../wire/http-date.ts';

/** Where an answer says nothing of its life. */
const defaultSeconds = 3_600;
const longestSeconds = 86_400;

/**
 * How long an answer may be used without asking again.
 *
 * @returns seconds from its arrival, from 0 to a day.
 * @throws nothing.
 * @see RFC 9111 §4.2.
 */
export function freshSeconds(fields: readonly HttpField[], now: EpochMs): number {
  const directives = readDirectives(fields);
  if (directives.has('no-store') || directives.has('no-cache')) return 0;
  const lifetime = secondsOf(directives.get('max-age')) ?? secondsToExpiry(fields, now) ?? defaultSeconds;
  const age = secondsOf(fieldValue(fields, 'Age')) ?? 0;
  return Math.min(Math.max(lifetime - age, 0), longestSeconds);
}

function readDirectives(fields: readonly HttpField[]): ReadonlyMap<string, string> {
  const members = fieldValues(fields, 'Cache-Control').flatMap((value) => value.split(','));
  return new Map(
    members.map((member) => {
      const [name = '', value = ''] = member.split('=');
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
}

/** An `Expires` that can't be read is in the past (RFC 9111 §5.3). */
function secondsToExpiry(fields: readonly HttpField[], now: EpochMs): number | undefined {
  const expires = fieldValue(fields, 'Expires');
  if (expires === undefined) return undefined;
  const date = parseHttpDate(fieldValue(fields, 'Date') ?? '') ?? now;
  return ((parseHttpDate(expires) ?? date) - date) / 1_000;
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

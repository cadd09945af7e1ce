import type { Octets } from '@isched/values';
import { z } from 'zod';
import { describeIssue, placeOf } from '../words/describe-issue.ts';
import { Problem } from './problem.ts';

/**
 * Checks what was given by a schema.
 *
 * @param code - what it is called where something is wrong with it.
 * @throws Problem that says what and where.
 */
export function valid<T extends z.ZodType>(
  schema: T,
  value: unknown,
  code: 'invalid-parameter' | 'invalid-submission' = 'invalid-parameter',
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const written = { tree: value, language: 'JSON', name: 'the request' } as const;
  // Of one place the last fault says the most: a number that is too great is no safe integer either.
  const byPlace = new Map(result.error.issues.map((issue) => [placeOf(issue.path), issue]));
  const faults = [...byPlace.values()].slice(0, mostFaults).map((issue) => describeIssue(issue, written));
  throw new Problem(code, faults.join('; '), { cause: result.error });
}

/** Of very many the first ones are told. */
const mostFaults = 10;

/** Seconds to wait. */
export const waitSchema = z.coerce.number().min(0).max(600).default(0);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads content as JSON: nothing in it is replaced by something that can be read. @throws Problem. @see RFC 8259 §8.1. */
export function parsedJson(content: Octets): unknown {
  const text = decoded(content);
  try {
    return JSON.parse(text, (_, value: unknown) => {
      if (typeof value === 'string' && !value.isWellFormed()) throw new Problem('content-not-utf-8', halfCharacter);
      return value;
    });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('invalid-submission', 'the content is not JSON', { cause: error });
  }
}

const halfCharacter = 'the content has half a character: a surrogate without its other half';

function decoded(content: Octets): string {
  try {
    return decoder.decode(content);
  } catch (error) {
    throw new Problem('content-not-utf-8', 'the content is not UTF-8', { cause: error });
  }
}

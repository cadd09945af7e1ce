import type { z } from 'zod';

/** What a value must be, as people who write TOML call it. */
const kinds: Readonly<Record<string, string>> = {
  array: 'a list, such as [1, 2]',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a table of settings',
  string: 'a text in quotes',
};

/**
 * What is wrong with a value, in words for whoever wrote it.
 *
 * @param value - what stands there.
 * @throws nothing.
 */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    return value === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map((one) => JSON.stringify(one)).join(', ')}`;
  if (issue.code === 'too_small') return bounded(issue.origin, `at least ${issue.minimum}`);
  if (issue.code === 'too_big') return bounded(issue.origin, `at most ${issue.maximum}`);
  return issue.message; // the others have words of ours
}

function bounded(origin: string, bound: string): string {
  if (origin === 'string') return `must have ${bound} characters`;
  return origin === 'array' ? `must list ${bound}` : `must be ${bound}`;
}

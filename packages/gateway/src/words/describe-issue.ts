import type { z } from 'zod';

/** What a value must be, as people call it who write TOML or JSON. */
const kinds: Readonly<Record<string, string>> = {
  array: 'a list, such as [1, 2]',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a table of settings',
  string: 'a text in quotes',
};

/**
 * What is wrong with a value, and where, in words for whoever wrote it.
 *
 * @param tree - all that was written, in which the issue was found.
 * @param whole - what it is called as a whole.
 * @throws nothing.
 */
export function describeIssue(issue: z.core.$ZodIssue, tree: unknown, whole: string): string {
  return `${placeOf(issue.path) || whole}: ${whatIsWrong(issue, valueAt(tree, issue.path))}`;
}

/** Where a value stands, such as `domains[0].name`; empty: it is the whole. @throws nothing. */
export function placeOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const part of path) value = (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[part];
  return value;
}

function whatIsWrong(issue: z.core.$ZodIssue, value: unknown): string {
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
  if (origin === 'string') return `must have ${bound} ${bound.endsWith(' 1') ? 'character' : 'characters'}`;
  return origin === 'array' ? `must list ${bound}` : `must be ${bound}`;
}

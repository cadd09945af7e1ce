import type { z } from 'zod';

/** What was written, as a whole. */
export interface Written {
  readonly tree: unknown;
  readonly language: 'TOML' | 'JSON';
  /** What it is called. */
  readonly name: string;
}

const common = { boolean: 'true or false', int: 'a whole number', number: 'a number' } as const;
/** What a value must be, as people call it who write the language. */
const kinds: Readonly<Record<Written['language'], Readonly<Record<string, string>>>> = {
  TOML: { ...common, array: 'a list, such as [1, 2]', object: 'a table of settings', string: 'a text in quotes' },
  JSON: { ...common, array: 'a list', object: 'an object', string: 'a text' },
};

/**
 * What is wrong with a value, and where, in words for whoever wrote it.
 *
 * @throws nothing.
 */
export function describeIssue(issue: z.core.$ZodIssue, { tree, language, name }: Written): string {
  return `${placeOf(issue.path) || name}: ${whatIsWrong(issue, valueAt(tree, issue.path), kinds[language])}`;
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

function whatIsWrong(issue: z.core.$ZodIssue, value: unknown, words: Readonly<Record<string, string>>): string {
  if (issue.code === 'invalid_type') {
    return value === undefined ? 'is missing' : `must be ${words[issue.expected] ?? issue.expected}`;
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

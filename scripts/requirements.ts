import { parse } from 'yaml';

/** One line of `conformance/requirements.yaml`. */
export interface Requirement {
  readonly id: string;
  readonly source: string;
  readonly text: string;
  readonly level: 'must' | 'should' | 'may' | 'ours';
  readonly side: 'sender' | 'receiver' | 'signer' | 'verifier' | 'both';
  /** Why no test proves the line. */
  readonly reason?: string;
}

/** Where a requirement is named: in a test's title or in the `requirements` of a data file. */
export interface Mention {
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

/** Ids found, and brackets that look like ids but are not a plain list of them. */
export interface Mentions {
  readonly mentions: readonly Mention[];
  readonly faults: readonly string[];
}

/** What the requirements and the tests say together. Each id of the requirements is in exactly one of the three lists. */
export interface Coverage {
  readonly withTests: readonly Requirement[];
  readonly withReason: readonly Requirement[];
  readonly open: readonly Requirement[];
  readonly faults: readonly string[];
}

const idPattern = /^(?:IS-\d+\.\d+|DO-\d+\.\d+|Q\d+)$/;
const levels: readonly unknown[] = ['must', 'should', 'may', 'ours'];
const sides: readonly unknown[] = ['sender', 'receiver', 'signer', 'verifier', 'both'];
const fieldNames = new Set(['id', 'source', 'text', 'level', 'side', 'reason']);

/**
 * Reads the list of requirements and says what is wrong with it.
 *
 * @param text - the YAML document.
 * @returns the lines that could be read, and a sentence for each fault (duplicate id, missing field, unknown level …).
 * @throws YAMLParseError where the text is no YAML.
 */
export function parseRequirements(text: string): {
  readonly requirements: readonly Requirement[];
  readonly faults: readonly string[];
} {
  const document: unknown = parse(text);
  if (!Array.isArray(document)) return { requirements: [], faults: ['requirements.yaml: not a list'] };
  const requirements: Requirement[] = [];
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of document.entries()) {
    const fault = checkEntry(entry);
    if (fault !== undefined) {
      faults.push(`requirements.yaml: entry ${index + 1}: ${fault}`);
      continue;
    }
    const requirement = entry as Requirement;
    if (seen.has(requirement.id)) faults.push(`requirements.yaml: ${requirement.id} stands there twice`);
    else requirements.push(requirement);
    seen.add(requirement.id);
  }
  return { requirements, faults };
}

function checkEntry(entry: unknown): string | undefined {
  if (!isRecord(entry)) return 'not a mapping';
  const { id, source, text, level, side, reason } = entry;
  if (typeof id !== 'string' || !idPattern.test(id)) return `no id of the form IS-1.2, DO-1.2 or Q1: ${String(id)}`;
  for (const [name, value] of Object.entries({ source, text, ...('reason' in entry ? { reason } : {}) })) {
    if (typeof value !== 'string' || value.trim() === '') return `${id}: ${name} is missing or empty`;
  }
  if (!levels.includes(level)) return `${id}: level is not one of ${levels.join(', ')}`;
  if (!sides.includes(side)) return `${id}: side is not one of ${sides.join(', ')}`;
  const unknown = Object.keys(entry).find((name) => !fieldNames.has(name));
  return unknown === undefined ? undefined : `${id}: unknown field ${unknown}`;
}

/**
 * Finds the ids that a test file names: string literals that begin with `[IS-1.2, Q3]`, and literals that are nothing but
 * ids, as rows of a data-driven test hold them. Titles of skipped and planned tests, and lines that are comments, count for nothing.
 *
 * @param file - only for the answer.
 * @param source - the TypeScript text.
 * @throws nothing.
 */
export function mentionsInTest(file: string, source: string): Mentions {
  const mentions: Mention[] = [];
  const faults: string[] = [];
  for (const [index, text] of source.split('\n').entries()) {
    if (/^\s*(?:\/\/|\*|\/\*)/.test(text)) continue;
    const line = index + 1;
    for (const match of text.matchAll(/(['"`])\[((?:IS-|DO-|Q)\d[^\]]*)\]/g)) {
      if (isSkipped(text.slice(0, match.index))) continue;
      const ids = idsOf(match[2] ?? '');
      if (ids === undefined) faults.push(`${file}:${line}: [${match[2]}] is not a list of ids`);
      else mentions.push(...ids.map((id) => ({ id, file, line })));
    }
    for (const match of text.matchAll(/(['"])((?:IS-|DO-|Q)\d[^'"[\]]*)\1/g)) {
      mentions.push(...(idsOf(match[2] ?? '') ?? []).map((id) => ({ id, file, line })));
    }
  }
  return { mentions, faults };
}

function isSkipped(before: string): boolean {
  return /\b(?:it|test|describe)\.(?:skip|todo)\(\s*$/.test(before);
}

/** `IS-4.5, Q41` as two ids; nothing where a part is no id, so ranges are refused. */
function idsOf(list: string): readonly string[] | undefined {
  const ids = list.split(',').map((part) => part.trim());
  return ids.every((id) => idPattern.test(id)) ? ids : undefined;
}

/**
 * Finds every `requirements: [...]` of a data file, however deep.
 *
 * @param file - only for the answer.
 * @param text - JSON or YAML.
 * @throws YAMLParseError where the text is neither.
 */
export function mentionsInData(file: string, text: string): Mentions {
  const mentions: Mention[] = [];
  const faults: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isRecord(value)) return;
    for (const [name, child] of Object.entries(value)) {
      if (name === 'requirements' && Array.isArray(child)) child.forEach(collect);
      else visit(child);
    }
  };
  const collect = (id: unknown): void => {
    if (typeof id === 'string' && idPattern.test(id)) mentions.push({ id, file, line: 1 });
    else faults.push(`${file}: ${JSON.stringify(id)} in requirements is no id`);
  };
  visit(parse(text));
  return { mentions, faults };
}

/**
 * Lays requirements and mentions side by side. A line that has both tests and a reason counts as tested.
 *
 * @returns the three lists, in the order of the requirements, and a sentence for each unknown id.
 * @throws nothing.
 */
export function coverageOf(requirements: readonly Requirement[], mentions: readonly Mention[]): Coverage {
  const known = new Set(requirements.map((one) => one.id));
  const named = new Set(mentions.map((one) => one.id));
  const untested = requirements.filter((one) => !named.has(one.id));
  return {
    withTests: requirements.filter((one) => named.has(one.id)),
    withReason: untested.filter((one) => one.reason !== undefined),
    open: untested.filter((one) => one.reason === undefined),
    faults: mentions
      .filter((one) => !known.has(one.id))
      .map((one) => `${one.file}:${one.line}: there is no requirement ${one.id}`),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Whose fault it is that a case does not pass. */
export type Fault = 'case' | 'choice' | 'missing' | 'elsewhere';

/** Cases that belong together, and those of them that do not pass. */
export interface Collection {
  /** How many there are. */
  readonly cases: number;
  readonly notPassed: readonly { readonly case: string; readonly fault: Fault; readonly why: string }[];
}

type Listed = Readonly<
  Record<string, { readonly cases: number; readonly 'not-passed'?: Readonly<Record<string, string>> }>
>;

/** Every collection of the list. @throws TypeError when an entry does not say whose fault it is. */
export function corpusCollections(): ReadonlyMap<string, Collection> {
  const listed = parse(readFileSync(new URL('../corpus-cases.yaml', import.meta.url), 'utf8')) as Listed;
  return new Map(
    Object.entries(listed).map(([name, { cases, 'not-passed': notPassed = {} }]) => [
      name,
      { cases, notPassed: Object.entries(notPassed).map(([id, text]) => ({ case: id, ...faultOf(id, text) })) },
    ]),
  );
}

function faultOf(id: string, text: string): { readonly fault: Fault; readonly why: string } {
  const [, fault, why] = /^(case|choice|missing|elsewhere): (.+)$/s.exec(text) ?? [];
  if (fault === undefined || why === undefined) throw new TypeError(`${id}: whose fault is it?`);
  return { fault: fault as Fault, why };
}

/** One collection. @throws TypeError when the list has none of that name. */
export function corpusCollection(name: string): Collection {
  const found = corpusCollections().get(name);
  if (!found) throw new TypeError(`no collection ${name} in conformance/corpus-cases.yaml`);
  return found;
}

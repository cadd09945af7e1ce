import { describe, expect, it } from 'vitest';
import { corpusCollection } from './corpus-list.ts';

/**
 * A test for each case of a collection: what the list names must not pass, all others must.
 *
 * @param cases - each with the name it has in the list.
 * @param run - throws when a case does not pass.
 */
export function checkCases<T>(
  name: string,
  cases: readonly (readonly [id: string, it: T])[],
  run: (each: T, id: string) => void,
): void {
  const { cases: total, notPassed } = corpusCollection(name);
  const listed = new Map(notPassed.map((each) => [each.case, each]));
  describe(name, () => {
    it(`has ${total} cases, and all that are listed`, () => {
      expect(cases.length).toBe(total);
      expect([...listed.keys()].filter((id) => !cases.some(([known]) => known === id))).toEqual([]);
    });
    it.each(cases.filter(([id]) => !listed.has(id)))('%s', (id, each) => run(each, id));
    const others = cases.filter(([id]) => listed.has(id));
    it.each(others)('%s does not pass, as listed', (id, each) => expect(() => run(each, id)).toThrow());
  });
}

/** The name of each case, with a number where several have one. @throws nothing. */
export function uniqueNames<T extends { readonly name: string }>(
  cases: readonly T[],
): readonly (readonly [string, T])[] {
  const seen = new Map<string, number>();
  return cases.map((each) => {
    const count = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, count);
    return [count === 1 ? each.name : `${each.name} #${count}`, each];
  });
}

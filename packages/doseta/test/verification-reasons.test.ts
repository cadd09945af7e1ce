import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alignmentReasons } from '../src/authority/aligned.ts';
import { failReasons } from '../src/verification.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/verification-reasons.md'), 'utf8');
const [reasons = '', alignment = ''] = text.split('\n## ').slice(1);

const rowsOf = (section: string): readonly (readonly string[])[] =>
  [...section.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+?) \|$/gm)].map((match) => match.slice(1));

describe('docs/verification-reasons.md', () => {
  it('has every reason of a failed signature once, in the order in which they are looked for', () => {
    expect(rowsOf(reasons).map(([code]) => code)).toEqual([...failReasons]);
  });

  it('has every reason of a domain that does not fit', () => {
    expect(rowsOf(alignment).map(([code]) => code)).toEqual([...alignmentReasons]);
  });

  it('says of each what it means and what to do', () => {
    const rows = [...rowsOf(reasons), ...rowsOf(alignment)];
    expect(rows.every(([, meaning = '', advice = '']) => meaning.length > 15 && advice.length > 15)).toBe(true);
  });
});

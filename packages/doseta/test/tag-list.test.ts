import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTagList, parseTagList, TagListError } from '../src/tag-list.ts';

const valuesOf = (text: string): Record<string, string> => Object.fromEntries(parseTagList(text));

const codeOf = (text: string, maxTags?: number): string => {
  try {
    parseTagList(text, maxTags);
    return 'none';
  } catch (error) {
    if (error instanceof TagListError) return error.code;
    throw error;
  }
};

describe('parseTagList', () => {
  it.each([
    ['one tag', 'a=1', { a: '1' }],
    ['several tags', 'a=1;b=2', { a: '1', b: '2' }],
    ['a semicolon at the end', 'a=1;b=2;', { a: '1', b: '2' }],
    ['blanks after the last semicolon', 'a=1; \t', { a: '1' }],
    ['an equals sign in a value', 'a=b=c==', { a: 'b=c==' }],
    ['digits and underscores in a name', 'x_1=y', { x_1: 'y' }],
  ])('[DO-2.1] reads %s', (_what, text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  it('[DO-2.2] takes case as it is', () => {
    expect(valuesOf('A=x; a=X')).toEqual({ A: 'x', a: 'X' });
  });

  it('[DO-2.3, Q26] takes white space and folding around names and values, and keeps it inside', () => {
    expect(valuesOf(' v\t=\r\n 1 ;\r\n\tn = two  words\r\n more ; x=')).toEqual({
      v: '1',
      n: 'two  words\r\n more',
      x: '',
    });
  });

  it('[DO-2.4] refuses a list with a name twice', () => {
    expect(codeOf('a=1; b=2; a=1')).toBe('tag-repeated');
  });

  it('[DO-2.6] keeps an empty value apart from an omitted tag', () => {
    const tags = parseTagList('p=; v=1');
    expect(tags.get('p')).toBe('');
    expect(tags.get('q')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['blanks only', '  '],
    ['a semicolon only', ';'],
    ['two semicolons', 'a=1;;b=2'],
    ['two semicolons at the end', 'a=1;;'],
    ['a name without a value', 'a=1; t; b=2'],
    ['a value without a name', '=1'],
    ['a name that begins with a digit', '1a=1'],
    ['a name with a hyphen', 'a-b=1'],
    ['a blank inside a name', 'a b=1'],
    ['an octet above ASCII', 'a=\xe9'],
    ['NUL', 'a=\0'],
    ['a bare CR', 'a=1\r2'],
    ['a bare LF', 'a=1\n 2'],
    ['a line end without a blank behind it', 'a=1\r\n2'],
    ['a line end at the end', 'a=1\r\n'],
  ])('[DO-2.19] refuses %s', (_what, text) => {
    expect(codeOf(text)).toBe('tag-list-malformed');
  });

  it('refuses more tags than it was told to take', () => {
    const text = Array.from({ length: 1_000 }, (_, at) => `t${at}=x`).join(';');
    expect(codeOf(text)).toBe('too-many-tags');
    expect(codeOf(text, 1_000)).toBe('none');
  });

  it('reads back what was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/);
    const value = fc.stringMatching(/^(?:[!-:<-~](?:[ !-:<-~]{0,10}[!-:<-~])?)?$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1, maxLength: 8 }),
        (tags) => {
          expect([...parseTagList(formatTagList(tags))]).toEqual(tags);
        },
      ),
    );
  });

  it('throws its own error for any text, and nothing else', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', '=', ';', ' ', '\r\n', '\r\n ', '\t', 'b=', 'v=1;', '\xff'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(['none', 'tag-list-malformed', 'tag-repeated']).toContain(codeOf(pieces.join('')));
      }),
    );
  });
});

describe('formatTagList', () => {
  it('[Q25] writes one line with "; " between tags and no blanks around values', () => {
    expect(
      formatTagList([
        ['v', '1'],
        ['bh', 'x'],
        ['b', ''],
      ]),
    ).toBe('v=1; bh=x; b=');
  });

  it.each([[['a b', '1']], [['a', '1;2']], [['a', '1\n2']]] as const)(
    'refuses what could not be read back: %j',
    (tag) => {
      expect(() => formatTagList([tag])).toThrow(TypeError);
    },
  );
});

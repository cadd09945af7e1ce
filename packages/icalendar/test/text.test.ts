import { describe, expect, it } from 'vitest';
import { escapeText, splitUnescaped, textValues, unescapeText } from '../src/text.ts';

describe('text', () => {
  it.each([
    ['a\\nb', 'a\nb'],
    ['a\\Nb', 'a\nb'],
    ['a\\\\nb', 'a\\nb'],
    ['a\\,b\\;c', 'a,b;c'],
    ['a\\:b', 'a\\:b'],
    ['a\\', 'a\\'],
    ['plain, with; marks', 'plain, with; marks'],
  ])('unescapes %s', (escaped, text) => {
    expect(unescapeText(escaped)).toBe(text);
  });

  it('escapes backslash, comma, semicolon and every kind of line end', () => {
    expect(escapeText('a\\b,c;d\r\ne\nf\rg')).toBe('a\\\\b\\,c\\;d\\ne\\nf\\ng');
  });

  it('splits lists at commas that are not escaped', () => {
    expect(textValues('foo,blue\\, fish,woot\\\\,x')).toEqual(['foo', 'blue, fish', 'woot\\', 'x']);
  });

  it('splits structured values', () => {
    expect(splitUnescaped('3.1;Invalid\\;value;DTSTART:96-Apr-01', ';')).toEqual([
      '3.1',
      'Invalid\\;value',
      'DTSTART:96-Apr-01',
    ]);
  });
});

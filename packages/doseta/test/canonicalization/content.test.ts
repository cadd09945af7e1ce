import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentRelaxed } from '../../src/canonicalization/content-relaxed.ts';
import { contentSimple } from '../../src/canonicalization/content-simple.ts';
import type { ContentCanonicalization } from '../../src/service-template.ts';
import { referenceRelaxedContent, referenceSimpleContent } from '../support/reference-signer.ts';

const apply = (canonicalization: ContentCanonicalization, text: string): string =>
  Buffer.from(canonicalization.canonicalize(Buffer.from(text, 'latin1'))).toString('latin1');

const anyContent = fc
  .array(fc.constantFrom('a', 'b', ' ', '  ', '\t', '\r\n', '\r\n\r\n', '\r', '\n', '\xff'), { maxLength: 30 })
  .map((parts) => parts.join(''));

describe('content simple', () => {
  it.each([
    ['[DO-3.1, Q41] adds a line end (T21)', 'Simple', 'Simple\r\n'],
    ['[DO-3.1, Q41] keeps one line end (T21)', 'Simple\r\n', 'Simple\r\n'],
    ['[DO-3.1, Q41] strips all but one line end (T21)', 'Simple\r\n\r\n\r\n', 'Simple\r\n'],
    ['[DO-3.2, Q41] makes one line end of nothing (T22)', '', '\r\n'],
    ['[DO-3.1] makes one line end of line ends only (T22)', '\r\n\r\n\r\n', '\r\n'],
    ['[DO-3.3, Q41] keeps a bare LF at the end (T22)', 'a\n', 'a\n\r\n'],
    ['[DO-3.3, Q41] keeps bare LF inside', 'a\nb\r\n', 'a\nb\r\n'],
    ['[DO-3.3] keeps a bare CR at the end', 'a\r', 'a\r\r\n'],
    ['[DO-3.3] keeps CR before the last line end', 'a\r\r\n', 'a\r\r\n'],
    ['[DO-3.3] keeps LF before the last line end', 'a\n\r\n', 'a\n\r\n'],
    ['keeps blanks at the end of the last line (T22)', 'a \r\n', 'a \r\n'],
    ['keeps a line of blanks at the end', 'a\r\n \r\n', 'a\r\n \r\n'],
  ])('%s', (_what, content, expected) => {
    expect(apply(contentSimple, content)).toBe(expected);
  });

  it('agrees with the reference', () => {
    fc.assert(
      fc.property(anyContent, (text) => {
        expect(apply(contentSimple, text)).toBe(referenceSimpleContent(text));
      }),
    );
  });

  it('leaves what it was given as it was', () => {
    const content = Buffer.from('a\r\n\r\n');
    contentSimple.canonicalize(content);
    expect(content.toString()).toBe('a\r\n\r\n');
  });
});

describe('content relaxed', () => {
  it.each([
    ['collapses and trims lines', ' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['keeps nothing of nothing', '', ''],
    ['keeps nothing of line ends', '\r\n\r\n', ''],
    ['keeps nothing of blanks', ' \t \r\n \r\n', ''],
    ['adds a line end', 'a', 'a\r\n'],
    ['trims the last line without a line end', 'a \t', 'a\r\n'],
    ['keeps empty lines inside', 'a\r\n\r\nb', 'a\r\n\r\nb\r\n'],
    ['keeps bare CR and LF', 'a\n b\rc \nd', 'a\n b\rc \nd\r\n'],
  ])('[DO-3.4] %s', (_what, content, expected) => {
    expect(apply(contentRelaxed, content)).toBe(expected);
  });

  it('agrees with the reference', () => {
    fc.assert(
      fc.property(anyContent, (text) => {
        expect(apply(contentRelaxed, text)).toBe(referenceRelaxedContent(text));
      }),
    );
  });
});

describe.each([contentSimple, contentRelaxed])('content $name', (canonicalization) => {
  it('changes nothing when done twice', () => {
    fc.assert(
      fc.property(anyContent, (text) => {
        const once = apply(canonicalization, text);
        expect(apply(canonicalization, once)).toBe(once);
      }),
    );
  });

  it('takes a megabyte of line ends and of blanks', () => {
    expect(apply(canonicalization, `a${'\r\n'.repeat(500_000)}`)).toBe('a\r\n');
    expect(apply(canonicalization, `a${' '.repeat(1_000_000)}b`).length).toBeGreaterThan(2);
  });
});

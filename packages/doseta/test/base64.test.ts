import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAnyBase64, isBase64 } from '../src/base64.ts';

describe('isBase64', () => {
  it.each(['AAAA', 'AA==', 'AAA=', 'AA', 'AAA', 'a+/9', 'A'.repeat(344)])('takes %s', (text) => {
    expect(isBase64(text)).toBe(true);
  });

  it.each([
    '',
    '=',
    '==',
    'A',
    'A===',
    'AAAAA',
    'AA=',
    'AAA==',
    'A=AA',
    'AA==AAAA',
    'AA AA',
    'AA\nAA',
    'AA*A',
    'AA-A',
    'AA_A',
  ])('refuses %j', (text) => {
    expect(isBase64(text)).toBe(false);
  });

  it('agrees with the grammar', () => {
    const digit = fc.constantFrom('A', 'z', '0', '+', '/', '=', '-', ' ', '*', '\xe9', '\0');
    const grammar = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)$/;
    fc.assert(
      fc.property(fc.array(digit, { maxLength: 12 }), (digits) => {
        expect(isBase64(digits.join(''))).toBe(grammar.test(digits.join('')));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('decodeAnyBase64', () => {
  it('[DO-4.13] decodes both alphabets, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (octets) => {
        const buffer = Buffer.from(octets);
        for (const text of [
          buffer.toString('base64'),
          buffer.toString('base64').replaceAll('=', ''),
          buffer.toString('base64url'),
        ]) {
          expect(decodeAnyBase64(text)).toEqual(buffer);
        }
      }),
    );
  });

  it.each(['', '*', 'A', 'AA=A', 'AA.A'])('decodes no %j', (text) => {
    expect(decodeAnyBase64(text)).toBeUndefined();
  });
});

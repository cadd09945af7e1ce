import { FetchError } from '@isched/runtime';
import { expect, it } from 'vitest';
import { describeCause, inOneLine, longestDetail } from '../../src/words/one-line.ts';

it.each([
  [new FetchError('timeout', 'the peer could not be asked: timeout'), 'the peer could not be asked: timeout'],
  [new TypeError('x is not a function'), 'TypeError: x is not a function'],
  ['HTTP 503', 'HTTP 503'],
  [{ why: 'odd' }, '{"why":"odd"}'],
  [undefined, undefined],
  ['a\r\nb\u202ec', 'a b c'],
  ['x'.repeat(1_000), 'x'.repeat(longestDetail)],
])('a cause in words: %o', (cause, words) => {
  expect(describeCause(cause)).toBe(words);
});

it('a peer’s words make no line of their own', () => {
  expect(inOneLine('first\n\u001b[31msecond\u2028third')).toBe('first [31msecond third');
});

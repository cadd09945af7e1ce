import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../src/sender/retry-after.ts';

const now = epochMs(Date.UTC(2026, 10, 22, 14, 0, 0));

describe('Retry-After', () => {
  it.each([
    [undefined, undefined],
    ['120', 120_000],
    ['0', 0],
    ['999999999', 86_400_000],
    ['99999999999999999999', undefined],
    ['Sun, 22 Nov 2026 14:05:00 GMT', 300_000],
    ['Sun, 22 Nov 2026 13:05:00 GMT', 0],
    ['Fri, 31 Dec 2027 23:59:59 GMT', 86_400_000],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
  ])('[IS-5.30] %s', (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });
});

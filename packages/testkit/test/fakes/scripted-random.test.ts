import { createScriptedRandom, createSeededRandom } from '@isched/testkit';
import { expect, it } from 'vitest';

it('hands out what was written down, and then no more', () => {
  const random = createScriptedRandom({ fractions: [0, 0.5], tokens: ['a'] });
  expect([random.fraction(), random.fraction(), random.token()]).toEqual([0, 0.5, 'a']);
  expect(() => random.fraction()).toThrow('no further fraction');
  expect(() => random.token()).toThrow('no further token');
});

it('is the same for the same seed, and even', () => {
  const row = (seed: number): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 10_000 }, () => random.fraction());
  };
  const fractions = row(1);
  expect(row(1)).toEqual(fractions);
  expect(row(2)).not.toEqual(fractions);
  const tenths = Map.groupBy(fractions, (fraction) => Math.floor(fraction * 10));
  expect(tenths.size).toBe(10);
  for (const tenth of tenths.values()) expect(Math.abs(tenth.length - 1_000)).toBeLessThan(150);
});

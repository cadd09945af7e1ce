import { systemClock, systemRandom } from '@isched/runtime';
import { expect, it } from 'vitest';

it('makes fractions from 0 to below 1', () => {
  const fractions = Array.from({ length: 1_000 }, () => systemRandom.fraction());
  expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...fractions)).toBeLessThan(1);
  expect(new Set(fractions).size).toBeGreaterThan(900);
});

it('makes tokens of 22 URL-safe characters that do not repeat', () => {
  const tokens = Array.from({ length: 100 }, () => systemRandom.token());
  expect(tokens.every((token) => /^[A-Za-z0-9_-]{22}$/.test(token))).toBe(true);
  expect(new Set(tokens).size).toBe(100);
});

it('rings after a time, unless it is kept from it', async () => {
  const rung: string[] = [];
  systemClock.after(2, () => rung.push('late'));
  const cancel = systemClock.after(1, () => rung.push('never'));
  systemClock.after(1, () => rung.push('early'));
  cancel();
  await systemClock.sleep(20);
  expect(rung).toEqual(['early', 'late']);
});

it('wakes a sleeper whose signal is aborted, with its reason', async () => {
  const stop = new AbortController();
  const sleep = systemClock.sleep(60_000, { signal: stop.signal });
  stop.abort(new Error('up'));
  await expect(sleep).rejects.toThrow('up');
});

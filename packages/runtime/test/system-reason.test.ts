import { readFileSync } from 'node:fs';
import { systemReason } from '@isched/runtime';
import { expect, it } from 'vitest';

const failureOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

it('says why in words, and by the system’s own code', () => {
  expect(systemReason(failureOf(() => readFileSync('/nowhere/at/all')))).toBe('it is not there (ENOENT)');
  expect(systemReason(failureOf(() => readFileSync('/')))).toBe('it is a folder (EISDIR)');
});

it('says no more than it knows', () => {
  expect(systemReason(Object.assign(new Error('x'), { code: 'ESTRANGE' }))).toBe('ESTRANGE');
  expect(systemReason(new Error('x'))).toBe('unknown reason');
  expect(systemReason('x')).toBe('unknown reason');
});

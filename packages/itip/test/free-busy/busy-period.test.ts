import { epochMs } from '@isched/values';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BusyPeriod, mergeBusy } from '../../src/index.ts';

const types = ['BUSY', 'BUSY-UNAVAILABLE', 'BUSY-TENTATIVE'] as const;
const range = { start: epochMs(5), end: epochMs(35) };
const anyPeriod = record({
  start: integer({ min: 0, max: 39 }),
  length: integer({ min: -1, max: 12 }),
  type: constantFrom(...types),
}).map(({ start, length, type }): BusyPeriod => ({ start: epochMs(start), end: epochMs(start + length), type }));

/** What somebody is at each moment: the strongest of what covers it. */
function painted(periods: readonly BusyPeriod[]): readonly (string | undefined)[] {
  return Array.from({ length: 40 }, (_, moment) =>
    moment < range.start || moment >= range.end
      ? undefined
      : types.find((type) => periods.some((each) => each.type === type && each.start <= moment && each.end > moment)),
  );
}

describe('busy time that is merged', () => {
  it('says of each moment the strongest that was said of it, and nothing outside the range', () => {
    assert(
      property(array(anyPeriod, { maxLength: 12 }), (periods) => {
        expect(painted(mergeBusy(periods, range))).toEqual(painted(periods));
      }),
    );
  });

  it('is sorted, and no two periods overlap or could be one', () => {
    assert(
      property(array(anyPeriod, { maxLength: 12 }), (periods) => {
        const merged = mergeBusy(periods, range);
        expect(merged.every(({ start, end }) => start < end)).toBe(true);
        merged.slice(1).forEach(({ start, type }, at) => {
          const before = merged[at] as BusyPeriod;
          expect(start >= before.end && !(start === before.end && type === before.type)).toBe(true);
        });
      }),
    );
  });

  it('stays as it is when it is merged again', () => {
    assert(
      property(array(anyPeriod, { maxLength: 12 }), (periods) => {
        const merged = mergeBusy(periods, range);
        expect(mergeBusy(merged, range)).toEqual(merged);
      }),
    );
  });
});

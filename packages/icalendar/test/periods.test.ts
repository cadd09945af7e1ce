import type { TimeRange } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { clipPeriods, formatPeriods, mergePeriods } from '../src/periods.ts';
import { range } from './support/calendars.ts';

const at = (start: number, end: number): TimeRange =>
  range(`2026-01-01T${String(start).padStart(2, '0')}:00:00Z`, `2026-01-01T${String(end).padStart(2, '0')}:00:00Z`);

describe('periods', () => {
  it('sorts them, joins those that overlap or touch, and leaves out empty ones', () => {
    expect(mergePeriods([at(5, 6), at(1, 3), at(2, 4), at(4, 5), at(8, 8), at(9, 10), at(9, 9)])).toEqual([
      at(1, 6),
      at(9, 10),
    ]);
  });

  it('clips them to a range', () => {
    expect(clipPeriods([at(1, 3), at(4, 5), at(6, 9), at(9, 10)], at(2, 8))).toEqual([at(2, 3), at(4, 5), at(6, 8)]);
  });

  it('writes them in UTC', () => {
    expect(formatPeriods([at(1, 2), at(3, 4)])).toBe(
      '20260101T010000Z/20260101T020000Z,20260101T030000Z/20260101T040000Z',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { mayTakeOn } from '../../src/policy/back-pressure.ts';

const limits = { maxInFlight: 100 };
const question = { methods: ['REQUEST'], components: ['VFREEBUSY'] };
const invitation = { methods: ['REQUEST'], components: ['VEVENT'] };
const cancellation = { methods: ['CANCEL'], components: ['VEVENT'] };

describe('what is taken on when there is much to do', () => {
  it.each([
    [0, [true, true, true]],
    [49, [true, true, true]],
    [50, [false, true, true]],
    [89, [false, true, true]],
    [90, [false, false, true]],
    [99, [false, false, true]],
    [100, [false, false, false]],
  ])('with %i under way turns questions away first and cancellations last', (inFlight, expected) => {
    expect([question, invitation, cancellation].map((stated) => mayTakeOn(stated, inFlight, limits))).toEqual(expected);
  });

  it('takes a request that says nothing of itself for a usual one', () => {
    expect(mayTakeOn({ methods: [], components: [] }, 89, limits)).toBe(true);
    expect(mayTakeOn({ methods: [], components: [] }, 90, limits)).toBe(false);
  });
});

import { createScriptedRandom } from '@isched/testkit';
import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy, type FailedTry, nextAttemptAt } from '../../src/outbound/retry-policy.ts';

const now = epochMs(1_795_000_000_000);
const minute = 60_000;
const hour = 60 * minute;
const failed: FailedTry = { tries: 1, hope: 'usual', now, expiresAt: epochMs(now + 120 * hour) };
const after = (more: Partial<FailedTry>, fraction = 0) => {
  const at = nextAttemptAt(defaultRetryPolicy, { ...failed, ...more }, createScriptedRandom({ fractions: [fraction] }));
  return at === undefined ? undefined : at - now;
};

describe('when a message is tried again', () => {
  it.each([
    [1, minute],
    [2, 2 * minute],
    [3, 4 * minute],
    [8, 128 * minute],
    [9, 4 * hour],
    [1000, 4 * hour],
  ])('waits twice as long each time, up to four hours: after %i tries %i ms', (tries, ms) => {
    expect(after({ tries })).toBe(ms);
  });

  it('lets chance make it up to a fifth longer, never shorter', () => {
    expect(after({}, 0.5)).toBe(66_000);
  });

  it('[IS-5.30] waits as long as the peer asks, within a day', () => {
    expect(after({ afterMs: 10 * minute })).toBe(10 * minute);
    expect(after({ tries: 5, afterMs: minute })).toBe(16 * minute);
    expect(after({ afterMs: 1000 * hour })).toBe(24 * hour);
  });

  it('gives up when there is no time left, or little hope and few tries', () => {
    expect(after({ expiresAt: epochMs(now + minute) })).toBeUndefined();
    expect(after({ tries: 4, hope: 'few' })).toBe(8 * minute);
    expect(after({ tries: 5, hope: 'few' })).toBeUndefined();
  });
});

import { epochMs } from '@isched/values';
import type { LaneTrouble } from 'isched';
import { describe, expect, it } from 'vitest';
import { afterFailure } from '../../src/outbound/breaker.ts';

const options = { failures: 3, firstPauseMs: 30_000, maxPauseMs: 100_000 };
const at = (seconds: number) => epochMs(1_795_000_000_000 + seconds * 1000);

/** What is known after failures at these seconds. */
function failingAt(...seconds: readonly number[]): LaneTrouble | undefined {
  return seconds.reduce<LaneTrouble | undefined>(
    (before, second) => afterFailure(before, { now: at(second) }, options),
    undefined,
  );
}

describe('the breaker of a receiver', () => {
  it('counts failures, and leaves a lane alone after three in a row', () => {
    expect(failingAt(0)).toEqual({ failures: 1, pauseMs: 0 });
    expect(failingAt(0, 1)).toEqual({ failures: 2, pauseMs: 0 });
    expect(failingAt(0, 1, 2)).toEqual({ failures: 3, pauseMs: 30_000, pausedUntil: at(32) });
  });

  it('pauses twice as long each time the one that goes out to see fails, up to a limit', () => {
    expect(failingAt(0, 0, 0, 30)).toEqual({ failures: 4, pauseMs: 60_000, pausedUntil: at(90) });
    expect(failingAt(0, 0, 0, 30, 95)).toEqual({ failures: 5, pauseMs: 100_000, pausedUntil: at(195) });
    expect(failingAt(0, 0, 0, 30, 95, 195)).toMatchObject({ pauseMs: 100_000, pausedUntil: at(295) });
  });

  it('does not make a pause longer by what was under way when it began', () => {
    expect(failingAt(0, 0, 0, 1, 2)).toEqual({ failures: 5, pauseMs: 30_000, pausedUntil: at(30) });
  });

  it('stays away as long as the peer asks, at once, and never shorter than it would by itself', () => {
    const asked = (seconds: number, before?: LaneTrouble) =>
      afterFailure(before, { now: at(0), until: at(seconds) }, options);
    expect(asked(500)).toEqual({ failures: 1, pauseMs: 30_000, pausedUntil: at(500) });
    expect(asked(5)).toMatchObject({ pausedUntil: at(30) });
    expect(asked(5, { failures: 3, pauseMs: 60_000, pausedUntil: at(40) })).toMatchObject({ pausedUntil: at(40) });
    expect(asked(500, { failures: 3, pauseMs: 60_000, pausedUntil: at(40) })).toMatchObject({ pausedUntil: at(500) });
  });

  it('leaves a lane alone again at the first failure after a pause', () => {
    const before: LaneTrouble = { failures: 1, pauseMs: 30_000, pausedUntil: at(-100) };
    expect(afterFailure(before, { now: at(0) }, options)).toMatchObject({ pausedUntil: at(60) });
  });
});

import type { Clock } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves on, waking sleepers in the order of their time; after each, what it set going gets its turn.
   *
   * @param ms - how far. Milliseconds.
   */
  advance(ms: number): Promise<void>;
  /**
   * Is set to another time, as people and time servers do it: who sleeps notices nothing, and sleeps as long as before.
   *
   * @param ms - by how much; negative: back. Milliseconds.
   */
  set(ms: number): void;
  /** How many are asleep. */
  readonly sleepers: number;
}

interface Sleeper {
  wakeAt: number;
  readonly wake: () => void;
}

/**
 * Makes a clock for tests.
 *
 * @param start - what time it is; text is read as ISO 8601. Default 2026-11-22T12:00:00Z.
 */
export function createFakeClock(start: number | string = '2026-11-22T12:00:00Z'): FakeClock {
  // oxlint-disable-next-line no-restricted-globals -- reads a text, not the time
  let now = epochMs(typeof start === 'string' ? Date.parse(start) : start);
  const sleepers = new Set<Sleeper>();
  const nextBefore = (limit: number): Sleeper | undefined =>
    [...sleepers].filter(({ wakeAt }) => wakeAt <= limit).toSorted((left, right) => left.wakeAt - right.wakeAt)[0];
  const after = (ms: number, wake: () => void): (() => void) => {
    const sleeper: Sleeper = { wakeAt: now + Math.max(0, ms), wake };
    sleepers.add(sleeper);
    return () => void sleepers.delete(sleeper);
  };
  return {
    now: () => now,
    get sleepers() {
      return sleepers.size;
    },
    after,
    async sleep(ms, options = {}) {
      options.signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => reject(options.signal?.reason);
      const cancel = after(ms, resolve);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      try {
        await promise;
      } finally {
        cancel();
        options.signal?.removeEventListener('abort', onAbort);
      }
    },
    async advance(ms) {
      const target = now + ms;
      await othersTurn();
      for (let sleeper = nextBefore(target); sleeper; sleeper = nextBefore(target)) {
        now = Math.max(now, sleeper.wakeAt) as EpochMs;
        sleepers.delete(sleeper);
        sleeper.wake();
        await othersTurn();
      }
      now = epochMs(target);
    },
    set(ms) {
      now = epochMs(now + ms);
      for (const sleeper of sleepers) sleeper.wakeAt += ms;
    },
  };
}

/** Lets all that is ready run: promises, and one round of the event loop. */
async function othersTurn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Abortable, EpochMs } from '@isched/values';

/** What time it is, and waiting. */
export interface Clock {
  now(): EpochMs;
  /** @throws the signal's reason when it is aborted. */
  sleep(ms: number, options?: Abortable): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  async sleep(ms, options = {}) {
    try {
      await delay(ms, undefined, options.signal ? { signal: options.signal } : {});
    } catch (error) {
      // node:timers wraps the reason in an error of its own.
      options.signal?.throwIfAborted();
      throw error;
    }
  },
};

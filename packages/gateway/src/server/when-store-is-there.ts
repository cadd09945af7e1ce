import type { Clock, Random } from '@isched/runtime';
import type { Abortable } from '@isched/values';
import { StoreUnavailable } from '../ports/store.ts';
import type { Logger } from './log.ts';

export interface Waiting extends Abortable {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Logger, 'warn'>;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;

/**
 * Opens what needs a store that may not be there yet: containers start in any order. It says so in the log and tries again,
 * with growing pauses.
 *
 * @throws StoreUnavailable where waiting does not help; the signal's reason when it was aborted; what else `open` throws.
 */
export async function whenStoreIsThere<T>(open: () => Promise<T>, waiting: Waiting): Promise<T> {
  const { clock, random, log, signal } = waiting;
  for (let tries = 0; ; tries += 1) {
    try {
      signal?.throwIfAborted();
      return await open();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof StoreUnavailable) || error.trouble !== 'failed') throw error;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** tries) * (0.5 + random.fraction() / 2);
      log.warn({ reason: error.message, againInMs: Math.round(pauseMs) }, 'the gateway waits for its database');
      await clock.sleep(pauseMs, { signal });
    }
  }
}

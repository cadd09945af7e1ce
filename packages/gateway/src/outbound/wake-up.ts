import type { Clock } from '@isched/runtime';
import type { EpochMs } from '@isched/values';

/** Tells who sleeps that there is something to do. */
export interface WakeUp {
  wake(): void;
  /**
   * Sleeps until woken, until a time, or until aborted. A call that came before is not lost.
   *
   * @throws nothing.
   */
  sleep(until: EpochMs | undefined, signal: AbortSignal): Promise<void>;
}

/** A timer is no longer exact beyond this, and the clock may be set meanwhile. Milliseconds. */
const longestSleepMs = 60_000;

/** Makes a bell for one sleeper. */
export function createWakeUp(clock: Clock): WakeUp {
  let rung = false;
  let ring: (() => void) | undefined;
  return {
    wake() {
      rung = true;
      ring?.();
    },
    async sleep(until, signal) {
      if (!rung && !signal.aborted) {
        const ms = Math.min(longestSleepMs, Math.max(0, (until ?? Number.POSITIVE_INFINITY) - clock.now()));
        const waking = new AbortController();
        ring = () => waking.abort('woken');
        signal.addEventListener('abort', ring, { once: true });
        await clock.sleep(ms, { signal: waking.signal }).catch(() => undefined);
        signal.removeEventListener('abort', ring);
        ring = undefined;
      }
      rung = false;
    },
  };
}

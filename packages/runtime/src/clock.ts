import type { Abortable, EpochMs } from '@isched/values';

/** What time it is, and waiting. */
export interface Clock {
  now(): EpochMs;
  /** Rings once, after so long. @returns what keeps it from ringing. */
  after(ms: number, ring: () => void): () => void;
  /** @throws the signal's reason when it is aborted. */
  sleep(ms: number, options?: Abortable): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() as EpochMs,
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = systemClock.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

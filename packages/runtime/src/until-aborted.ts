import type { Abortable } from '@isched/values';

/**
 * Waits for a result, or for the signal, where the work itself may not heed it. A failure that comes later is dropped.
 *
 * @throws what the promise throws, or the signal's reason when that comes first.
 */
export async function untilAborted<T>(result: Promise<T>, options: Abortable): Promise<T> {
  const { signal } = options;
  if (!signal) return result;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([result, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

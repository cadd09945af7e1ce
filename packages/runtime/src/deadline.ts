import type { Abortable } from '@isched/values';
import type { Clock } from './clock.ts';

/** Time ran out before the work was done. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly code = 'deadline-passed';
}

/**
 * Runs work that must end within a time: its signal is aborted when the time is over, or when the caller's own is.
 *
 * @param ms - the time, in milliseconds of the clock.
 * @param work - gets the joined signal and must heed it.
 * @returns what the work returns.
 * @throws what the work throws; as the joined signal's reason that is DeadlinePassed, or the caller's own.
 */
export async function withDeadline<T>(
  deps: { readonly clock: Clock },
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  options: Abortable = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  const deadline = new AbortController();
  const finished = new AbortController();
  deps.clock.sleep(ms, { signal: finished.signal }).then(
    () => deadline.abort(new DeadlinePassed(`not done within ${ms} ms`)),
    () => undefined,
  );
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
  try {
    return await work(signal);
  } finally {
    finished.abort();
  }
}

import type { Abortable } from '@isched/values';
import type { Clock } from './clock.ts';

/** Time ran out before the work was done. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly code = 'deadline-passed';
}

/** How long work may take. */
export interface Deadline extends Abortable {
  /** In milliseconds of the clock. */
  readonly timeoutMs: number;
}

/**
 * Runs work that must end within a time: its signal is aborted when the time is over, or when the caller's own is.
 *
 * @param work - gets the joined signal and must heed it.
 * @returns what the work returns.
 * @throws what the work throws; as the joined signal's reason that is DeadlinePassed, or the caller's own.
 */
export async function withDeadline<T>(
  clock: Clock,
  options: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const deadline = new AbortController();
  const finished = new AbortController();
  clock.sleep(options.timeoutMs, { signal: finished.signal }).then(
    () => deadline.abort(new DeadlinePassed(`not done within ${options.timeoutMs} ms`)),
    () => undefined,
  );
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
  try {
    return await work(signal);
  } finally {
    finished.abort();
  }
}

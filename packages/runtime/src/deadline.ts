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
 * @param work - gets that signal and must heed it, and `end`, by which it can abort the signal itself.
 * @returns what the work returns.
 * @throws what the work throws; as the signal's reason that is DeadlinePassed, the caller's own, or what `end` was given.
 */
export async function withDeadline<T>(
  clock: Clock,
  { timeoutMs, signal: caller }: Deadline,
  work: (signal: AbortSignal, end: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  // Made for each request, so no AbortSignal.any, and no abort without a reason: both cost more than all the rest here.
  const ending = new AbortController();
  const end = (reason: unknown): void => ending.abort(reason);
  const leave = (): void => end(caller?.reason);
  caller?.addEventListener('abort', leave, { once: true });
  const cancel = clock.after(timeoutMs, () => end(new DeadlinePassed(`not done within ${timeoutMs} ms`)));
  try {
    return await work(ending.signal, end);
  } finally {
    cancel();
    caller?.removeEventListener('abort', leave);
  }
}

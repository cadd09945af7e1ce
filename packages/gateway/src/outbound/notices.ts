import type { Clock } from '@isched/runtime';
import type { SubmissionId } from '../ports/submission.ts';

/** Tells who waits for a submission, or for whatever happens, that something was settled on this node. */
export interface Notices {
  /** Listens from now on. */
  expect(what: SubmissionId | 'anything'): Notice;
  settled(submission: SubmissionId): void;
  /** Nobody shall wait any more. */
  close(): void;
  readonly closed: boolean;
}

export interface Notice extends Disposable {
  /** Resolves when something was settled since it listens, or after a time, or when aborted, or closed. @throws nothing. */
  come(withinMs: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Makes a board for notices; it knows only those that somebody waits for. */
export function createNotices(clock: Clock): Notices {
  const waiting = new Map<SubmissionId | 'anything', Set<AbortController>>();
  const tell = (what: SubmissionId | 'anything'): void => waiting.get(what)?.forEach((notice) => notice.abort());
  let closed = false;
  return {
    expect(what) {
      const notice = new AbortController();
      const others = waiting.get(what) ?? new Set();
      waiting.set(what, others.add(notice));
      if (closed) notice.abort();
      return {
        async come(withinMs, signal) {
          const signals = signal ? [signal, notice.signal] : [notice.signal];
          await clock.sleep(withinMs, { signal: AbortSignal.any(signals) }).catch(() => undefined);
        },
        [Symbol.dispose]() {
          others.delete(notice);
          if (others.size === 0 && waiting.get(what) === others) waiting.delete(what);
        },
      };
    },
    settled(submission) {
      tell(submission);
      tell('anything');
    },
    close() {
      closed = true;
      for (const what of waiting.keys()) tell(what);
    },
    get closed() {
      return closed;
    },
  };
}

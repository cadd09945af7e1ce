import type { Clock } from '@isched/runtime';
import type { SubmissionId } from '../ports/delivery-queue.ts';

/** Tells who waits for a submission that something of it was settled on this node. */
export interface Notices {
  /** Listens from now on. */
  expect(submission: SubmissionId): Notice;
  settled(submission: SubmissionId): void;
}

export interface Notice extends Disposable {
  /** Resolves when something was settled since it listens, or after a time, or when aborted. @throws nothing. */
  come(withinMs: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Makes a board for notices; it knows only those that somebody waits for. */
export function createNotices(clock: Clock): Notices {
  const waiting = new Map<SubmissionId, Set<AbortController>>();
  return {
    expect(submission) {
      const notice = new AbortController();
      const others = waiting.get(submission) ?? new Set();
      waiting.set(submission, others.add(notice));
      return {
        async come(withinMs, signal) {
          const signals = signal ? [signal, notice.signal] : [notice.signal];
          await clock.sleep(withinMs, { signal: AbortSignal.any(signals) }).catch(() => undefined);
        },
        [Symbol.dispose]() {
          others.delete(notice);
          if (others.size === 0 && waiting.get(submission) === others) waiting.delete(submission);
        },
      };
    },
    settled: (submission) => waiting.get(submission)?.forEach((notice) => notice.abort()),
  };
}

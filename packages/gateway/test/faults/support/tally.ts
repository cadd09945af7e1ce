import type { TaskMeta } from 'vitest';

/** What has to be survived, as the table of `npm run test:faults` calls it. */
export const faultNames = [
  'kill -9 of a sender',
  'kill -9 of a receiver',
  'kill -9 of a worker',
  'one of two workers killed mid-request',
  'PostgreSQL restarted',
  'connections to PostgreSQL cut',
  'disk full under SQLite',
  'DNS says SERVFAIL',
  'DNS times out',
  'DNS answers wrong',
  'TLS fails',
  'certificate expired',
  'certificate wrong',
  'accepts and never answers',
  'answers after the deadline',
  'closes mid-body',
  'sends 10 MB',
  'sends garbage',
  '200 with nothing',
  'answers for strangers',
  'says 429',
  'says 503 with a date',
  'clock moved by an hour',
  'capabilities changed in mid-queue',
  'the same POST 50 times at once',
] as const;

export type FaultName = (typeof faultNames)[number];

/** What one test did, for the table: it travels with the test's result. */
export interface FaultCounts {
  /** How often each fault was injected. */
  readonly injected: Partial<Record<FaultName, number>>;
  /** Submissions that were looked at afterwards. */
  submissions: number;
}

declare module 'vitest' {
  interface TaskMeta {
    faults?: FaultCounts;
  }
}

/** Counts what a test does to whom. */
export interface Tally {
  /** A fault was injected; counted when it happens, not when it is planned. */
  injected(fault: FaultName, times?: number): void;
  /** So many submissions were checked, one by one. */
  checked(submissions: number): void;
}

/** The tally of a test. */
export function tallyOf(task: { readonly meta: TaskMeta }): Tally {
  const counts: FaultCounts = (task.meta.faults ??= { injected: {}, submissions: 0 });
  return {
    injected(fault, times = 1) {
      counts.injected[fault] = (counts.injected[fault] ?? 0) + times;
    },
    checked(submissions) {
      counts.submissions += submissions;
    },
  };
}

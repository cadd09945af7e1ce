import type { Clock } from '@isched/runtime';
import { type Abortable, epochMs } from '@isched/values';
import type { Store } from '../ports/store.ts';
import type { Logger } from './log.ts';

/** Rows taken away in one transaction, so that messages never wait long. */
const rowsAtOnce = 500;
/** Between two rounds. Milliseconds. */
const everyMs = 60_000;

export interface Retention {
  /** How long decisions are kept. Days. */
  readonly decisionDays: number;
}

/**
 * Forgets what has expired, in small steps, until aborted.
 *
 * @throws nothing: a round that fails is logged, and there is a next one.
 */
export async function keepTidy(
  deps: { readonly store: Store; readonly clock: Clock; readonly log: Logger },
  retention: Retention,
  { signal }: Abortable,
): Promise<void> {
  for (;;) {
    try {
      await forgetExpired(deps.store, deps.clock, retention);
    } catch (error) {
      deps.log.warn({ err: error }, 'what expired could not be forgotten; it will be tried again');
    }
    try {
      await deps.clock.sleep(everyMs, { signal });
    } catch {
      return; // aborted
    }
  }
}

async function forgetExpired(store: Store, clock: Clock, { decisionDays }: Retention): Promise<void> {
  const now = clock.now();
  const oldest = epochMs(now - decisionDays * 86_400_000);
  await untilFewer(() => store.transaction((tx) => tx.received.forgetExpired(now, rowsAtOnce)));
  await untilFewer(() => store.transaction((tx) => tx.decisions.forgetBefore(oldest, rowsAtOnce)));
}

async function untilFewer(forget: () => Promise<number>): Promise<void> {
  while ((await forget()) >= rowsAtOnce);
}

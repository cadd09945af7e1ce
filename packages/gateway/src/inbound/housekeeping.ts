import type { Clock } from '@isched/runtime';
import { type Abortable, epochMs } from '@isched/values';
import type { Store } from '../ports/store.ts';

/** How long things are kept. */
export interface Retention {
  /** The lines of meetings' time-lines. Milliseconds; default 400 days. */
  readonly decisionsMs?: number | undefined;
}

const defaultDecisionsMs = 400 * 86_400_000;
/** Rows forgotten in one transaction: others wait for it. */
const atOnce = 500;

/**
 * Forgets what is older than it may be: answers to messages that can't be repeated any more, old decisions. In small steps,
 * so that nobody waits long.
 *
 * @returns how many rows were forgotten.
 * @throws StoreUnavailable; the signal's reason when aborted.
 */
export async function forgetExpired(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  retention: Retention = {},
  options: Abortable = {},
): Promise<number> {
  const now = clock.now();
  const oldest = epochMs(now - (retention.decisionsMs ?? defaultDecisionsMs));
  let total = 0;
  for (;;) {
    const step = await store.transaction(
      async (tx) =>
        [await tx.received.forgetExpired(now, atOnce), await tx.decisions.forgetBefore(oldest, atOnce)] as const,
      options,
    );
    total += step[0] + step[1];
    if (Math.max(...step) < atOnce) return total;
  }
}

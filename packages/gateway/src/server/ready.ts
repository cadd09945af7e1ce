import type { Clock } from '@isched/runtime';
import type { Store } from '../ports/store.ts';

/**
 * Says whether messages can be taken: something small is really made durable, for on a full disk reading goes on for long.
 *
 * @throws StoreUnavailable.
 */
export async function isReady(store: Store, clock: Clock): Promise<boolean> {
  const fingerprint = String(clock.now());
  await store.transaction((tx) => tx.serials.serialOf('readiness', fingerprint));
  return true;
}

import { calAddressKey, parseCalAddress } from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { QueuedDelivery } from '../ports/delivery.ts';
import type { QueueFilter, Retried } from '../ports/queue-admin.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { supersedesOf } from './supersedes.ts';

/** What an operator may do to deliveries. */
export const queueActions = ['retry', 'hold', 'release', 'drop'] as const;
export type QueueAction = (typeof queueActions)[number];

const reasons: Readonly<Record<QueueAction, OwnReasonCode>> = {
  retry: 'released',
  hold: 'held',
  release: 'released',
  drop: 'dropped',
};

/** Which deliveries, and on what terms. */
export interface Administered {
  readonly filter: QueueFilter;
  readonly now: EpochMs;
  readonly limit: number;
  /** How long a message that is tried once more is tried. Milliseconds. */
  readonly lifetimeMs: number;
}

/**
 * Does what an operator asks, and writes it on the time-lines.
 *
 * @returns the deliveries that were changed, as they are now, and those that are not worth another try.
 * @throws StoreUnavailable.
 */
export async function administer(
  tx: StoreTransaction,
  action: QueueAction,
  { filter, now, limit, lifetimeMs }: Administered,
): Promise<Retried> {
  const { changed, leftOut } =
    action === 'retry'
      ? await tx.queue.retry(filter, { now, limit, expiresAt: epochMs(now + lifetimeMs), supersedesOf })
      : { changed: await tx.queue[action](filter, { now, limit }), leftOut: [] };
  for (const delivery of changed) await addDecision(tx, delivery, reasons[action]);
  if (action === 'retry') await tryAgain(tx, changed);
  return { changed, leftOut };
}

/** An operator who wants something tried wants it tried now, also where nobody answered. */
async function tryAgain(tx: StoreTransaction, changed: readonly QueuedDelivery[]): Promise<void> {
  for (const lane of new Set(changed.map((delivery) => delivery.lane))) await tx.queue.setTrouble(lane, undefined);
}

/** Writes down what was done with a delivery outside of its own work. @throws StoreUnavailable. */
export async function addDecision(
  tx: StoreTransaction,
  delivery: QueuedDelivery,
  reason: OwnReasonCode,
): Promise<void> {
  const { originator, method, uid } = delivery.submission;
  await tx.decisions.add({
    at: delivery.changedAt,
    direction: 'outbound',
    reason,
    originator: keyOf(originator),
    recipient: keyOf(delivery.recipient),
    method,
    uid,
    delivery: { id: delivery.id, submission: delivery.submission.id, state: delivery.state },
  });
}

function keyOf(address: string): string {
  return calAddressKey(parseCalAddress(address));
}

import { calAddressKey, type Component, parseCalAddress } from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import { laneFallback, type QueuedDelivery } from '../ports/delivery-queue.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { addDecision } from './administer.ts';
import { canFallBack, type FallbackPolicy, fallbackReasons } from './fallback.ts';
import { putScheduleStatus } from './schedule-status.ts';

export interface OverdueDeps {
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  /** Absent: there is no other way. */
  readonly fallback?: FallbackPolicy | undefined;
}

/** A small step. */
export interface OverdueStep {
  readonly now: EpochMs;
  readonly limit: number;
}

/** Looks after what waits in vain, also in lanes that are left alone and from which nobody leases. */
export interface Overdue {
  /**
   * Ends what waits beyond its time: over to the fallback, or given up. On the time-line, and on the sender's own object.
   *
   * @returns how many; fewer than the limit: there is no more.
   * @throws StoreUnavailable.
   */
  end(tx: StoreTransaction, step: OverdueStep): Promise<number>;
  /**
   * Hands to the fallback what iSchedule had time enough for. Goes on behind where it was, so that what may not go that way is
   * looked at once a round.
   *
   * @returns how many were looked at; fewer than the limit: the round is over.
   * @throws StoreUnavailable.
   */
  handOver(store: Store, step: OverdueStep): Promise<number>;
}

/** Makes it; with one place in the queue, for one caller at a time. */
export function createOverdue({ busyTimes, fallback }: OverdueDeps): Overdue {
  let place: QueuedDelivery | undefined;
  const fallsBack = (delivery: QueuedDelivery): boolean => mayGoElsewhere(delivery, fallback);
  return {
    async end(tx, { now, limit }) {
      const overdue = await tx.queue.ending(now, { limit });
      const elsewhere = overdue.filter(fallsBack);
      if (fallback) await sendElsewhere(tx, elsewhere, { now, fallback, busyTimes });
      const ids = overdue.filter((delivery) => !elsewhere.includes(delivery)).map(({ id }) => id);
      for (const delivery of await tx.queue.giveUp(ids, now)) {
        await addDecision(tx, delivery, 'sent-given-up');
        await putStatus(tx, { delivery, code: '5.1', now }, busyTimes);
      }
      return overdue.length;
    },
    async handOver(store, { now, limit }) {
      if (!fallback) return 0;
      const before = epochMs(now + fallback.reserveMs);
      const late = await store.read((view) => view.queue.ending(before, { limit, after: place }));
      const elsewhere = late.filter(fallsBack);
      const terms = { now, fallback, busyTimes };
      if (elsewhere.length > 0) await store.transaction((tx) => sendElsewhere(tx, elsewhere, terms));
      place = late.length < limit ? undefined : late.at(-1);
      return late.length;
    },
  };
}

function mayGoElsewhere({ lane, submission, recipient }: QueuedDelivery, policy: FallbackPolicy | undefined): boolean {
  if (!policy || lane === laneFallback) return false;
  return canFallBack({ method: submission.method, originator: submission.originator, recipient }, policy);
}

async function sendElsewhere(
  tx: StoreTransaction,
  deliveries: readonly QueuedDelivery[],
  { now, fallback, busyTimes }: OverdueDeps & { readonly now: EpochMs; readonly fallback: FallbackPolicy },
): Promise<void> {
  const reason = fallbackReasons['too-long'];
  const terms = { now, until: epochMs(now + fallback.lifetimeMs), reason };
  const ids = deliveries.map(({ id }) => id);
  for (const delivery of ids.length === 0 ? [] : await tx.queue.fallBack(ids, terms)) {
    await addDecision(tx, delivery, reason);
    await putStatus(tx, { delivery, code: '1.0', now }, busyTimes);
  }
}

async function putStatus(
  tx: StoreTransaction,
  { delivery, code, now }: { readonly delivery: QueuedDelivery; readonly code: string; readonly now: EpochMs },
  busyTimes: OverdueDeps['busyTimes'],
): Promise<void> {
  const { originator, uid, method } = delivery.submission;
  const statuses = [{ recipientKey: keyOf(delivery.recipient), code }];
  await putScheduleStatus(tx, { originatorKey: keyOf(originator), uid, method, statuses, now }, busyTimes);
}

function keyOf(address: string): string {
  return calAddressKey(parseCalAddress(address));
}

import { calAddressKey, type Component, parseCalAddress } from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { DeliveryId, QueuedDelivery } from '../ports/delivery.ts';
import type { SubmissionId } from '../ports/submission.ts';
import type { CalendarUser } from '../ports/directory.ts';
import { type Store, type StoreTransaction, StoreUnavailable } from '../ports/store.ts';
import { addDecision } from './administer.ts';
import { canFallBack, type FallbackPolicy, fallbackReasons, maySwitchFrom } from './fallback.ts';
import { holdOwnObject, putScheduleStatus } from './schedule-status.ts';

export interface OverdueDeps {
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  /** Absent: there is no other way. */
  readonly fallback?: FallbackPolicy | undefined;
}

/** A small step. */
export interface OverdueStep {
  readonly now: EpochMs;
  /** How many deliveries are looked at in one. */
  readonly limit: number;
}

/**
 * Looks after what waits in vain, also in lanes that are left alone and from which nobody leases. What is done to one message is
 * one transaction: the sender's own object is read and written once in it.
 */
export interface Overdue {
  /**
   * Ends what waits beyond its time: over to the fallback, or given up. On the time-line, and on the sender's own object. Goes
   * through all of it once, step by step.
   *
   * @returns how many it ended or sent another way.
   * @throws StoreUnavailable, at once; AggregateError of what some messages could not be ended for, once the others are.
   */
  end(store: Store, step: OverdueStep): Promise<number>;
  /**
   * Hands to the fallback what iSchedule had time enough for. Goes on behind where it was, so that what may not go that way is
   * looked at once a round.
   *
   * @returns how many were looked at; fewer than the limit: the round is over.
   * @throws as `end`.
   */
  handOver(store: Store, step: OverdueStep): Promise<number>;
}

/** Makes it; with one place in the queue, for one caller at a time. */
export function createOverdue(deps: OverdueDeps): Overdue {
  const { fallback } = deps;
  let place: QueuedDelivery | undefined;
  return {
    async end(store, { now, limit }) {
      const troubles: unknown[] = [];
      let ended = 0;
      for (let after: QueuedDelivery | undefined; ; ) {
        const page = await store.read((view) => view.queue.ending(now, { limit, after }));
        ended += await eachMessage(page, troubles, (some) => endSome(store, some, { now, before: now, ...deps }));
        after = page.at(-1);
        if (page.length < limit) break;
      }
      tell(troubles);
      return ended;
    },
    async handOver(store, { now, limit }) {
      if (!fallback) return 0;
      const troubles: unknown[] = [];
      const before = epochMs(now + fallback.reserveMs);
      const late = await store.read((view) => view.queue.ending(before, { limit, after: place }));
      place = late.length < limit ? undefined : late.at(-1);
      const elsewhere = late.filter((delivery) => mayGoElsewhere(delivery, fallback));
      await eachMessage(elsewhere, troubles, (some) => endSome(store, some, { now, before, ...deps }));
      tell(troubles);
      return late.length;
    },
  };
}

type EndingTerms = OverdueDeps & {
  readonly now: EpochMs;
  /** What has time beyond it is left alone: somebody gave it more. */
  readonly before: EpochMs;
};

/** One message after the other; one that fails keeps no other from being ended. @returns the sum. */
async function eachMessage(
  deliveries: readonly QueuedDelivery[],
  troubles: unknown[],
  act: (some: readonly QueuedDelivery[]) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (const some of Map.groupBy(deliveries, ({ submission }): SubmissionId => submission.id).values()) {
    try {
      sum += await act(some);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      if (troubles.length < mostTroubles) troubles.push(error);
    }
  }
  return sum;
}

/** So many are told; there is another round. */
const mostTroubles = 10;

function tell(troubles: readonly unknown[]): void {
  if (troubles.length > 0) throw new AggregateError(troubles, 'messages whose time is over could not be ended');
}

/** @returns how many deliveries of one message were ended or sent another way. */
async function endSome(store: Store, some: readonly QueuedDelivery[], terms: EndingTerms): Promise<number> {
  const [first] = some;
  if (!first) return 0;
  const { fallback, before } = terms;
  const elsewhere = some.filter((delivery) => mayGoElsewhere(delivery, fallback));
  const lost = some.filter((delivery) => !elsewhere.includes(delivery));
  return store.transaction(async (tx) => {
    await holdOwnObject(tx, first.submission);
    const [asItIs] = await tx.queue.list({ delivery: first.id }, { limit: 1 });
    if (!asItIs || asItIs.submission.expiresAt > before) return 0;
    const gone = fallback ? await sendElsewhere(tx, idsOf(elsewhere), { ...terms, fallback }) : 0;
    return gone + (await giveUp(tx, idsOf(lost), terms));
  });
}

function mayGoElsewhere({ lane, submission, recipient }: QueuedDelivery, policy: FallbackPolicy | undefined): boolean {
  if (!policy || !maySwitchFrom(lane)) return false;
  return canFallBack({ method: submission.method, originator: submission.originator, recipient }, policy);
}

async function giveUp(tx: StoreTransaction, ids: readonly DeliveryId[], terms: EndingTerms): Promise<number> {
  if (ids.length === 0) return 0;
  const changed = await tx.queue.giveUp(ids, terms.now);
  for (const delivery of changed) await addDecision(tx, delivery, 'sent-given-up');
  await putStatus(tx, { changed, code: '5.1' }, terms);
  return changed.length;
}

async function sendElsewhere(
  tx: StoreTransaction,
  ids: readonly DeliveryId[],
  terms: EndingTerms & { readonly fallback: FallbackPolicy },
): Promise<number> {
  if (ids.length === 0) return 0;
  const { now, fallback } = terms;
  const reason = fallbackReasons['too-long'];
  const changed = await tx.queue.fallBack(ids, { now, until: epochMs(now + fallback.lifetimeMs), reason });
  for (const delivery of changed) await addDecision(tx, delivery, reason);
  await putStatus(tx, { changed, code: '1.0' }, terms);
  return changed.length;
}

async function putStatus(
  tx: StoreTransaction,
  { changed, code }: { readonly changed: readonly QueuedDelivery[]; readonly code: string },
  { now, busyTimes }: EndingTerms,
): Promise<void> {
  const [first] = changed;
  if (!first) return;
  const { originator, uid, method } = first.submission;
  const statuses = changed.map(({ recipient }) => ({ recipientKey: keyOf(recipient), code }));
  await putScheduleStatus(tx, { originatorKey: keyOf(originator), uid, method, statuses, now }, busyTimes);
}

function idsOf(deliveries: readonly QueuedDelivery[]): readonly DeliveryId[] {
  return deliveries.map(({ id }) => id);
}

function keyOf(address: string): string {
  return calAddressKey(parseCalAddress(address));
}

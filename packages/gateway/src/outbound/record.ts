import { calAddressKey, type Component, parseCalAddress } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { DeliveryId, DeliveryState } from '../ports/delivery.ts';
import type { Batch, Settlement, SupersededDelivery } from '../ports/delivery-queue.ts';
import type { AddressKey, CalendarUser } from '../ports/directory.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { putScheduleStatus } from './schedule-status.ts';
import { scheduleStatusOf } from './settle.ts';

/** What was settled, and when. */
export interface Settled {
  readonly batch: Batch;
  readonly settlements: readonly Settlement[];
  /** Those that became pointless instead of waiting, whether they were settled or not. */
  readonly superseded: readonly DeliveryId[];
  readonly now: EpochMs;
}

/**
 * Writes down what became of deliveries: a line of the meeting's time-line for each, and SCHEDULE-STATUS on the sender's own
 * object for those that ended.
 *
 * @throws StoreUnavailable.
 */
export async function recordSettlements(
  tx: StoreTransaction,
  { batch, settlements, superseded, now }: Settled,
  busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes,
): Promise<void> {
  await recordDecisions(tx, { batch, settlements, superseded, now });
  const { originator, method, uid } = batch.submission;
  const originatorKey = calAddressKey(parseCalAddress(originator));
  const keys = keysOf(batch);
  const statuses = settlements.flatMap((settlement) => {
    const code = scheduleStatusOf(settlement);
    const recipientKey = keys.get(settlement.delivery);
    return code === undefined || recipientKey === undefined ? [] : [{ recipientKey, code }];
  });
  if (statuses.length > 0) await putScheduleStatus(tx, { originatorKey, uid, method, statuses, now }, busyTimes);
}

/** Writes down what became of deliveries on the meeting's time-line alone. @throws StoreUnavailable. */
export async function recordDecisions(
  tx: StoreTransaction,
  { batch, settlements, superseded, now }: Settled,
): Promise<void> {
  const { originator, method, uid } = batch.submission;
  const originatorKey = calAddressKey(parseCalAddress(originator));
  const keys = keysOf(batch);
  const settled = new Map(settlements.map((settlement) => [settlement.delivery, settlement]));
  const pointless = new Set(superseded);
  for (const delivery of new Set([...settled.keys(), ...pointless])) {
    const { requestStatus, detail, ...made } = settled.get(delivery) ?? {};
    const { reason, state } = pointless.has(delivery) ? madePointless : { ...madePointless, ...made };
    await tx.decisions.add({
      at: now,
      direction: 'outbound',
      reason,
      originator: originatorKey,
      recipient: keys.get(delivery) ?? '',
      method,
      uid,
      requestStatus,
      detail,
      delivery: { id: delivery, submission: batch.submission.id, state },
    });
  }
}

/** Writes down what became pointless outside of its own work. @throws StoreUnavailable. */
export async function recordSuperseded(
  tx: StoreTransaction,
  superseded: readonly SupersededDelivery[],
  now: EpochMs,
): Promise<void> {
  for (const { delivery: id, submission, recipient } of superseded) {
    const { reason, state } = madePointless;
    await tx.decisions.add({
      at: now,
      direction: 'outbound',
      reason,
      originator: calAddressKey(parseCalAddress(submission.originator)),
      recipient,
      method: submission.method,
      uid: submission.uid,
      delivery: { id, submission: submission.id, state },
    });
  }
}

const madePointless = { reason: 'superseded', state: 'superseded' } as const satisfies {
  reason: OwnReasonCode;
  state: DeliveryState;
};

function keysOf({ deliveries }: Batch): ReadonlyMap<DeliveryId, AddressKey> {
  return new Map(deliveries.map(({ id, recipient }) => [id, recipient.key]));
}

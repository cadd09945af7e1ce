import { calAddressKey } from '@isched/icalendar';
import type { Deliver, DeliveryResult } from '@isched/ischedule';
import {
  formatRequestStatus,
  type ItipPolicy,
  parseRequestStatus,
  type RequestStatus,
  requestStatus,
} from '@isched/itip';
import type { Clock } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import { busyHorizon, type InboundLimits, resolveInboundLimits } from '../policy/inbound-limits.ts';
import type { FinalResult, MessageKey } from '../ports/received-messages.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { type Applied, type ApplyOptions, apply } from './apply.ts';
import { createBusyTimes } from './busy-times.ts';
import { answerFreeBusy } from './free-busy.ts';
import { type InboundMessage, type InboundRecipient, inboundFromWire, messageKey } from './inbound-message.ts';

export interface InboundDeps {
  readonly store: Store;
  readonly clock: Clock;
}

export interface InboundOptions {
  readonly limits?: Partial<InboundLimits> | undefined;
  /** What the owner of the calendars wants where iTIP leaves it open. */
  readonly policy?: Partial<ItipPolicy> | undefined;
}

/** Delivers messages to the users whose calendars are kept here. */
export type DeliverInbound = (message: InboundMessage, options?: Abortable) => Promise<readonly DeliveryResult[]>;

/**
 * What a receiver hands its messages to.
 *
 * @see DESIGN §2.
 */
export function createDeliver(deps: InboundDeps, options: InboundOptions = {}): Deliver {
  const deliver = createDeliverInbound(deps, options);
  return (message, abortable) => deliver(inboundFromWire(message), abortable);
}

/**
 * Delivers to each recipient: claimed already? whose user? then to their calendar. Claim, effect, answer and decision are
 * one transaction, so that a repeat gets the first answer and has no second effect.
 *
 * @returns one result for each recipient, in order.
 */
export function createDeliverInbound(deps: InboundDeps, options: InboundOptions = {}): DeliverInbound {
  const limits = resolveInboundLimits(options.limits);
  return async (message, abortable = {}) => {
    const { itip } = message;
    if (itip.componentType === 'VFREEBUSY' && itip.method === 'REQUEST') {
      return answerFreeBusy(message, { ...deps, limits }, abortable);
    }
    const now = deps.clock.now();
    const { maxBusyInstances: maxInstances } = limits;
    const delivery: Delivery = {
      message,
      now,
      limits,
      apply: {
        policy: options.policy,
        busyTimesOf: createBusyTimes({ horizon: busyHorizon(now, limits), maxInstances }),
      },
    };
    const results: DeliveryResult[] = [];
    for (const recipients of inParts(message, limits)) {
      results.push(...(await deps.store.transaction((tx) => deliverToEach(tx, recipients, delivery), abortable)));
    }
    return results;
  };
}

interface Delivery {
  readonly message: InboundMessage;
  readonly now: EpochMs;
  readonly limits: InboundLimits;
  readonly apply: ApplyOptions;
}

/** All recipients in one transaction, except where that would keep everybody else waiting. */
function inParts(
  { recipients, octets }: InboundMessage,
  limits: InboundLimits,
): readonly (readonly InboundRecipient[])[] {
  const bySize = Math.floor(limits.maxOctetsAtOnce / Math.max(1, octets));
  const size = Math.max(1, Math.min(limits.maxRecipientsAtOnce, bySize));
  const count = Math.ceil(recipients.length / size);
  return Array.from({ length: count }, (_, index) => recipients.slice(index * size, (index + 1) * size));
}

async function deliverToEach(
  tx: StoreTransaction,
  recipients: readonly InboundRecipient[],
  delivery: Delivery,
): Promise<readonly DeliveryResult[]> {
  const results: DeliveryResult[] = [];
  for (const recipient of recipients) results.push(await deliverOnce({ ...delivery, tx, recipient }));
  return results;
}

/** A message on its way to one recipient. */
interface OneDelivery extends Delivery {
  readonly tx: StoreTransaction;
  readonly recipient: InboundRecipient;
}

async function deliverOnce(delivery: OneDelivery): Promise<DeliveryResult> {
  const { tx, message, recipient, now, limits } = delivery;
  const key = messageKey(message, recipient);
  if (!key) return record(delivery, await deliverToUser(delivery));
  const terms = { now, until: epochMs(now + limits.rememberMs), messageId: message.messageId };
  const claim = await tx.received.claim(key, terms);
  switch (claim.status) {
    case 'answered':
      return repeat(delivery, claim.result);
    case 'in-progress':
      return record(delivery, own('in-progress', requestStatus('5.1')));
    case 'new': {
      const result = await deliverToUser(delivery);
      await settle(delivery, key, result);
      return record(delivery, result);
    }
    default:
      return claim satisfies never;
  }
}

async function deliverToUser({ tx, message, recipient, now, apply: options }: OneDelivery): Promise<Applied> {
  const user = await tx.directory.findUser(recipient.key);
  return user ? apply(tx, { message, recipient, user, now }, options) : own('unknown-user', requestStatus('3.7'));
}

function own(reason: OwnReasonCode, status: RequestStatus): Applied {
  return { requestStatus: status, reason, replies: [] };
}

/** Only what is final is remembered: after "come again" the next copy is new. */
async function settle({ tx, now, limits }: OneDelivery, key: MessageKey, result: Applied): Promise<void> {
  if (isTransient(result.requestStatus)) return tx.received.release(key);
  const { reason, description } = result;
  const requestStatusText = formatRequestStatus(result.requestStatus);
  const expiresAt = epochMs(now + limits.rememberMs);
  return tx.received.settle(key, { requestStatus: requestStatusText, reason, description }, expiresAt);
}

/** @see iSchedule digest §5: 1.x is preliminary, 5.1 asks to come again. */
function isTransient({ code }: RequestStatus): boolean {
  return code === '5.1' || code.startsWith('1.');
}

/** The first answer again. What it gave rise to went out the first time. */
async function repeat(delivery: OneDelivery, first: FinalResult): Promise<DeliveryResult> {
  const status = parseRequestStatus(first.requestStatus) ?? requestStatus('5.0');
  await record(delivery, { ...own('repeated', status), detail: first.reason });
  return { requestStatus: status, reason: first.reason, description: first.description, replies: [] };
}

async function record(delivery: OneDelivery, { detail, ...result }: Applied): Promise<DeliveryResult> {
  const { tx, message, recipient, now } = delivery;
  await tx.decisions.add({
    at: now,
    direction: 'inbound',
    reason: result.reason,
    originator: calAddressKey(message.originator),
    recipient: recipient.key,
    signingDomain: message.signed?.by,
    messageId: message.messageId,
    method: message.itip.method,
    uid: message.itip.uid,
    requestStatus: formatRequestStatus(result.requestStatus),
    detail,
  });
  return result;
}

import { calAddressKey } from '@isched/icalendar';
import type { Deliver, DeliveryResult } from '@isched/ischedule';
import {
  formatRequestStatus,
  type ItipMessage,
  type ItipPolicy,
  parseRequestStatus,
  type RequestStatus,
  requestStatus,
} from '@isched/itip';
import type { Clock } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import { busyHorizon, type InboundLimits, recipientsAtOnce, resolveInboundLimits } from '../policy/inbound-limits.ts';
import type { WantedObjects } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Claim, FinalResult, MessageKey } from '../ports/received-messages.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { looksAtTime } from './answer-for-resource.ts';
import { type Applied, type ApplyOptions, apply } from './apply.ts';
import { createBusyTimes } from './busy-times.ts';
import { type AddressedReply, addressReply } from './address-reply.ts';
import { answerFreeBusy } from './free-busy.ts';
import { type InboundMessage, type InboundRecipient, inboundFromWire, messageKey } from './inbound-message.ts';
import type { ShareAnswers } from './share-answer.ts';

export interface InboundDeps {
  readonly store: Store;
  readonly clock: Clock;
}

export interface InboundOptions {
  readonly limits?: Partial<InboundLimits> | undefined;
  /** What the owner of the calendars wants where iTIP leaves it open. */
  readonly policy?: Partial<ItipPolicy> | undefined;
  /** Takes the answers that messages give rise to. Default: nobody sends them. */
  readonly replies?: ReplyQueue | undefined;
  /** Tells attendees what others answered, where there is a queue for it. Default: nobody is told. */
  readonly shareAnswers?: ShareAnswers | undefined;
}

/** Where answers that messages give rise to wait to be sent. */
export interface ReplyQueue {
  /** A part of the transaction that has the effect: both or neither. */
  add(tx: StoreTransaction, reply: AddressedReply, now: EpochMs): Promise<void>;
  /** Such a transaction is durable. */
  added(): void;
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
    const delivery = deliveryOf(message, { now: deps.clock.now(), limits, options });
    const results: DeliveryResult[] = [];
    for (const recipients of inParts(message, limits)) {
      results.push(...(await deps.store.transaction((tx) => deliverToEach(tx, recipients, delivery), abortable)));
    }
    if (delivery.queued.some) options.replies?.added();
    return results;
  };
}

/** Delivers a message within somebody else's transaction; not for free-busy, which changes nothing. */
export type DeliverWithin = (
  tx: StoreTransaction,
  message: InboundMessage,
  now: EpochMs,
) => Promise<readonly DeliveryResult[]>;

/** @see createDeliverInbound. */
export function createDeliverWithin(options: InboundOptions = {}): DeliverWithin {
  const limits = resolveInboundLimits(options.limits);
  return (tx, message, now) => deliverToEach(tx, message.recipients, deliveryOf(message, { now, limits, options }));
}

function deliveryOf(
  message: InboundMessage,
  { now, limits, options }: { readonly now: EpochMs; readonly limits: InboundLimits; readonly options: InboundOptions },
): Delivery {
  const { maxBusyInstances: maxInstances, maxExpandedObjects } = limits;
  const busyTimesOf = createBusyTimes({ horizon: busyHorizon(now, limits), maxInstances });
  return {
    message,
    now,
    limits,
    replies: options.replies,
    queued: { some: false },
    apply: {
      policy: options.policy,
      busyTimesOf,
      maxExpandedObjects,
      shareAnswers: options.replies && options.shareAnswers,
    },
  };
}

interface Delivery {
  readonly message: InboundMessage;
  readonly now: EpochMs;
  readonly limits: InboundLimits;
  readonly replies: ReplyQueue | undefined;
  /** Whether anything was put into that queue. */
  readonly queued: { some: boolean };
  readonly apply: ApplyOptions;
}

/** All recipients in one transaction, except where that would keep everybody else waiting. */
function inParts(
  { recipients, octets }: InboundMessage,
  limits: InboundLimits,
): readonly (readonly InboundRecipient[])[] {
  const size = recipientsAtOnce(octets, limits);
  const count = Math.ceil(recipients.length / size);
  return Array.from({ length: count }, (_, index) => recipients.slice(index * size, (index + 1) * size));
}

/**
 * To each recipient, in their order. What others may want too is taken before, always in the same order, so that messages with
 * several recipients never stop each other: claims, then objects, then what the answers need.
 */
async function deliverToEach(
  tx: StoreTransaction,
  recipients: readonly InboundRecipient[],
  delivery: Delivery,
): Promise<readonly DeliveryResult[]> {
  const each = recipients.map((recipient) => ({
    ...delivery,
    tx,
    recipient,
    key: messageKey(delivery.message, recipient),
  }));
  const claims = await claimAll(each);
  const users = await usersOf(each.filter((one) => isNew(claims.get(one))));
  await holdObjects(tx, [...users.values()], delivery.message);
  const results: DeliveryResult[] = [];
  for (const one of each) results.push(await deliverOnce(one, claims.get(one), users.get(one)));
  return results;
}

/** A message on its way to one recipient. */
interface OneDelivery extends Delivery {
  readonly tx: StoreTransaction;
  readonly recipient: InboundRecipient;
  /** Absent: a message that never left the house is not claimed. */
  readonly key: MessageKey | undefined;
}

type ForEach<T> = ReadonlyMap<OneDelivery, T | undefined>;

async function claimAll(each: readonly OneDelivery[]): Promise<ForEach<Claim>> {
  const inOrder = each.toSorted((one, other) => compare(one.recipient.key, other.recipient.key));
  return new Map(await Promise.all(inOrder.map(async (one) => [one, await claim(one)] as const)));
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

async function claim({ tx, key, message, now, limits }: OneDelivery): Promise<Claim | undefined> {
  const terms = { now, until: epochMs(now + limits.rememberMs), messageId: message.messageId };
  return key && tx.received.claim(key, terms);
}

function isNew(claim: Claim | undefined): boolean {
  return claim === undefined || claim.status === 'new';
}

async function usersOf(each: readonly OneDelivery[]): Promise<ForEach<CalendarUser>> {
  const find = async (one: OneDelivery) => [one, await one.tx.directory.findUser(one.recipient.key)] as const;
  return new Map(await Promise.all(each.map(find)));
}

/** The recipients' objects and, of a message from here, the sender's own, which will tell what became of it. */
async function holdObjects(
  tx: StoreTransaction,
  found: readonly (CalendarUser | undefined)[],
  { itip, originator, signed }: InboundMessage,
): Promise<void> {
  const wanted = found.flatMap((user) => (user ? toHold(user, itip) : []));
  const sender = signed ? undefined : await tx.directory.findUser(calAddressKey(originator));
  if (sender) wanted.push({ user: sender.id, uid: itip.uid });
  if (wanted.length > 1) await tx.objects.hold(wanted); // a single one is held by whoever reads it
}

function toHold(user: CalendarUser, itip: ItipMessage): WantedObjects {
  return looksAtTime(user, itip) ? { user: user.id } : { user: user.id, uid: itip.uid };
}

async function deliverOnce(
  delivery: OneDelivery,
  claim: Claim | undefined,
  user: CalendarUser | undefined,
): Promise<DeliveryResult> {
  switch (claim?.status) {
    case 'answered':
      return repeat(delivery, claim.result);
    case 'in-progress':
      return record(delivery, own('in-progress', requestStatus('5.1')));
    case 'new':
    case undefined: {
      const result = user ? await deliverToUser(delivery, user) : own('unknown-user', requestStatus('3.7'));
      if (delivery.key) await settle(delivery, delivery.key, result);
      return record(delivery, result);
    }
    default:
      return claim satisfies never;
  }
}

async function deliverToUser(delivery: OneDelivery, user: CalendarUser): Promise<Applied> {
  const { tx, message, recipient, now, apply: options } = delivery;
  const applied = await apply(tx, { message, recipient, user, now }, options);
  const replies = applied.replies.map((itip) => addressReply(itip, message, user));
  for (const each of [...replies, ...(applied.notices ?? [])]) {
    await delivery.replies?.add(tx, each, now);
    delivery.queued.some = true;
  }
  return applied;
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

async function record(
  { tx, message, recipient, now }: OneDelivery,
  { requestStatus: status, reason, description, replies, detail }: Applied,
): Promise<DeliveryResult> {
  await tx.decisions.add({
    at: now,
    direction: 'inbound',
    reason,
    originator: calAddressKey(message.originator),
    recipient: recipient.key,
    signingDomain: message.signed?.by,
    messageId: message.messageId,
    method: message.itip.method,
    uid: message.itip.uid,
    requestStatus: formatRequestStatus(status),
    detail,
  });
  return { requestStatus: status, reason, description, replies };
}

import { type CalAddress, calAddressKey, type Component, formatCalendar } from '@isched/icalendar';
import { domainOfAddress } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import { type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import { maxQueuedOctets } from '../policy/stored-limits.ts';
import type { Decision } from '../ports/decisions.ts';
import type { Added, SupersededDelivery } from '../ports/delivery-queue.ts';
import type { Submission as QueuedSubmission, SubmissionRecipient } from '../ports/submission.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { instanceOf, orderOf, revisionOfMessage, supersedesOf } from './supersedes.ts';

/** What is to be sent is longer than any message that is sent. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
  readonly code = 'message-too-large';
}

/** What is to be sent, and for whom. */
export interface Enqueued {
  readonly itip: ItipMessage;
  readonly originator: CalAddress;
  readonly recipients: readonly CalAddress[];
}

export interface EnqueueTerms {
  readonly ownDomains: ReadonlySet<DomainName>;
  readonly lifetimeMs: number;
  readonly now: EpochMs;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Puts a message into the queue, as a part of whatever gave rise to it.
 *
 * @throws MessageTooLarge, IdempotencyKeyReused, with nothing kept; StoreUnavailable.
 */
export async function enqueue(tx: StoreTransaction, message: Enqueued, terms: EnqueueTerms): Promise<Added> {
  const { now, idempotencyKey } = terms;
  const added = await tx.queue.add(queuedSubmission(message, terms), { idempotencyKey, now, dueAt: now });
  for (const superseded of added.superseded) await tx.decisions.add(supersededDecision(superseded, now));
  return added;
}

/**
 * Puts an answer that a message gave rise to into the queue; one that names nobody to send it to is left out, and so is one
 * that is too large, with a line on the time-line.
 *
 * @returns whether it was put there.
 * @throws StoreUnavailable.
 */
export async function enqueueReply(
  tx: StoreTransaction,
  { itip, from, to }: { readonly itip: ItipMessage; readonly from: CalAddress; readonly to: readonly CalAddress[] },
  terms: EnqueueTerms,
): Promise<boolean> {
  if (itip.componentType === 'VFREEBUSY') return false; // told in the answer itself
  if (to.length === 0) return false;
  try {
    await enqueue(tx, { itip, originator: from, recipients: to }, terms);
    return true;
  } catch (error) {
    if (!(error instanceof MessageTooLarge)) throw error;
    for (const recipient of to) await tx.decisions.add(tooLargeDecision(itip, { from, to: recipient }, terms.now));
    return false;
  }
}

function queuedSubmission(
  { itip, originator, recipients }: Enqueued,
  { ownDomains, lifetimeMs, now }: EnqueueTerms,
): QueuedSubmission {
  const text = formatCalendar(itip.calendar satisfies Component);
  if (text.length * 3 > maxQueuedOctets && Buffer.byteLength(text) > maxQueuedOctets)
    throw new MessageTooLarge(`more than ${maxQueuedOctets} octets`);
  const instance = instanceOf(itip);
  const byKey = new Map(recipients.map((address) => [calAddressKey(address), address]));
  return {
    originator,
    originatorKey: calAddressKey(originator),
    method: itip.method,
    uid: itip.uid,
    instance,
    text,
    recipients: [...byKey].map(([key, address]) => queuedRecipient(key, address, ownDomains)),
    supersedes: supersedesOf({ method: itip.method, instance }),
    revision: revisionOfMessage(itip),
    orderWith: orderOf(itip.method),
    expiresAt: epochMs(now + lifetimeMs),
  };
}

function queuedRecipient(key: string, address: CalAddress, own: ReadonlySet<DomainName>): SubmissionRecipient {
  const domain = domainOfAddress(address);
  return { address, key, domain: domain !== undefined && own.has(domain) ? undefined : (domain ?? nowhere) };
}

/** An address without a host part waits where nobody is found: the sender says so. */
const nowhere = 'invalid' as DomainName;

function supersededDecision({ delivery: id, submission, recipient }: SupersededDelivery, at: EpochMs): Decision {
  const { originator, method, uid } = submission;
  const delivery = { id, submission: submission.id, state: 'superseded' } as const;
  return { at, direction: 'outbound', reason: 'superseded', originator, recipient, method, uid, delivery };
}

function tooLargeDecision(
  { method, uid }: ItipMessage,
  { from, to }: { readonly from: CalAddress; readonly to: CalAddress },
  at: EpochMs,
): Decision {
  const reason: OwnReasonCode = 'message-too-large';
  return {
    at,
    direction: 'outbound',
    reason,
    originator: calAddressKey(from),
    recipient: calAddressKey(to),
    method,
    uid,
  };
}

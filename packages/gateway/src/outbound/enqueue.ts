import { type CalAddress, calAddressKey, type Component, formatCalendar } from '@isched/icalendar';
import { domainOfAddress } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import { type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { Decision } from '../ports/decisions.ts';
import type {
  Added,
  Submission as QueuedSubmission,
  SubmissionRecipient,
  SupersededDelivery,
} from '../ports/delivery-queue.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { instanceOf, supersedesOf } from './supersedes.ts';

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
 * @throws StoreUnavailable.
 */
export async function enqueue(tx: StoreTransaction, message: Enqueued, terms: EnqueueTerms): Promise<Added> {
  const { now, idempotencyKey } = terms;
  const added = await tx.queue.add(queuedSubmission(message, terms), { idempotencyKey, now, dueAt: now });
  for (const superseded of added.superseded) await tx.decisions.add(supersededDecision(superseded, now));
  return added;
}

/**
 * Puts an answer that a message gave rise to into the queue; one that names nobody to send it to is left out.
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
  await enqueue(tx, { itip, originator: from, recipients: to }, terms);
  return true;
}

function queuedSubmission(
  { itip, originator, recipients }: Enqueued,
  { ownDomains, lifetimeMs, now }: EnqueueTerms,
): QueuedSubmission {
  const byKey = new Map(recipients.map((address) => [calAddressKey(address), address]));
  return {
    originator,
    originatorKey: calAddressKey(originator),
    method: itip.method,
    uid: itip.uid,
    instance: instanceOf(itip),
    text: formatCalendar(itip.calendar satisfies Component),
    recipients: [...byKey].map(([key, address]) => queuedRecipient(key, address, ownDomains)),
    supersedes: supersedesOf(itip),
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

import { hash } from 'node:crypto';
import type { DeliveryId } from '../ports/delivery.ts';
import type { Batch } from '../ports/delivery-queue.ts';
import type { SubmissionHead } from '../ports/submission.ts';

/**
 * What a delivery is known by where it goes another way: the same at each try, and no other's.
 *
 * @throws nothing.
 */
export function deliveryKeyOf(
  { id: submission, originator, uid, addedAt }: SubmissionHead,
  delivery: DeliveryId,
): string {
  return hash('sha256', JSON.stringify(['delivery', submission, originator, uid, addedAt, delivery]), 'base64url');
}

/**
 * What a request is known by: the same at each try of the same recipients, another where the recipients are others, so that
 * a peer that knows repeats by it takes the one for a repeat and not the other.
 *
 * @throws nothing.
 */
export function messageIdOf({ submission, deliveries }: Pick<Batch, 'submission' | 'deliveries'>): string {
  const { id, originator, uid, addedAt } = submission;
  return hash(
    'sha256',
    JSON.stringify([id, originator, uid, addedAt, ...deliveries.map((one) => one.id)]),
    'base64url',
  );
}

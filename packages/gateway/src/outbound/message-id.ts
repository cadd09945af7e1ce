import { hash } from 'node:crypto';
import type { Batch } from '../ports/delivery-queue.ts';

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

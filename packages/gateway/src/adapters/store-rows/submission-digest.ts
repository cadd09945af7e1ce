import { hash } from 'node:crypto';
import { IdempotencyKeyReused } from '../../ports/delivery-queue.ts';
import type { Submission } from '../../ports/submission.ts';

/** Who sends what to whom, in few octets: what an idempotency key stands for. @throws nothing. */
export function submissionDigest({ originatorKey, recipients, text }: Submission): Buffer {
  const keys = recipients.map(({ key }) => key).toSorted((one, other) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify([originatorKey, keys, text]), 'buffer');
}

/** What is kept of the message that an idempotency key stands for. */
export interface KnownSubmission {
  /** Null: it was added by a version that kept none. */
  readonly digest: Buffer | null;
  /** Only where there is no digest; null: forgotten. */
  readonly text: string | null;
}

/** Sees to it that a message is the one its idempotency key stands for. @throws IdempotencyKeyReused. */
export function checkRepeated({ digest, text }: KnownSubmission, submission: Submission): void {
  if (digest === null ? text === submission.text : submissionDigest(submission).equals(digest)) return;
  throw new IdempotencyKeyReused('the idempotency key was used for another message');
}

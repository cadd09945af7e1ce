import type { DeliveryId } from '../../ports/delivery.ts';
import type { Added, AddOptions, SupersededDelivery } from '../../ports/delivery-queue.ts';
import type { Submission, SubmissionId } from '../../ports/submission.ts';
import { isPointless, revisionColumns } from '../store-rows/pointless.ts';
import { chainOf, stateNumber, submissionHead } from '../store-rows/queue-rows.ts';
import { checkRepeated, type KnownSubmission, submissionDigest } from '../store-rows/submission-digest.ts';
import type { QueueParts } from './queue.ts';

type AddResult = Added & { readonly superseded: readonly SupersededDelivery[] };

/** Prepares the statements once. @returns what adds a message. */
export function prepareAdd({
  database,
  lanes,
  chains,
  ends,
}: QueueParts): (submission: Submission, options: AddOptions) => AddResult {
  const known = database.prepare<[string], KnownSubmission & { readonly id: number }>(
    `SELECT id, digest, iif(digest IS NULL, (SELECT text FROM submission_texts WHERE submission_id = submissions.id), NULL) AS text
     FROM submissions WHERE idempotency_key = ?`,
  );
  const deliveriesOf = database
    .prepare<[number], number>('SELECT id FROM deliveries WHERE submission_id = ? ORDER BY id')
    .pluck();
  const insertSubmission = database.prepare<[object]>(
    `INSERT INTO submissions (idempotency_key, digest, originator, method, uid, instance, sequence, stamp, recipients,
       added_at, expires_at)
     VALUES (@key, @digest, @originator, @method, @uid, @instance, @sequence, @stamp, @count, @now, @expiresAt)`,
  );
  const insertText = database.prepare<[number, string]>(
    'INSERT INTO submission_texts (submission_id, text) VALUES (?, ?)',
  );
  const insertDelivery = database.prepare<[object]>(
    `INSERT INTO deliveries (submission_id, recipient, recipient_key, domain, chain, state, blocked, due_at, changed_at)
     VALUES (@submission, @recipient, @recipientKey, @domain, @chain, 0, @blocked, @dueAt, @now)`,
  );
  const supersede = database.prepare<[string, number, number]>(
    "UPDATE deliveries SET state = 7, blocked = 0, reason = 'superseded', detail = ?, changed_at = ? WHERE id = ?",
  );
  const doubt = database.prepare<[number, number]>(
    'UPDATE deliveries SET pointless = 1, pointless_by = ? WHERE id = ?',
  );
  const headOf = database.prepare<[number], Parameters<typeof submissionHead>[0]>(
    `SELECT id AS submission_id, originator, method, uid, instance, added_at, expires_at FROM submissions WHERE id = ?`,
  );

  return (submission, { idempotencyKey, now, dueAt }) => {
    const before = idempotencyKey === undefined ? undefined : known.get(idempotencyKey);
    if (before !== undefined) {
      checkRepeated(before, submission);
      return { ...addedOf(before.id, deliveriesOf.all(before.id)), repeated: true, superseded: [] };
    }
    const { originator, method, uid, instance, text, expiresAt, recipients } = submission;
    const id = Number(
      insertSubmission.run({
        key: idempotencyKey ?? null,
        digest: idempotencyKey === undefined ? null : submissionDigest(submission),
        ...revisionColumns(submission),
        originator,
        method,
        uid,
        instance,
        now,
        expiresAt,
        count: recipients.length,
      }).lastInsertRowid,
    );
    insertText.run(id, text);
    const superseded: SupersededDelivery[] = [];
    const touched = new Set<string>();
    const ids = recipients.map((recipient) => {
      const chain = chainOf(submission, recipient.key);
      const left = chains.open(chain).filter((older) => {
        if (!isPointless(older, submission)) return true;
        if (older.state === stateNumber('leased')) {
          doubt.run(id, older.id);
          return true;
        }
        supersede.run(`by submission ${id}`, now, older.id);
        ends.refresh(older.submission_id, now);
        touched.add(older.domain);
        const head = headOf.get(older.submission_id);
        const delivery = String(older.id) as DeliveryId;
        if (head) superseded.push({ delivery, submission: submissionHead(head), recipient: recipient.key });
        return false;
      });
      const domain = recipient.domain ?? '';
      lanes.open(domain);
      touched.add(domain);
      const { lastInsertRowid } = insertDelivery.run({
        submission: id,
        recipient: recipient.address,
        recipientKey: recipient.key,
        domain,
        chain,
        dueAt,
        now,
        blocked: left.length > 0 ? 1 : 0,
      });
      const delivery = Number(lastInsertRowid);
      if (left.length > 0) chains.straighten(delivery);
      return delivery;
    });
    for (const domain of touched) lanes.refresh(domain);
    return { ...addedOf(id, ids), repeated: false, superseded };
  };
}

function addedOf(id: number, deliveries: readonly number[]): Omit<Added, 'repeated'> {
  return { id: String(id) as SubmissionId, deliveries: deliveries.map((delivery) => String(delivery) as DeliveryId) };
}

import type { DeliveryId } from '../../ports/delivery.ts';
import type { AddOptions, Added, SupersededDelivery } from '../../ports/delivery-queue.ts';
import type { Submission, SubmissionId } from '../../ports/submission.ts';
import { isPointless, revisionColumns, saidColumns, type SaidRow } from '../store-rows/pointless.ts';
import { chainOf, type HeadRow, stateNumber, submissionHead } from '../store-rows/queue-rows.ts';
import { checkRepeated, type KnownSubmission, submissionDigest } from '../store-rows/submission-digest.ts';
import { holdChains, type QueueWork, refreshEnds, straightenChains } from './queue-books.ts';
import { type Session, statement } from './session.ts';

const insertSubmission = statement(
  'add_submission',
  `INSERT INTO submissions (idempotency_key, originator, method, uid, instance, text, recipients, added_at, expires_at, digest,
     sequence, stamp)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id`,
);
const known = statement(
  'known_submission',
  `SELECT d.submission_id, d.id, s.digest, CASE WHEN s.digest IS NULL THEN s.text END AS text
   FROM submissions s JOIN deliveries d ON d.submission_id = s.id WHERE s.idempotency_key = $1 ORDER BY d.id`,
);
const openInChains = statement(
  'open_in_chains',
  `SELECT d.id, d.domain, d.chain, d.state, d.recipient_key, d.submission_id, s.originator, s.uid, s.added_at,
     s.expires_at, ${saidColumns}
   FROM deliveries d JOIN submissions s ON s.id = d.submission_id
   WHERE d.chain = ANY ($1::bytea[]) AND d.state <= 2 ORDER BY d.id FOR UPDATE OF d`,
);
const endThese = statement(
  'supersede',
  `UPDATE deliveries SET state = 7, blocked = 0, reason = 'superseded', detail = $2, changed_at = $3
   WHERE id = ANY ($1::bigint[])`,
);
const doubt = statement(
  'doubt',
  'UPDATE deliveries SET pointless = 1, pointless_by = $2 WHERE id = ANY ($1::bigint[])',
);
const insertDeliveries = statement(
  'add_deliveries',
  `INSERT INTO deliveries (submission_id, recipient, recipient_key, domain, chain, state, blocked, due_at, changed_at)
   SELECT $1, n.recipient, n.recipient_key, n.domain, n.chain, 0, n.blocked, $2, $3
   FROM unnest($4::text[], $5::text[], $6::text[], $7::bytea[], $8::smallint[]) WITH ORDINALITY
     AS n (recipient, recipient_key, domain, chain, blocked, place)
   ORDER BY n.place RETURNING id`,
);
interface OpenRow extends HeadRow, SaidRow {
  readonly id: number;
  readonly domain: string;
  readonly chain: Buffer;
  readonly state: number;
  readonly recipient_key: string;
}

interface KnownRow extends KnownSubmission {
  readonly submission_id: number;
  readonly id: number;
}

type AddResult = Added & { readonly superseded: readonly SupersededDelivery[] };

/** Adds a message and supersedes what it makes pointless. @throws IdempotencyKeyReused, TryAgain, StoreUnavailable. */
export async function addSubmission(
  work: QueueWork,
  submission: Submission,
  { idempotencyKey, now, dueAt }: AddOptions,
): Promise<AddResult> {
  const { session } = work;
  const { originator, method, uid, instance, text, expiresAt, recipients } = submission;
  const chains = recipients.map((recipient) => chainOf(submission, recipient.key));
  const { sequence, stamp } = revisionColumns(submission);
  const digest = idempotencyKey === undefined ? null : submissionDigest(submission);
  const [[inserted], , older] = await Promise.all([
    session.rows<{ id: number }>(insertSubmission, [
      ...([idempotencyKey ?? null, originator, method, uid, instance, text] as const),
      ...([recipients.length, now, expiresAt, digest, sequence, stamp] as const),
    ]),
    holdChains(session, [uid]),
    session.rows<OpenRow>(openInChains, [chains]),
  ]);
  if (!inserted) {
    const first = await repeated(session, idempotencyKey ?? '', submission);
    return first ?? addSubmission(work, submission, { idempotencyKey, now, dueAt }); // forgotten in between
  }
  const pointless = older.filter((row) => isPointless(row, submission));
  const gone = pointless.filter((row) => row.state !== stateNumber('leased'));
  const left = older.filter((row) => !gone.includes(row));
  const addition: Addition = { id: inserted.id, submission, chains, left, now, dueAt };
  const [, ids] = await Promise.all([
    supersede(work, { pointless, gone }, addition),
    insertEach(work, addition),
    straightenChains(
      work,
      left.map((row) => row.chain),
    ),
  ]);
  return {
    ...addedOf(inserted.id, ids),
    repeated: false,
    superseded: gone.map((row) => ({
      delivery: String(row.id) as DeliveryId,
      submission: submissionHead(row),
      recipient: row.recipient_key,
    })),
  };
}

interface Addition {
  readonly id: number;
  readonly submission: Submission;
  /** Of each recipient. */
  readonly chains: readonly Buffer[];
  /** What has to go before it. */
  readonly left: readonly OpenRow[];
  readonly now: number;
  readonly dueAt: number;
}

async function insertEach(work: QueueWork, addition: Addition): Promise<readonly number[]> {
  const { id, submission, chains, left, now, dueAt } = addition;
  const { recipients } = submission;
  const domains = recipients.map((recipient) => recipient.domain ?? '');
  const blocked = chains.map((chain) => (left.some((older) => older.chain.equals(chain)) ? 1 : 0));
  work.domains.open(domains);
  domains.forEach((domain, index) => blocked[index] === 0 && work.domains.ready(domain, dueAt));
  const ids = await work.session.rows<{ id: number }>(insertDeliveries, [
    ...([id, dueAt, now, recipients.map(({ address }) => address), recipients.map(({ key }) => key)] as const),
    ...([domains, chains, blocked] as const),
  ]);
  return ids.map((row) => row.id);
}

async function supersede(
  { session }: QueueWork,
  { pointless, gone }: { readonly pointless: readonly OpenRow[]; readonly gone: readonly OpenRow[] },
  { id, now }: Addition,
): Promise<void> {
  const underWay = pointless.filter((row) => !gone.includes(row)).map((row) => row.id);
  const steps: Promise<unknown>[] = [];
  if (gone.length > 0) steps.push(session.change(endThese, [gone.map((row) => row.id), `by submission ${id}`, now]));
  if (underWay.length > 0) steps.push(session.change(doubt, [underWay, id]));
  steps.push(
    refreshEnds(
      session,
      gone.map((row) => row.submission_id),
      now,
    ),
  );
  await Promise.all(steps);
}

async function repeated(
  session: Session,
  idempotencyKey: string,
  submission: Submission,
): Promise<AddResult | undefined> {
  const rows = await session.rows<KnownRow>(known, [idempotencyKey]);
  const [row] = rows;
  if (!row) return undefined;
  checkRepeated(row, submission);
  const added = addedOf(
    row.submission_id,
    rows.map((row) => row.id),
  );
  return { ...added, repeated: true, superseded: [] };
}

function addedOf(id: number, deliveries: readonly number[]): Omit<Added, 'repeated'> {
  const inOrder = deliveries.toSorted((one, other) => one - other);
  return { id: String(id) as SubmissionId, deliveries: inOrder.map((delivery) => String(delivery) as DeliveryId) };
}

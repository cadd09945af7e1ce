import {
  type AddOptions,
  type Added,
  type DeliveryId,
  type Submission,
  type SubmissionId,
  type SupersededDelivery,
} from '../../ports/delivery-queue.ts';
import { chainOf, type HeadRow, stateNumber, submissionHead } from '../store-rows/queue-rows.ts';
import { TryAgain } from './errors.ts';
import { holdChains, openLanes, refreshDomains, refreshEnds, straightenChains } from './queue-books.ts';
import { holdAll, shareThese } from './locks.ts';
import { type Session, statement } from './session.ts';

const insertSubmission = statement(
  'add_submission',
  `INSERT INTO submissions (idempotency_key, originator, method, uid, instance, text, recipients, added_at, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id`,
);
const known = statement(
  'known_submission',
  `SELECT d.submission_id, d.id FROM deliveries d
   WHERE d.submission_id = (SELECT id FROM submissions WHERE idempotency_key = $1) ORDER BY d.id`,
);
const openInChains = statement(
  'open_in_chains',
  `SELECT d.id, d.domain, d.chain, d.state, d.recipient_key, d.submission_id, s.originator, s.method, s.uid, s.instance,
     s.added_at, s.expires_at
   FROM deliveries d JOIN submissions s ON s.id = d.submission_id
   WHERE d.chain = ANY ($1::bytea[]) AND d.state <= 2 ORDER BY d.id FOR UPDATE OF d`,
);
const supersede = statement(
  'supersede',
  `UPDATE deliveries SET state = 7, blocked = 0, reason = 'superseded', detail = $2, changed_at = $3
   WHERE id = ANY ($1::bigint[])`,
);
const doubt = statement('doubt', 'UPDATE deliveries SET pointless = 1 WHERE id = ANY ($1::bigint[])');
const insertDeliveries = statement(
  'add_deliveries',
  `INSERT INTO deliveries (submission_id, recipient, recipient_key, domain, chain, state, blocked, due_at, changed_at)
   SELECT $1, n.recipient, n.recipient_key, n.domain, n.chain, 0, n.blocked, $2, $3
   FROM unnest($4::text[], $5::text[], $6::text[], $7::bytea[], $8::smallint[]) WITH ORDINALITY
     AS n (recipient, recipient_key, domain, chain, blocked, place)
   ORDER BY n.place RETURNING id`,
);
const dueLater = statement(
  'domains_due_later',
  'SELECT domain FROM queue_domains WHERE domain = ANY ($1::text[]) AND (next_due IS NULL OR next_due > $2)',
);

interface OpenRow extends HeadRow {
  readonly id: number;
  readonly domain: string;
  readonly chain: Buffer;
  readonly state: number;
  readonly recipient_key: string;
}

type AddResult = Added & { readonly superseded: readonly SupersededDelivery[] };

/** Adds a message and supersedes what it makes pointless. @throws TryAgain, StoreUnavailable. */
export async function addSubmission(
  session: Session,
  submission: Submission,
  { idempotencyKey, now, dueAt }: AddOptions,
): Promise<AddResult> {
  const { originator, originatorKey, method, uid, instance, text, expiresAt, recipients } = submission;
  const [inserted] = await session.rows<{ id: number }>(insertSubmission, [
    ...([idempotencyKey ?? null, originator, method, uid, instance, text] as const),
    ...([recipients.length, now, expiresAt] as const),
  ]);
  if (!inserted) return repeated(session, idempotencyKey ?? '');
  const chains = recipients.map((recipient) => chainOf(originatorKey, recipient.key, uid));
  const { left, gone } = await supersedeIn(session, chains, { submission, id: inserted.id, now });

  const domains = recipients.map((recipient) => recipient.domain ?? '');
  await openLanes(session, domains);
  const blocked = chains.map((chain) => (left.some((older) => older.chain.equals(chain)) ? 1 : 0));
  await beforeAdding(session, domains, dueAt);
  const ids = await session.rows<{ id: number }>(insertDeliveries, [
    ...([inserted.id, dueAt, now, recipients.map(({ address }) => address), recipients.map(({ key }) => key)] as const),
    ...([domains, chains, blocked] as const),
  ]);
  const freed = await straightenChains(
    session,
    left.map((older) => older.chain),
  );
  await refreshEnds(
    session,
    gone.map((older) => older.submission_id),
    now,
  );
  const late = await session.rows<{ domain: string }>(dueLater, [domains, dueAt]);
  await refreshDomains(session, [...freed, ...[...gone, ...late].map((row) => row.domain)]);
  return {
    ...addedOf(
      inserted.id,
      ids.map((row) => row.id),
    ),
    repeated: false,
    superseded: gone.map((older) => ({
      delivery: String(older.id) as DeliveryId,
      submission: submissionHead(older),
      recipient: older.recipient_key,
    })),
  };
}

async function repeated(session: Session, idempotencyKey: string): Promise<AddResult> {
  const rows = await session.rows<{ submission_id: number; id: number }>(known, [idempotencyKey]);
  const added = addedOf(
    rows[0]?.submission_id ?? -1,
    rows.map((row) => row.id),
  );
  return { ...added, repeated: true, superseded: [] };
}

function addedOf(id: number, deliveries: readonly number[]): Omit<Added, 'repeated'> {
  const inOrder = deliveries.toSorted((one, other) => one - other);
  return { id: String(id) as SubmissionId, deliveries: inOrder.map((delivery) => String(delivery) as DeliveryId) };
}

async function supersedeIn(
  session: Session,
  chains: readonly Buffer[],
  { submission, id, now }: { readonly submission: Submission; readonly id: number; readonly now: number },
): Promise<{ readonly left: readonly OpenRow[]; readonly gone: readonly OpenRow[] }> {
  const [, older] = await Promise.all([holdChains(session, chains), session.rows<OpenRow>(openInChains, [chains])]);
  const pointless = older.filter((row) => isPointless(row, submission));
  const gone = pointless.filter((row) => row.state !== stateNumber('leased'));
  const underWay = pointless.filter((row) => row.state === stateNumber('leased')).map((row) => row.id);
  if (gone.length > 0) await session.change(supersede, [gone.map((row) => row.id), `by submission ${id}`, now]);
  if (underWay.length > 0) await session.change(doubt, [underWay]);
  return { left: older.filter((row) => !gone.includes(row)), gone };
}

function isPointless(older: OpenRow, { supersedes, instance }: Submission): boolean {
  return supersedes.methods.includes(older.method) && (supersedes.instances === 'all' || older.instance === instance);
}

/**
 * Many may add to a domain at once, as long as nobody has to write down that it is due earlier: who leases waits until they
 * have ended, and sees what they have added.
 */
async function beforeAdding(session: Session, domains: readonly string[], dueAt: number): Promise<void> {
  const later = new Set(
    (await session.rows<{ domain: string }>(dueLater, [domains, dueAt])).map(({ domain }) => domain),
  );
  const shared = domains.filter((domain) => !later.has(domain));
  await holdAll(session, 'queue domain', [...later]);
  if (shared.length === 0) return;
  const [, now] = await Promise.all([
    shareThese(session, 'queue domain', shared),
    session.rows(dueLater, [shared, dueAt]),
  ]);
  if (now.length > 0) throw new TryAgain('conflict', { cause: new Error('a lane became due later meanwhile') });
}

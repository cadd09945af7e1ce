import type { EpochMs } from '@isched/values';
import {
  type Batch,
  type DeliveryId,
  type Lane,
  type Lease,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
} from '../../ports/delivery-queue.ts';
import { type HeadRow, idNumber, recipientOf, submissionHead } from '../store-rows/queue-rows.ts';
import { holdAll, tryToHold } from './locks.ts';
import { followUp, holdChains, refreshDomains } from './queue-books.ts';
import { type Session, statement } from './session.ts';

const fullLanes = statement('full_lanes', 'SELECT lane FROM leases GROUP BY lane HAVING count(*) >= $1');
const nextLane = statement(
  'next_lane',
  `SELECT lane FROM queue_domains WHERE next_due IS NOT NULL AND next_due <= $1 AND lane <> ALL ($2::text[])
   ORDER BY next_due, lane LIMIT 1`,
);
const inLane = statement('leases_in_lane', 'SELECT count(*) AS count FROM leases WHERE lane = $1');
const firstDomain = statement(
  'first_domain',
  `SELECT domain FROM queue_domains WHERE lane = $1 AND next_due IS NOT NULL AND next_due <= $2
     AND domain <> ALL ($3::text[])
   ORDER BY next_due, domain LIMIT 1`,
);
const firstReady = statement(
  'first_ready',
  `SELECT submission_id FROM deliveries WHERE domain = $1 AND state = 0 AND blocked = 0 AND due_at <= $2
   ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
);
const companions = statement(
  'companions',
  `SELECT d.id, d.recipient, d.recipient_key, d.domain, d.tries, d.due_at
   FROM deliveries d JOIN queue_domains n ON n.domain = d.domain
   WHERE d.submission_id = $1 AND d.state = 0 AND d.blocked = 0 AND d.due_at <= $2 AND n.lane = $3
   ORDER BY d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED`,
);
const submissionOf = statement(
  'submission',
  `SELECT id AS submission_id, originator, method, uid, instance, added_at, expires_at, text, recipients
   FROM submissions WHERE id = $1`,
);
const insertLease = statement('add_lease', 'INSERT INTO leases (node, lane, until) VALUES ($1, $2, $3) RETURNING id');
const take = statement(
  'take_deliveries',
  'UPDATE deliveries SET state = 1, lease_id = $2, changed_at = $3 WHERE id = ANY ($1::bigint[])',
);
const elsewhere = statement(
  'others_wait',
  `SELECT 1 FROM deliveries d JOIN queue_domains n ON n.domain = d.domain
   WHERE d.submission_id = $1 AND d.state <= 2 AND n.lane <> $2 LIMIT 1`,
);
const renew = statement('renew_lease', 'UPDATE leases SET until = $2 WHERE id = $1 AND until > $3');
const expired = statement(
  'expired_leases',
  'SELECT id FROM leases WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED',
);
const heldBy = statement('held_by_leases', 'SELECT chain FROM deliveries WHERE lease_id = ANY ($1::bigint[])');
const giveBack = statement(
  'give_back',
  `UPDATE deliveries SET state = CASE pointless WHEN 1 THEN 7 ELSE 0 END, lease_id = NULL, changed_at = $2,
     reason = CASE pointless WHEN 1 THEN 'superseded' ELSE reason END, pointless = 0
   WHERE lease_id = ANY ($1::bigint[]) RETURNING domain, chain, submission_id`,
);
const removeLeases = statement('remove_leases', 'DELETE FROM leases WHERE id = ANY ($1::bigint[])');

interface ReadyRow {
  readonly id: number;
  readonly recipient: string;
  readonly recipient_key: string;
  readonly domain: string;
  readonly tries: number;
  readonly due_at: number;
}

interface SubmissionRow extends HeadRow {
  readonly text: string | null;
  readonly recipients: number;
}

/** Leases that ran out, ended in one go: the rest is the next one's. */
const expiredAtOnce = 200;

/**
 * Leases what is due. A lane in which another node is leasing at this moment is left to it, unless there is nothing else
 * to do: then it is waited for, that what the other leaves is not forgotten.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function leaseBatches(session: Session, wish: LeaseWish): Promise<readonly Batch[]> {
  await expire(session, wish.now);
  const full = await session.rows<{ lane: string }>(fullLanes, [wish.perLane]);
  const done = new Set<string>([...wish.skipLanes, ...full.map(({ lane }) => lane)]);
  const busy: Lane[] = [];
  const batches: Batch[] = [];
  const leaseHere = async (lane: Lane): Promise<void> => {
    batches.push(...(await leaseFrom(session, lane, { ...wish, limit: wish.limit - batches.length })));
  };
  while (batches.length < wish.limit) {
    const [next] = await session.rows<{ lane: Lane }>(nextLane, [wish.now, [...done]]);
    if (!next) break;
    done.add(next.lane);
    if (await tryToHold(session, 'queue lane', next.lane)) await leaseHere(next.lane);
    else busy.push(next.lane);
  }
  for (const lane of busy) {
    if (batches.length > 0) break;
    await holdAll(session, 'queue lane', [lane]);
    await leaseHere(lane);
  }
  return batches;
}

async function leaseFrom(session: Session, lane: Lane, wish: LeaseWish): Promise<readonly Batch[]> {
  const [leased] = await session.rows<{ count: number }>(inLane, [lane]);
  const capacity = Math.min(wish.limit, wish.perLane - (leased?.count ?? 0));
  const batches: Batch[] = [];
  const passedOver: string[] = [];
  while (batches.length < capacity) {
    const [first] = await session.rows<{ domain: string }>(firstDomain, [lane, wish.now, passedOver]);
    if (!first) break;
    const batch = await takeBatch(session, { domain: first.domain, lane }, wish);
    if (batch) batches.push(batch);
    else passedOver.push(first.domain); // somebody is changing what is due there
  }
  return batches;
}

async function takeBatch(
  session: Session,
  { domain, lane }: { readonly domain: string; readonly lane: Lane },
  { node, now, until, perBatch }: LeaseWish,
): Promise<Batch | undefined> {
  const [, [head]] = await Promise.all([
    holdAll(session, 'queue domain', [domain]),
    session.rows<{ submission_id: number }>(firstReady, [domain, now]),
  ]);
  if (!head) {
    await refreshDomains(session, [domain]);
    return undefined;
  }
  const id = head.submission_id;
  const [[submission], rows, [lease]] = await Promise.all([
    session.rows<SubmissionRow>(submissionOf, [id]),
    session.rows<ReadyRow>(companions, [id, now, lane, perBatch]),
    session.rows<{ id: number }>(insertLease, [node, lane, until]),
  ]);
  if (!submission || !lease) throw new TypeError(`the queue's book of ${domain} is wrong`);
  const ids = rows.map((row) => row.id);
  const [, , others] = await Promise.all([
    session.change(take, [ids, lease.id, now]),
    refreshDomains(session, new Set(rows.map((row) => row.domain))),
    rows.length < submission.recipients ? session.rows(elsewhere, [id, lane]) : [],
  ]);
  return {
    lease: { token: String(lease.id) as LeaseToken, node, until },
    lane,
    submission: { ...submissionHead(submission), text: submission.text ?? '' },
    deliveries: rows.map((row) => ({
      id: String(row.id) as DeliveryId,
      recipient: recipientOf(row),
      tries: row.tries,
      dueAt: row.due_at as EpochMs,
    })),
    othersWait: others.length > 0,
  };
}

/** Makes a lease last longer. @throws LeaseLost, TryAgain, StoreUnavailable. */
export async function renewLease(
  session: Session,
  lease: Lease,
  { now, until }: { readonly now: EpochMs; readonly until: EpochMs },
): Promise<Lease> {
  const renewed = await session.change(renew, [idNumber(lease.token), until, now]);
  if (renewed !== 1) throw new LeaseLost('the lease ran out');
  return { ...lease, until };
}

async function expire(session: Session, now: number): Promise<void> {
  const leases = (await session.rows<{ id: number }>(expired, [now, expiredAtOnce])).map(({ id }) => id);
  if (leases.length === 0) return;
  const held = await session.rows<{ chain: Buffer }>(heldBy, [leases]);
  await holdChains(
    session,
    held.map(({ chain }) => chain),
  );
  const rows = await session.rows<{ domain: string; chain: Buffer; submission_id: number }>(giveBack, [leases, now]);
  await session.change(removeLeases, [leases]);
  await followUp(session, rows, now);
}

import type { EpochMs } from '@isched/values';
import {
  type Batch,
  type DeliveryId,
  type Lane,
  type LaneTrouble,
  type Lease,
  type LeasedDelivery,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
} from '../../ports/delivery-queue.ts';
import {
  type HeadRow,
  idNumber,
  laneRoom,
  readTrouble,
  recipientOf,
  submissionHead,
} from '../store-rows/queue-rows.ts';
import { holdAll, tryToHold, tryToHoldEach } from './locks.ts';
import { followUp, holdChains, noteReady, type QueueWork, type ReadyColumns } from './queue-books.ts';
import { refreshHeld } from './queue-domains.ts';
import { type Session, statement } from './session.ts';

const fullLanes = statement('full_lanes', 'SELECT lane FROM leases GROUP BY lane HAVING count(*) >= $1');
const laneDue = 'greatest(next_due, paused_until)';
const nextLanes = statement(
  'next_lanes',
  `SELECT lane FROM queue_domains WHERE next_due IS NOT NULL AND ${laneDue} <= $1 AND lane <> ALL ($2::text[])
   ORDER BY ${laneDue}, lane LIMIT $3`,
);
const inLane = statement(
  'leases_in_lane',
  `SELECT (SELECT count(*) FROM leases WHERE lane = $1) AS count, t.failures, t.pause_ms, t.paused_until
   FROM (VALUES (1)) AS one LEFT JOIN lane_troubles t ON t.lane = $1`,
);
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
   WHERE lease_id = ANY ($1::bigint[]) RETURNING domain, chain, submission_id, due_at, state, blocked`,
);
const removeLeases = statement('remove_leases', 'DELETE FROM leases WHERE id = ANY ($1::bigint[])');

interface LaneRow {
  readonly count: number;
  /** Null: no trouble. */
  readonly failures: number | null;
  readonly pause_ms: number | null;
  readonly paused_until: number | null;
}

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

/** One call of `lease`: it waits for others only while it holds nothing that they may wait for. */
interface Leasing {
  readonly work: QueueWork;
  readonly wish: LeaseWish;
  mayWait: boolean;
}

/**
 * Leases what is due. A lane in which another node is leasing at this moment is left to it, unless there is nothing else
 * to do: then it is waited for, that what the other leaves is not forgotten.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function leaseBatches(work: QueueWork, wish: LeaseWish): Promise<readonly Batch[]> {
  const { session } = work;
  const leasing: Leasing = { work, wish, mayWait: !(await expire(work, wish.now)) };
  await work.domains.write();
  const full = await session.rows<{ lane: string }>(fullLanes, [wish.perLane]);
  const done = new Set<Lane>([...wish.skipLanes, ...full.map(({ lane }) => lane as Lane)]);
  const busy: Lane[] = [];
  const batches: Batch[] = [];
  while (batches.length < wish.limit) {
    const lanes = await findLanes(leasing, done, wish.limit - batches.length);
    if (lanes.length === 0) break;
    const free = await tryToHoldEach(session, 'queue lane', lanes);
    for (const lane of lanes) {
      done.add(lane);
      if (!free.includes(lane)) busy.push(lane);
    }
    const mine = lanes.filter((lane) => free.includes(lane));
    batches.push(...(await leaseFromEach(leasing, mine, wish.limit - batches.length)));
  }
  const [first] = busy;
  if (first === undefined || batches.length > 0 || !leasing.mayWait) return batches;
  await holdAll(session, 'queue lane', [first]);
  return leaseFrom(leasing, first, wish.limit);
}

/** Lanes that have waited longest; as many as may each give all they have. */
async function findLanes({ work, wish }: Leasing, done: ReadonlySet<Lane>, room: number): Promise<readonly Lane[]> {
  const count = Math.max(1, Math.floor(room / wish.perLane));
  const rows = await work.session.rows<{ lane: Lane }>(nextLanes, [wish.now, [...done], count]);
  return [...new Set(rows.map(({ lane }) => lane))];
}

/** The first may have to wait for others; then all the rest at once, their statements one behind the other. */
async function leaseFromEach(leasing: Leasing, lanes: readonly Lane[], room: number): Promise<readonly Batch[]> {
  const [first, ...others] = lanes;
  if (first === undefined) return [];
  const batches = [...(await leaseFrom(leasing, first, room))];
  const left = Math.floor((room - batches.length) / Math.max(1, others.length));
  for (const found of await Promise.all(others.map((lane) => leaseFrom(leasing, lane, left)))) batches.push(...found);
  return batches;
}

async function leaseFrom(leasing: Leasing, lane: Lane, limit: number): Promise<readonly Batch[]> {
  const { session } = leasing.work;
  const [[leased], firstRows] = await Promise.all([
    session.rows<LaneRow>(inLane, [lane]),
    session.rows<{ domain: string }>(firstDomain, [lane, leasing.wish.now, []]),
  ]);
  const trouble = leased && laneTrouble(leased);
  if (trouble?.pausedUntil !== undefined && trouble.pausedUntil > leasing.wish.now) {
    leasing.work.domains.pause(lane, trouble.pausedUntil);
    return [];
  }
  const capacity = Math.min(limit, laneRoom(leasing.wish.perLane, trouble) - (leased?.count ?? 0));
  const batches: Batch[] = [];
  const passedOver: string[] = [];
  let [first] = firstRows;
  while (batches.length < capacity && first) {
    const batch = await takeBatch(leasing, first.domain, lane);
    if (batch) batches.push({ ...batch, ...(trouble && { trouble }) });
    else passedOver.push(first.domain); // somebody is changing what is due there
    if (batches.length < capacity)
      [first] = await session.rows<{ domain: string }>(firstDomain, [lane, leasing.wish.now, passedOver]);
  }
  return batches;
}

function laneTrouble({ failures, pause_ms, paused_until }: LaneRow): LaneTrouble | undefined {
  return failures === null || pause_ms === null ? undefined : readTrouble({ failures, pause_ms, paused_until });
}

/** The first one is waited for; while one is held, another that somebody is adding to is left for the next time. */
async function holdDomain(leasing: Leasing, domain: string): Promise<boolean> {
  const { session } = leasing.work;
  if (!leasing.mayWait) return tryToHold(session, 'queue domain', domain);
  leasing.mayWait = false;
  await holdAll(session, 'queue domain', [domain]);
  return true;
}

async function takeBatch(leasing: Leasing, domain: string, lane: Lane): Promise<Batch | undefined> {
  const { work, wish } = leasing;
  const { session } = work;
  const { node, now, until, perBatch } = wish;
  const [isHeld, [head]] = await Promise.all([
    holdDomain(leasing, domain),
    session.rows<{ submission_id: number }>(firstReady, [domain, now]), // goes out behind the lock
  ]);
  if (!isHeld) return undefined;
  if (!head) {
    await refreshHeld(session, [domain]);
    return undefined;
  }
  const id = head.submission_id;
  const [[submission], rows, [lease]] = await Promise.all([
    session.rows<SubmissionRow>(submissionOf, [id]),
    session.rows<ReadyRow>(companions, [id, now, lane, perBatch]),
    session.rows<{ id: number }>(insertLease, [node, lane, until]),
  ]);
  if (!submission || !lease) throw new TypeError(`the queue's book of ${domain} is wrong`);
  const others = rows.map((row) => row.domain).filter((each) => each !== domain);
  const held = others.length === 0 ? [] : await tryToHoldEach(session, 'queue domain', others);
  const [, , elsewhereToo] = await Promise.all([
    session.change(take, [rows.map((row) => row.id), lease.id, now]),
    refreshHeld(session, [domain, ...held]),
    rows.length < submission.recipients ? session.rows(elsewhere, [id, lane]) : [],
  ]);
  return {
    lease: { token: String(lease.id) as LeaseToken, node, until },
    lane,
    submission: { ...submissionHead(submission), text: submission.text ?? '' },
    deliveries: rows.map(leasedDelivery),
    othersWait: elsewhereToo.length > 0,
  };
}

function leasedDelivery(row: ReadyRow): LeasedDelivery {
  return {
    id: String(row.id) as DeliveryId,
    recipient: recipientOf(row),
    tries: row.tries,
    dueAt: row.due_at as EpochMs,
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

/** Gives back what leases held that ran out. @returns whether there were any. */
async function expire(work: QueueWork, now: number): Promise<boolean> {
  const { session } = work;
  const leases = (await session.rows<{ id: number }>(expired, [now, expiredAtOnce])).map(({ id }) => id);
  if (leases.length === 0) return false;
  const held = await session.rows<{ chain: Buffer }>(heldBy, [leases]);
  const [, rows] = await Promise.all([
    holdChains(
      session,
      held.map(({ chain }) => chain),
    ),
    session.rows<ReadyColumns & { chain: Buffer; submission_id: number }>(giveBack, [leases, now]),
    session.change(removeLeases, [leases]),
  ]);
  noteReady(work.domains, rows);
  await followUp(work, rows, now);
  return true;
}

import type { EpochMs } from '@isched/values';
import type { DeliveryId } from '../../ports/delivery.ts';
import {
  type Batch,
  type Lease,
  type LeasedDelivery,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
  type SupersededDelivery,
} from '../../ports/delivery-queue.ts';
import type { Lane, LaneTrouble } from '../../ports/lane.ts';
import {
  type HeadRow,
  idNumber,
  laneRoom,
  readTrouble,
  recipientOf,
  stateNumber,
  submissionHead,
  supersededOf,
} from '../store-rows/queue-rows.ts';
import { holdAll, tryToHold, tryToHoldEach } from './locks.ts';
import { chainLock, followUp, noteReady, type QueueWork, type ReadyColumns } from './queue-books.ts';
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
const wrongDomains = statement(
  'wrong_domains',
  `SELECT q.domain FROM (SELECT domain FROM queue_domains
     WHERE next_due IS NOT NULL AND ${laneDue} <= $1 AND lane <> ALL ($2::text[]) ORDER BY ${laneDue}, domain LIMIT $3) AS q
   WHERE NOT EXISTS (SELECT FROM deliveries d
     WHERE d.domain = q.domain AND d.state = 0 AND d.blocked = 0 AND d.due_at <= $1)`,
);
const submissionOf = statement(
  'submission',
  `SELECT id AS submission_id, originator, method, uid, instance, added_at, expires_at, text, recipients
   FROM submissions WHERE id = $1`,
);
const take = statement(
  'take_deliveries',
  `WITH lease AS (INSERT INTO leases (node, lane, until) VALUES ($1, $2, $3) RETURNING id),
     taken AS (UPDATE deliveries SET state = 1, lease_id = (SELECT id FROM lease), changed_at = $4
               WHERE id = ANY ($5::bigint[]))
   SELECT id FROM lease`,
);
const elsewhere = statement(
  'others_wait',
  `SELECT 1 FROM deliveries d JOIN queue_domains n ON n.domain = d.domain
   WHERE d.submission_id = $1 AND d.state <= 2 AND n.lane <> $2 LIMIT 1`,
);
const renew = statement('renew_lease', 'UPDATE leases SET until = $2 WHERE id = $1 AND until > $3');
// A lease holds deliveries of one submission.
const expired = statement(
  'expired_leases',
  `SELECT l.id, n.count, s.uid
   FROM (SELECT id, until FROM leases WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED) AS l
   CROSS JOIN LATERAL (SELECT count(*) AS count, min(submission_id) AS submission_id
                       FROM deliveries WHERE lease_id = l.id) AS n
   LEFT JOIN submissions s ON s.id = n.submission_id ORDER BY l.until`,
);
const giveBack = statement(
  'give_back',
  `UPDATE deliveries SET state = CASE pointless WHEN 1 THEN 7 ELSE 0 END, lease_id = NULL, changed_at = $2,
     reason = CASE pointless WHEN 1 THEN 'superseded' ELSE reason END, pointless = 0
   WHERE lease_id = ANY ($1::bigint[]) RETURNING id, recipient_key, domain, chain, submission_id, due_at, state, blocked`,
);
const headsOf = statement(
  'heads_of_submissions',
  `SELECT id AS submission_id, originator, method, uid, instance, added_at, expires_at FROM submissions
   WHERE id = ANY ($1::bigint[])`,
);
const removeLeases = statement('remove_leases', 'DELETE FROM leases WHERE id = ANY ($1::bigint[])');

interface GivenBackRow extends ReadyColumns {
  readonly id: number;
  readonly recipient_key: string;
  readonly chain: Buffer;
  readonly submission_id: number;
}

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

/** Leases that ran out, ended in one go, and their deliveries, but for the first lease's: the rest is the next one's. */
const expiredAtOnce = 64;
const givenBackAtOnce = 1_000;
/** Lanes are looked for so often in one call at most. */
const mostRounds = 64;
/** Where domains turn out to have nothing due, so many of those that are first in line are put right at once, */
const correctedAtOnce = 1_000;
/** and so often in one call. */
const mostCorrections = 3;
/** Domains that others are adding to, passed over in one lane: the others are the next one's. */
const mostPassedOver = 8;

/** One call of `lease`: it waits for others only while it holds nothing that they may wait for. */
interface Leasing {
  readonly work: QueueWork;
  readonly wish: LeaseWish;
  mayWait: boolean;
  /** Lanes in which a domain's time was too early. */
  readonly wrong: Set<Lane>;
}

/**
 * Leases what is due. A lane in which another node is leasing at this moment is left to it, unless there is nothing else
 * to do: then it is waited for, that what the other leaves is not forgotten. What leases that ran out held is given back first;
 * where that fails, the rest goes on, and the failure is told when there is nothing else to lease.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function leaseBatches(work: QueueWork, wish: LeaseWish): Promise<readonly Batch[]> {
  const { session } = work;
  const expiry = await expire(work, wish);
  const leasing: Leasing = { work, wish, mayWait: !expiry.any, wrong: new Set() };
  await work.domains.write();
  const full = await session.rows<{ lane: string }>(fullLanes, [wish.perLane]);
  const done = new Set<Lane>([...wish.skipLanes, ...full.map(({ lane }) => lane as Lane)]);
  const { batches, busy } = await leaseInRounds(leasing, done);
  if (batches.length > 0) return batches;
  if (expiry.failure !== undefined) throw expiry.failure;
  if (busy === undefined || !leasing.mayWait) return [];
  await holdAll(session, 'queue lane', [busy]);
  return leaseFrom(leasing, busy, wish.limit);
}

interface Leased {
  readonly batches: readonly Batch[];
  /** The first lane that others are leasing from. */
  readonly busy: Lane | undefined;
}

/** Looks for lanes until there are batches enough; each lane once, unless its domains had to be put right. */
async function leaseInRounds(leasing: Leasing, done: Set<Lane>): Promise<Leased> {
  const { work, wish, wrong } = leasing;
  const busy: Lane[] = [];
  const batches: Batch[] = [];
  for (let round = 0, corrections = 0; round < mostRounds && batches.length < wish.limit; round++) {
    const lanes = await findLanes(leasing, done, wish.limit - batches.length);
    if (lanes.length === 0) break;
    const free = await tryToHoldEach(work.session, 'queue lane', lanes);
    for (const lane of lanes) {
      done.add(lane);
      if (!free.includes(lane)) busy.push(lane);
    }
    const mine = lanes.filter((lane) => free.includes(lane));
    batches.push(...(await leaseFromEach(leasing, mine, wish.limit - batches.length)));
    if (wrong.size === 0) continue;
    if (corrections++ >= mostCorrections) break;
    for (const lane of wrong) done.delete(lane);
    wrong.clear();
    await putDomainsRight(leasing, done);
  }
  return { batches, busy: busy[0] };
}

/** Domains that are first in line though nothing of them is due: all at once, but for those that somebody is adding to. */
async function putDomainsRight({ work, wish }: Leasing, done: ReadonlySet<Lane>): Promise<void> {
  const { session } = work;
  const rows = await session.rows<{ domain: string }>(wrongDomains, [wish.now, [...done], correctedAtOnce]);
  const names = rows.map(({ domain }) => domain);
  if (names.length > 0) await refreshHeld(session, await tryToHoldEach(session, 'queue domain', names));
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
  while (batches.length < capacity && first && passedOver.length < mostPassedOver && !leasing.wrong.has(lane)) {
    const batch = await takeBatch(leasing, first.domain, lane);
    if (batch) batches.push({ ...batch, ...(trouble && { trouble }) });
    else passedOver.push(first.domain); // somebody is changing what is due there, or has moved it
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
    if ((await refreshHeld(session, [domain])) > 0) leasing.wrong.add(lane);
    return undefined;
  }
  const id = head.submission_id;
  const [[submission], rows] = await Promise.all([
    session.rows<SubmissionRow>(submissionOf, [id]),
    session.rows<ReadyRow>(companions, [id, now, lane, perBatch]),
  ]);
  if (!submission) throw new TypeError(`the queue's book of ${domain} is wrong`);
  if (rows.length === 0) return undefined; // while we waited for the domain it got another lane
  const others = rows.map((row) => row.domain).filter((each) => each !== domain);
  const held = others.length === 0 ? [] : await tryToHoldEach(session, 'queue domain', others);
  const [[lease], , elsewhereToo] = await Promise.all([
    session.rows<{ id: number }>(take, [node, lane, until, now, rows.map((row) => row.id)]),
    refreshHeld(session, [domain, ...held]),
    rows.length < submission.recipients ? session.rows(elsewhere, [id, lane]) : [],
  ]);
  if (!lease) throw new TypeError('a lease was not kept');
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

interface ExpiredRow {
  readonly id: number;
  readonly count: number;
  /** Null: it holds nothing. */
  readonly uid: string | null;
}

interface Expiry {
  readonly any: boolean;
  readonly failure: unknown;
}

/** Gives back what leases held that ran out, but for those whose chains others are changing: it waits for nobody. */
async function expire(work: QueueWork, wish: LeaseWish): Promise<Expiry> {
  const { session } = work;
  const found = await session.rows<ExpiredRow>(expired, [wish.now, expiredAtOnce]);
  if (found.length === 0) return { any: false, failure: undefined };
  return { any: true, failure: await session.attempt(() => giveBackSome(work, found, wish)) };
}

async function giveBackSome(
  work: QueueWork,
  found: readonly ExpiredRow[],
  { now, superseded }: LeaseWish,
): Promise<void> {
  const { session } = work;
  const few = firstFew(found);
  const free = await tryToHoldEach(
    session,
    chainLock,
    few.flatMap(({ uid }) => uid ?? []),
  );
  const leases = few.filter(({ uid }) => uid === null || free.includes(uid)).map(({ id }) => id);
  if (leases.length === 0) return;
  const [rows] = await Promise.all([
    session.rows<GivenBackRow>(giveBack, [leases, now]),
    session.change(removeLeases, [leases]),
  ]);
  noteReady(work.domains, rows);
  await followUp(work, rows, now);
  const gone = rows.filter((row) => row.state === stateNumber('superseded'));
  if (gone.length > 0) superseded?.(await withHeads(session, gone));
}

async function withHeads(session: Session, rows: readonly GivenBackRow[]): Promise<readonly SupersededDelivery[]> {
  const found = await session.rows<HeadRow>(headsOf, [[...new Set(rows.map((row) => row.submission_id))]]);
  const heads = new Map(found.map((head) => [head.submission_id, head]));
  return rows.flatMap((row) => {
    const head = heads.get(row.submission_id);
    return head ? [supersededOf({ ...row, ...head })] : [];
  });
}

function firstFew(found: readonly ExpiredRow[]): readonly ExpiredRow[] {
  let deliveries = 0;
  return found.filter(({ count }, index) => (deliveries += count) <= givenBackAtOnce || index === 0);
}

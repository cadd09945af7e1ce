import type { DeliveryId } from '../../ports/delivery.ts';
import {
  type Batch,
  type Lease,
  LeaseLost,
  type LeaseToken,
  type LeaseWish,
  type SupersededDelivery,
} from '../../ports/delivery-queue.ts';
import type { Lane } from '../../ports/lane.ts';
import type { EpochMs } from '@isched/values';
import type { QueueParts } from './queue.ts';
import type { DueLane } from './queue-lanes.ts';
import {
  type HeadRow,
  idNumber,
  laneRoom,
  recipientOf,
  submissionHead,
  supersededOf,
} from '../store-rows/queue-rows.ts';

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

export interface Leasing {
  lease(wish: LeaseWish): readonly Batch[];
  /** @throws LeaseLost. */
  renew(lease: Lease, terms: { readonly now: EpochMs; readonly until: EpochMs }): Lease;
}

/** Lanes looked at together. */
const lanesAtOnce = 64;
/** Leases that ran out, ended in one go, and about so many of their deliveries: the rest is the next one's. */
const expiredAtOnce = 64;
const givenBackAtOnce = 1_000;

/** Prepares the statements once. */
export function prepareLeasing(parts: QueueParts): Leasing {
  const { database, lanes } = parts;
  const inLane = database.prepare<[string], number>('SELECT count(*) FROM leases WHERE lane = ?').pluck();
  const renew = database.prepare<[number, number, number]>('UPDATE leases SET until = ? WHERE id = ? AND until > ?');
  const expire = prepareExpire(parts);
  const takeBatch = prepareTakeBatch(parts);

  const fromLane = (lane: Lane, wish: LeaseWish, room: number): readonly Batch[] => {
    const batches: Batch[] = [];
    const trouble = lanes.troubleOf(lane);
    const capacity = Math.min(room, laneRoom(wish.perLane, trouble) - (inLane.get(lane) ?? 0));
    while (batches.length < capacity) {
      const domain = lanes.firstDomain(lane, wish.now);
      if (domain === undefined) break;
      batches.push({ ...takeBatch(domain, lane, wish), ...(trouble && { trouble }) });
    }
    return batches;
  };
  return {
    lease(wish) {
      const superseded = expire(wish.now);
      if (superseded.length > 0) wish.superseded?.(superseded);
      const skip = new Set<string>(wish.skipLanes);
      const batches: Batch[] = [];
      let after: DueLane | undefined;
      while (batches.length < wish.limit) {
        const due = lanes.due(wish.now, after, lanesAtOnce);
        for (const { lane } of due) {
          if (!skip.has(lane)) batches.push(...fromLane(lane as Lane, wish, wish.limit - batches.length));
        }
        after = due.at(-1);
        if (due.length < lanesAtOnce) break;
      }
      return batches;
    },
    renew(lease, { now, until }) {
      if (renew.run(until, idNumber(lease.token), now).changes !== 1) throw new LeaseLost('the lease ran out');
      return { ...lease, until };
    },
  };
}

function prepareTakeBatch({ database, lanes }: QueueParts): (domain: string, lane: Lane, wish: LeaseWish) => Batch {
  const first = database
    .prepare<[string, number], number>(
      `SELECT submission_id FROM deliveries
       WHERE domain = ? AND state = 0 AND blocked = 0 AND lease_id IS NULL AND due_at <= ?
       ORDER BY due_at, id LIMIT 1`,
    )
    .pluck();
  const companions = database.prepare<[number, number, string, number], ReadyRow>(
    `SELECT d.id, d.recipient, d.recipient_key, d.domain, d.tries, d.due_at
     FROM deliveries d INDEXED BY deliveries_submission JOIN queue_domains n ON n.domain = d.domain
     WHERE d.submission_id = ? AND d.state = 0 AND d.blocked = 0 AND d.lease_id IS NULL AND d.due_at <= ? AND n.lane = ?
     ORDER BY d.id LIMIT ?`,
  );
  const submissionOf = database.prepare<[number], SubmissionRow>(
    `SELECT s.id AS submission_id, s.originator, s.method, s.uid, s.instance, s.added_at, s.expires_at, t.text, s.recipients
     FROM submissions s LEFT JOIN submission_texts t ON t.submission_id = s.id WHERE s.id = ?`,
  );
  const insertLease = database.prepare<[string, string, number]>(
    'INSERT INTO leases (node, lane, until) VALUES (?, ?, ?)',
  );
  const take = database.prepare<[number, number, number]>(
    'UPDATE deliveries SET lease_id = ?, changed_at = ? WHERE id = ?',
  );
  const elsewhere = database
    .prepare<[number, string], number>(
      `SELECT 1 FROM deliveries d JOIN queue_domains n ON n.domain = d.domain
       WHERE d.submission_id = ? AND d.state <= 2 AND n.lane <> ? LIMIT 1`,
    )
    .pluck();

  return (domain, lane, { node, now, until, perBatch }) => {
    const id = first.get(domain, now);
    const submission = id === undefined ? undefined : submissionOf.get(id);
    if (id === undefined || !submission) throw new TypeError(`the queue's book of ${domain} is wrong`);
    const rows = companions.all(id, now, lane, perBatch);
    const lease = Number(insertLease.run(node, lane, until).lastInsertRowid);
    for (const row of rows) take.run(lease, now, row.id);
    for (const touched of new Set(rows.map((row) => row.domain))) lanes.refresh(touched);
    return {
      lease: { token: String(lease) as LeaseToken, node, until },
      lane,
      submission: { ...submissionHead(submission), text: submission.text ?? '' },
      deliveries: rows.map((row) => ({
        id: String(row.id) as DeliveryId,
        recipient: recipientOf(row),
        tries: row.tries,
        dueAt: row.due_at as EpochMs,
      })),
      othersWait: rows.length < submission.recipients && elsewhere.get(id, lane) === 1,
    };
  };
}

interface HeldRow extends HeadRow {
  readonly id: number;
  readonly recipient_key: string;
  readonly domain: string;
  readonly pointless: number;
}

/** @returns what ends leases that ran out, and answers what became superseded. */
function prepareExpire({ database, lanes, chains, ends }: QueueParts): (now: number) => readonly SupersededDelivery[] {
  const expired = database
    .prepare<[number, number], number>('SELECT id FROM leases WHERE until <= ? ORDER BY until LIMIT ?')
    .pluck();
  const held = database.prepare<[number], HeldRow>(
    `SELECT d.id, d.recipient_key, d.domain, d.pointless, d.submission_id,
       s.originator, s.method, s.uid, s.instance, s.added_at, s.expires_at
     FROM deliveries d JOIN submissions s ON s.id = d.submission_id WHERE d.lease_id = ?`,
  );
  const giveBack = database.prepare<[number, number]>(
    `UPDATE deliveries SET state = iif(pointless = 1, 7, state), lease_id = NULL, changed_at = ?,
       reason = iif(pointless = 1, 'superseded', reason), pointless = 0 WHERE lease_id = ?`,
  );
  const remove = database.prepare<[number]>('DELETE FROM leases WHERE id = ?');
  return (now) => {
    const superseded: SupersededDelivery[] = [];
    let givenBack = 0;
    for (const lease of expired.all(now, expiredAtOnce)) {
      const rows = held.all(lease);
      if (givenBack > 0 && givenBack + rows.length > givenBackAtOnce) break;
      givenBack += rows.length;
      giveBack.run(now, lease);
      remove.run(lease);
      for (const row of rows) {
        chains.straighten(row.id);
        if (row.pointless !== 1) continue;
        ends.refresh(row.submission_id, now);
        superseded.push(supersededOf(row));
      }
      for (const row of rows) lanes.refresh(row.domain);
    }
    return superseded;
  };
}

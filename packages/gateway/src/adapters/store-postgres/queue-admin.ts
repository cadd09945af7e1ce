import type { DeliveryId, DeliveryState, QueuedDelivery } from '../../ports/delivery.ts';
import type { QueueAdmin, QueueFilter, Retried } from '../../ports/queue-admin.ts';
import type { SupersedesOf } from '../../ports/submission.ts';
import { Chosen } from '../store-rows/chosen.ts';
import { type DeliveryRow, namesBeside, queuedDelivery, stateNumber } from '../store-rows/queue-rows.ts';
import { followUp, holdChains, holdSubmissions, noteReady, type QueueWork, type ReadyColumns } from './queue-books.ts';
import { forgetUnused } from './queue-domains.ts';
import { findLeftOut } from './queue-left-out.ts';
import { queueView, selectDeliveries } from './queue-view.ts';
import { type Session, statement } from './session.ts';

const update = statement(
  'change_deliveries',
  `UPDATE deliveries SET state = $2, due_at = coalesce($3, due_at), changed_at = $4, reason = coalesce($5, reason)
   WHERE id = ANY ($1::bigint[]) AND state = ANY ($6::smallint[]) RETURNING id, chain, domain, submission_id, due_at, state, blocked`,
);
const holdOpen = statement(
  'hold_open_in_chains',
  'SELECT id FROM deliveries WHERE chain = ANY ($1::bytea[]) AND state <= 2 ORDER BY id FOR UPDATE',
);
const spare = statement(
  'spare_under_way',
  `UPDATE deliveries d SET pointless = 0, pointless_by = NULL FROM unnest($1::bytea[], $2::bigint[]) AS n (chain, submission_id)
   WHERE d.chain = n.chain AND d.state <= 2 AND d.state = 1 AND d.pointless_by = n.submission_id`,
);
const prolong = statement(
  'prolong_submission',
  'UPDATE submissions SET expires_at = $2, has_attempts = true WHERE id = ANY ($1::bigint[]) AND expires_at < $2',
);
const ended = `SELECT id FROM submissions WHERE ended_at IS NOT NULL AND ended_at < $1`;
const oldest = 'ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED';
const endedOnes = statement('ended_submissions', `${ended} ${oldest}`);
const deleteDeliveries = statement(
  'delete_deliveries',
  `DELETE FROM deliveries WHERE id IN
     (SELECT d.id FROM unnest($1::bigint[]) AS s (id) CROSS JOIN LATERAL
       (SELECT id FROM deliveries WHERE submission_id = s.id LIMIT $2) AS d LIMIT $2) RETURNING domain`,
);
const deleteSubmissions = statement(
  'delete_submissions',
  `DELETE FROM submissions s WHERE id = ANY ($1::bigint[])
     AND NOT EXISTS (SELECT FROM deliveries d WHERE d.submission_id = s.id)`,
);
const forgetTexts = statement(
  'forget_texts',
  `UPDATE submissions SET text = NULL WHERE id IN (${ended} AND text IS NOT NULL ${oldest})`,
);
const forgetTroubles = statement(
  'forget_troubles',
  `DELETE FROM lane_troubles WHERE lane IN
     (SELECT lane FROM lane_troubles t WHERE coalesce(paused_until, 0) < $1 AND NOT EXISTS
       (SELECT FROM queue_domains q WHERE q.lane = t.lane AND q.next_due IS NOT NULL) LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);
const triedOnes = statement('tried_submissions', `${ended} AND has_attempts ${oldest}`);
const forgetAttempts = statement(
  'forget_attempts',
  `UPDATE deliveries SET attempts = NULL WHERE id IN
     (SELECT d.id FROM unnest($1::bigint[]) AS s (id) CROSS JOIN LATERAL
       (SELECT id FROM deliveries WHERE submission_id = s.id AND attempts IS NOT NULL LIMIT $2) AS d LIMIT $2)`,
);
const markForgotten = statement(
  'mark_attempts',
  `UPDATE submissions s SET has_attempts = false WHERE id = ANY ($1::bigint[]) AND NOT EXISTS
     (SELECT FROM deliveries d WHERE d.submission_id = s.id AND d.attempts IS NOT NULL)`,
);

/** A delivery that was changed. */
export interface ChangedRow extends ReadyColumns {
  readonly id: number;
  readonly chain: Buffer;
  readonly submission_id: number;
}

interface Change {
  readonly filter: QueueFilter;
  readonly from: readonly DeliveryState[];
  readonly to: DeliveryState;
  readonly now: number;
  readonly limit: number;
  readonly dueAt?: number;
}

/** What operators do with the queue, in one piece of work. @throws nothing. */
export function queueAdmin(work: QueueWork): QueueAdmin {
  const { session } = work;
  return {
    ...queueView(session),
    retry: (filter, { now, limit, expiresAt, supersedesOf }) =>
      retry(
        work,
        { filter, from: ['waiting', 'dead'], to: 'waiting', now, limit, dueAt: now },
        { expiresAt, supersedesOf },
      ),
    hold: (filter, { now, limit }) => change(work, { filter, from: ['waiting'], to: 'held', now, limit }),
    release: (filter, { now, limit }) =>
      change(work, { filter, from: ['held'], to: 'waiting', now, limit, dueAt: now }),
    drop: (filter, { now, limit }) => change(work, { filter, from: ['waiting', 'held'], to: 'dropped', now, limit }),
    async forgetEnded(before, limit) {
      const ids = (await session.rows<{ id: number }>(endedOnes, [before, limit])).map(({ id }) => id);
      const [gone, submissions] = await Promise.all([
        session.rows<{ domain: string }>(deleteDeliveries, [ids, limit]),
        session.change(deleteSubmissions, [ids]),
      ]);
      const names = new Set(gone.map(({ domain }) => domain));
      await forgetUnused(session, [...names].flatMap(namesBeside));
      return Math.max(gone.length, submissions);
    },
    forgetTroubles: (before, limit) => session.change(forgetTroubles, [before, limit]),
    forgetTexts: (before, limit) => session.change(forgetTexts, [before, limit]),
    async forgetAttempts(before, limit) {
      const ids = (await session.rows<{ id: number }>(triedOnes, [before, limit])).map(({ id }) => id);
      const changes = [session.change(forgetAttempts, [ids, limit]), session.change(markForgotten, [ids])];
      return Math.max(...(await Promise.all(changes)));
    },
  };
}

async function change(work: QueueWork, change: Change): Promise<QueuedDelivery[]> {
  const states = statesOf(change);
  if (states.length === 0) return [];
  const { session } = work;
  const chosen = await selectDeliveries(session, { ...change.filter, states }, { limit: change.limit, after: 0 });
  const [, rows] = await Promise.all([
    holdChains(
      session,
      chosen.map((row) => row.uid),
    ),
    updateThose(session, chosen, change),
  ]);
  if (change.to === 'dropped') await spareWhatIsUnderWay(session, rows);
  noteReady(work.domains, rows);
  await followUp(work, rows, change.now);
  return asTheyAre(session, rows);
}

/** The chains, what may be leased of them at this moment, and the texts stay as they are from before the choice is made. */
async function retry(
  work: QueueWork,
  change: Change,
  { expiresAt, supersedesOf }: { readonly expiresAt: number; readonly supersedesOf: SupersedesOf },
): Promise<Retried> {
  const { session } = work;
  const chosen = new Chosen<DeliveryRow>(change.limit);
  for (const states = statesOf(change); states.length > 0 && !chosen.isFull; ) {
    const page = { limit: change.limit, after: chosen.last };
    const rows = await selectDeliveries(session, { ...change.filter, states }, page);
    const ids = rows.map((row) => row.id);
    chosen.take(rows, await findLeftOut(session, ids, supersedesOf));
  }
  await Promise.all([
    holdChains(
      session,
      chosen.rows.map((row) => row.uid),
    ),
    holdSubmissions(
      session,
      chosen.rows.map((row) => row.submission_id),
    ),
    session.rows(holdOpen, [chosen.rows.map((row) => row.chain)]),
  ]);
  const since = await findLeftOut(
    session,
    chosen.rows.map((row) => row.id),
    supersedesOf,
  );
  const kept = chosen.rows.filter((row) => !since.some(({ delivery }) => Number(delivery) === row.id));
  const rows = await updateThose(session, kept, change);
  noteReady(work.domains, rows);
  await followUp(work, rows, change.now);
  const changed = await asTheyAre(session, rows);
  await session.change(prolong, [rows.map((row) => row.submission_id), expiresAt]);
  const leftOut = [...chosen.leftOut, ...since].toSorted((one, other) => Number(one.delivery) - Number(other.delivery));
  return { changed, leftOut };
}

function statesOf({ filter, from }: Change): readonly DeliveryState[] {
  return filter.states ? from.filter((state) => filter.states?.includes(state)) : from;
}

function updateThose(session: Session, chosen: readonly DeliveryRow[], change: Change): Promise<readonly ChangedRow[]> {
  const { to, dueAt, now } = change;
  return session.rows<ChangedRow>(update, [
    ...([chosen.map((row) => row.id), stateNumber(to), dueAt ?? null, now] as const),
    ...([to === 'dropped' ? 'dropped' : null, statesOf(change).map(stateNumber)] as const), // who was faster counts
  ]);
}

/** It is not superseded by what is not sent. */
async function spareWhatIsUnderWay(session: Session, dropped: readonly ChangedRow[]): Promise<void> {
  await session.change(spare, [dropped.map((row) => row.chain), dropped.map((row) => row.submission_id)]);
}

/** Deliveries that were changed, oldest first. @throws TryAgain, StoreUnavailable. */
export async function asTheyAre(session: Session, rows: readonly { readonly id: number }[]): Promise<QueuedDelivery[]> {
  const ids = rows.map((row) => row.id).toSorted((one, other) => one - other);
  const found = await Promise.all(
    ids.map((id) => selectDeliveries(session, { delivery: String(id) as DeliveryId }, { limit: 1, after: 0 })),
  );
  return found.flat().map(queuedDelivery);
}

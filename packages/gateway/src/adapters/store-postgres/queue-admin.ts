import type { DeliveryId, DeliveryState, QueueAdmin, QueuedDelivery, QueueFilter } from '../../ports/delivery-queue.ts';
import { queuedDelivery, stateNumber } from '../store-rows/queue-rows.ts';
import { followUp, holdChains, noteReady, type QueueWork, type ReadyColumns } from './queue-books.ts';
import { queueView, selectDeliveries } from './queue-view.ts';
import { type Session, statement } from './session.ts';

const update = statement(
  'change_deliveries',
  `UPDATE deliveries SET state = $2, due_at = coalesce($3, due_at), changed_at = $4, reason = coalesce($5, reason)
   WHERE id = ANY ($1::bigint[]) AND state = ANY ($6::smallint[]) RETURNING id, chain, domain, submission_id, due_at, state, blocked`,
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
  'DELETE FROM deliveries WHERE submission_id = ANY ($1::bigint[])',
);
const deleteSubmissions = statement('delete_submissions', 'DELETE FROM submissions WHERE id = ANY ($1::bigint[])');
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
const markForgotten = statement(
  'mark_attempts',
  `UPDATE submissions SET has_attempts = false WHERE id IN (${ended} AND has_attempts ${oldest}) RETURNING id`,
);
const forgetAttempts = statement(
  'forget_attempts',
  'UPDATE deliveries SET attempts = NULL WHERE submission_id = ANY ($1::bigint[])',
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
    async retry(filter, { now, limit, expiresAt }) {
      const changed = await change(work, {
        filter,
        from: ['waiting', 'dead'],
        to: 'waiting',
        now,
        limit,
        dueAt: now,
      });
      await session.change(prolong, [changed.map(({ submission }) => Number(submission.id)), expiresAt]);
      return changed;
    },
    hold: (filter, { now, limit }) => change(work, { filter, from: ['waiting'], to: 'held', now, limit }),
    release: (filter, { now, limit }) =>
      change(work, { filter, from: ['held'], to: 'waiting', now, limit, dueAt: now }),
    drop: (filter, { now, limit }) => change(work, { filter, from: ['waiting', 'held'], to: 'dropped', now, limit }),
    async forgetEnded(before, limit) {
      const ids = (await session.rows<{ id: number }>(endedOnes, [before, limit])).map(({ id }) => id);
      await Promise.all([session.change(deleteDeliveries, [ids]), session.change(deleteSubmissions, [ids])]);
      return ids.length;
    },
    forgetTroubles: (before, limit) => session.change(forgetTroubles, [before, limit]),
    forgetTexts: (before, limit) => session.change(forgetTexts, [before, limit]),
    async forgetAttempts(before, limit) {
      const ids = (await session.rows<{ id: number }>(markForgotten, [before, limit])).map(({ id }) => id);
      await session.change(forgetAttempts, [ids]);
      return ids.length;
    },
  };
}

async function change(work: QueueWork, { filter, from, to, now, limit, dueAt }: Change): Promise<QueuedDelivery[]> {
  const states = filter.states ? from.filter((state) => filter.states?.includes(state)) : from;
  if (states.length === 0) return [];
  const { session } = work;
  const chosen = await selectDeliveries(session, { ...filter, states }, { limit, after: 0 });
  const [, rows] = await Promise.all([
    holdChains(
      session,
      chosen.map((row) => row.chain),
    ),
    session.rows<ChangedRow>(update, [
      ...([chosen.map((row) => row.id), stateNumber(to), dueAt ?? null, now] as const),
      ...([to === 'dropped' ? 'dropped' : null, states.map(stateNumber)] as const), // who was faster counts
    ]),
  ]);
  noteReady(work.domains, rows);
  await followUp(work, rows, now);
  return asTheyAre(session, rows);
}

/** Deliveries that were changed, oldest first. @throws TryAgain, StoreUnavailable. */
export async function asTheyAre(session: Session, rows: readonly { readonly id: number }[]): Promise<QueuedDelivery[]> {
  const ids = rows.map((row) => row.id).toSorted((one, other) => one - other);
  const found = await Promise.all(
    ids.map((id) => selectDeliveries(session, { delivery: String(id) as DeliveryId }, { limit: 1, after: 0 })),
  );
  return found.flat().map(queuedDelivery);
}

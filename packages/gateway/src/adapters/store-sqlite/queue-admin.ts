import type { Database } from 'better-sqlite3';
import type { DeliveryState, QueuedDelivery } from '../../ports/delivery.ts';
import type { QueueAdmin, QueueFilter, Retried } from '../../ports/queue-admin.ts';
import type { SupersedesOf } from '../../ports/submission.ts';
import type { QueueParts } from './queue.ts';
import { Chosen } from '../store-rows/chosen.ts';
import { type DeliveryRow, namesBeside, queuedDelivery, stateNumber } from '../store-rows/queue-rows.ts';
import { prepareLeftOut } from './queue-left-out.ts';
import { prepareQueueView, prepareSelect } from './queue-view.ts';
import type { Scope } from './scope.ts';

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareQueueAdmin(parts: QueueParts): (scope: Scope) => QueueAdmin {
  const view = prepareQueueView(parts.database);
  const { change, retry } = prepareChange(parts);
  const forget = prepareForget(parts);
  return (scope) => ({
    ...view(scope),
    async retry(filter, { now, limit, expiresAt, supersedesOf }) {
      scope.enter();
      const retried = retry({ filter, from: ['waiting', 'dead'], to: 'waiting', now, limit, dueAt: now }, supersedesOf);
      for (const { submission } of retried.changed) forget.prolong(submission.id, expiresAt);
      return retried;
    },
    async hold(filter, { now, limit }) {
      scope.enter();
      return change({ filter, from: ['waiting'], to: 'held', now, limit });
    },
    async release(filter, { now, limit }) {
      scope.enter();
      return change({ filter, from: ['held'], to: 'waiting', now, limit, dueAt: now });
    },
    async drop(filter, { now, limit }) {
      scope.enter();
      return change({ filter, from: ['waiting', 'held'], to: 'dropped', now, limit });
    },
    async forgetEnded(before, limit) {
      scope.enter();
      return forget.ended(before, limit);
    },
    async forgetTexts(before, limit) {
      scope.enter();
      return forget.texts(before, limit);
    },
    async forgetAttempts(before, limit) {
      scope.enter();
      return forget.attempts(before, limit);
    },
    async forgetTroubles(before, limit) {
      scope.enter();
      return forget.troubles(before, limit);
    },
  });
}

interface Change {
  readonly filter: QueueFilter;
  readonly from: readonly DeliveryState[];
  readonly to: DeliveryState;
  readonly now: number;
  readonly limit: number;
  readonly dueAt?: number;
}

type ChangeThose = (change: Change) => readonly QueuedDelivery[];

function prepareChange({ database, lanes, chains, ends }: QueueParts): {
  readonly change: ChangeThose;
  readonly retry: (change: Change, supersedesOf: SupersedesOf) => Retried;
} {
  const select = prepareSelect(database);
  const leftOut = prepareLeftOut(database);
  const update = database.prepare<[number, number | null, number, string | null, number]>(
    `UPDATE deliveries SET state = ?, due_at = coalesce(?, due_at), changed_at = ?, reason = coalesce(?, reason)
     WHERE id = ?`,
  );
  const read = (row: DeliveryRow): QueuedDelivery | undefined =>
    select({ delivery: String(row.id) as QueuedDelivery['id'] }, 1, 0).map(queuedDelivery)[0];
  const changeRows = (rows: readonly DeliveryRow[], { to, now, dueAt }: Change): readonly QueuedDelivery[] => {
    const reason = to === 'dropped' ? 'dropped' : null;
    for (const row of rows) update.run(stateNumber(to), dueAt ?? null, now, reason, row.id);
    if (to === 'dropped') for (const row of rows) chains.spare(row.id, row.submission_id);
    for (const row of rows) chains.straighten(row.id);
    for (const submission of new Set(rows.map((row) => row.submission_id))) ends.refresh(submission, now);
    for (const domain of new Set(rows.map((row) => row.domain))) lanes.refresh(domain);
    return rows.flatMap((row) => read(row) ?? []);
  };
  return {
    change(change) {
      const states = statesOf(change);
      return states.length === 0 ? [] : changeRows(select({ ...change.filter, states }, change.limit, 0), change);
    },
    retry(change, supersedesOf) {
      const { filter, limit } = change;
      const chosen = new Chosen<DeliveryRow>(limit);
      for (const states = statesOf(change); states.length > 0 && !chosen.isFull; ) {
        const rows = select({ ...filter, states }, limit, chosen.last);
        chosen.take(rows, leftOut(rows, supersedesOf));
      }
      return { changed: changeRows(chosen.rows, change), leftOut: chosen.leftOut };
    },
  };
}

function statesOf({ filter, from }: Change): readonly DeliveryState[] {
  return filter.states ? from.filter((state) => filter.states?.includes(state)) : from;
}

function prepareForget({ database }: QueueParts) {
  const ended = prepareEnded(database);
  const forgetUnused = database.prepare<[string, string]>(
    'DELETE FROM queue_domains WHERE domain = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE domain = ?)',
  );
  const deleteDeliveries = database
    .prepare<[number, number], string>(
      `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries INDEXED BY deliveries_submission
         WHERE submission_id = ? ORDER BY id LIMIT ?) RETURNING domain`,
    )
    .pluck();
  const deleteSubmission = database.prepare<[number, number]>(
    'DELETE FROM submissions WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE submission_id = ?)',
  );
  const deleteText = database.prepare<[number]>('DELETE FROM submission_texts WHERE submission_id = ?');
  const noteTextGone = database.prepare<[number]>('UPDATE submissions SET has_text = 0 WHERE id = ?');
  const deleteAttempts = database.prepare<[number, number]>(
    `UPDATE deliveries SET attempts = NULL WHERE id IN (SELECT id FROM deliveries INDEXED BY deliveries_submission
       WHERE submission_id = ? AND attempts IS NOT NULL ORDER BY id LIMIT ?)`,
  );
  const markForgotten = database.prepare<[number, number]>(
    `UPDATE submissions SET has_attempts = 0 WHERE id = ? AND NOT EXISTS
       (SELECT 1 FROM deliveries WHERE submission_id = ? AND attempts IS NOT NULL)`,
  );
  const troubles = database.prepare<[number, number]>(
    `DELETE FROM lane_troubles WHERE lane IN
       (SELECT lane FROM lane_troubles t WHERE ifnull(paused_until, 0) < ? AND NOT EXISTS
         (SELECT 1 FROM queue_domains q WHERE q.lane = t.lane AND q.next_due IS NOT NULL) LIMIT ?)`,
  );
  const prolong = database.prepare<[number, number, number]>(
    'UPDATE submissions SET expires_at = ?, has_attempts = 1 WHERE id = ? AND expires_at < ?',
  );
  return {
    prolong: (submission: string, expiresAt: number) => void prolong.run(expiresAt, Number(submission), expiresAt),
    ended(before: number, limit: number): number {
      const names = new Set<string>();
      const done = upTo(
        limit,
        ended(before, limit, () => true),
        (id, most) => {
          const domains = deleteDeliveries.all(id, most);
          for (const name of new Set(domains)) for (const beside of namesBeside(name)) names.add(beside);
          const gone = deleteSubmission.run(id, id).changes;
          if (gone > 0) deleteText.run(id);
          return { deliveries: domains.length, submissions: gone };
        },
      );
      for (const name of names) forgetUnused.run(name, name);
      return done;
    },
    texts(before: number, limit: number): number {
      const found = ended(before, limit, ({ text }) => text === 1);
      for (const id of found) {
        deleteText.run(id);
        noteTextGone.run(id);
      }
      return found.length;
    },
    troubles: (before: number, limit: number): number => troubles.run(before, limit).changes,
    attempts(before: number, limit: number): number {
      return upTo(
        limit,
        ended(before, limit, ({ attempts }) => attempts === 1),
        (id, most) => ({
          deliveries: deleteAttempts.run(id, most).changes,
          submissions: markForgotten.run(id, id).changes,
        }),
      );
    },
  };
}

/** What is still kept of a submission, as its columns say. */
interface Kept {
  readonly text: 0 | 1;
  readonly attempts: 0 | 1;
}

const everyKept: readonly Kept[] = [
  { text: 1, attempts: 1 },
  { text: 1, attempts: 0 },
  { text: 0, attempts: 1 },
  { text: 0, attempts: 0 },
];

/** @returns what finds submissions that ended before a time, by what is kept of them: of each kind the oldest first. */
function prepareEnded(database: Database) {
  const ended = database
    .prepare<[number, number, number, number], number>(
      `SELECT id FROM submissions INDEXED BY submissions_ended
       WHERE has_text = ? AND has_attempts = ? AND ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?`,
    )
    .pluck();
  return (before: number, limit: number, isMeant: (kept: Kept) => boolean): readonly number[] =>
    everyKept.filter(isMeant).reduce<readonly number[]>((found, { text, attempts }) => {
      return [...found, ...ended.all(text, attempts, before, limit - found.length)];
    }, []);
}

/** Acts on submissions until so many deliveries were changed. @returns how many, or how many submissions if these are more. */
function upTo(
  limit: number,
  ids: readonly number[],
  act: (id: number, most: number) => { readonly deliveries: number; readonly submissions: number },
): number {
  let [deliveries, submissions] = [0, 0];
  for (const id of ids) {
    const done = act(id, limit - deliveries);
    deliveries += done.deliveries;
    submissions += done.submissions;
    if (deliveries >= limit) break;
  }
  return Math.max(deliveries, submissions);
}

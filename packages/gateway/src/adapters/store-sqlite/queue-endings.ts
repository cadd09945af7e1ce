import type { Database, Statement } from 'better-sqlite3';
import type { QueuedDelivery } from '../../ports/delivery.ts';
import type { DeliveryQueue } from '../../ports/delivery-queue.ts';
import { type DeliveryRow, fallbackName, queuedDelivery, stateNumber } from '../store-rows/queue-rows.ts';
import type { QueueParts } from './queue.ts';
import { prepareSelect } from './queue-view.ts';

/** What becomes of what has waited long enough. */
export type Endings = Pick<DeliveryQueue, 'giveUp' | 'fallBack'>;

/** Prepares the statements once. */
export function prepareEndings({ database, lanes, chains, ends }: QueueParts): Endings {
  const select = prepareSelect(database);
  const giveUp = database.prepare<[number, number, number]>(
    "UPDATE deliveries SET state = ?, blocked = 0, reason = 'sent-given-up', changed_at = ? WHERE id = ?",
  );
  const fallBack = database.prepare<[string, number, number, string, number]>(
    'UPDATE deliveries SET domain = ?, due_at = ?, tries = 0, changed_at = ?, reason = ? WHERE id = ?',
  );
  const prolong = prepareProlong(database);
  const read = (id: string): DeliveryRow | undefined => select({ delivery: id as QueuedDelivery['id'] }, 1, 0)[0];
  const waiting = (ids: readonly string[]): readonly DeliveryRow[] =>
    ids.flatMap((id) => read(id) ?? []).filter((row) => row.state === stateNumber('waiting'));
  const asTheyAre = (rows: readonly DeliveryRow[]): readonly QueuedDelivery[] =>
    rows.flatMap((row) => read(String(row.id)) ?? []).map(queuedDelivery);
  return {
    async giveUp(deliveries, now) {
      const rows = waiting(deliveries);
      for (const row of rows) giveUp.run(stateNumber('dead'), now, row.id);
      for (const row of rows) chains.straighten(row.id);
      for (const submission of new Set(rows.map((row) => row.submission_id))) ends.refresh(submission, now);
      for (const domain of new Set(rows.map((row) => row.domain))) lanes.refresh(domain);
      return asTheyAre(rows);
    },
    async fallBack(deliveries, { now, until, reason }) {
      const rows = waiting(deliveries).filter((row) => row.domain !== '' && row.domain !== fallbackName(row.domain));
      const touched = new Set<string>();
      for (const row of rows) {
        const elsewhere = fallbackName(row.domain);
        lanes.open(elsewhere);
        fallBack.run(elsewhere, now, now, reason, row.id);
        prolong.run(until, row.submission_id, until);
        touched.add(row.domain).add(elsewhere);
      }
      for (const domain of touched) lanes.refresh(domain);
      return asTheyAre(rows);
    },
  };
}

/** A submission gets time until then, unless it has more: a time, its id, the time again. */
export function prepareProlong(database: Database): Statement<[number, number, number]> {
  return database.prepare('UPDATE submissions SET expires_at = ? WHERE id = ? AND expires_at < ?');
}

import type { Database } from 'better-sqlite3';
import type { Decisions, EventPlace } from '../../ports/decisions.ts';
import {
  decisionColumns as columns,
  type DecisionRow,
  decisionUid,
  type DecisionValues,
  decisionValues,
  type EventRow,
  readDecision,
  readEvent,
} from '../store-rows/decision-row.ts';
import type { Scope } from './scope.ts';

const events = 'decisions INDEXED BY decisions_events WHERE delivery_id IS NOT NULL';
const lastEvent = `SELECT id FROM ${events} ORDER BY id DESC LIMIT 1`;

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareDecisions(database: Database): (scope: Scope) => Decisions {
  const insert = database.prepare<DecisionValues>(
    `INSERT INTO decisions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofMeeting = database.prepare<[string, number], DecisionRow>(
    `SELECT ${columns} FROM decisions WHERE uid = ? ORDER BY id DESC LIMIT ?`,
  );
  const latest = database.prepare<[number], DecisionRow>(`SELECT ${columns} FROM decisions ORDER BY id DESC LIMIT ?`);
  const forget = database.prepare<[number, number]>(
    `DELETE FROM decisions WHERE id IN
       (SELECT id FROM decisions INDEXED BY decisions_at
        WHERE at < ? AND id <> coalesce((${lastEvent}), -1) ORDER BY at, id LIMIT ?)`,
  );
  const eventsAfter = prepareEvents(database);
  const last = database.prepare<[], number>(lastEvent).pluck();
  return (scope) => ({
    async add(decision) {
      scope.enter();
      insert.run(...decisionValues(decision));
    },
    async ofMeeting(uid, limit) {
      scope.enter();
      return ofMeeting.all(decisionUid(uid), limit).map(readDecision).toReversed();
    },
    async latest(limit) {
      scope.enter();
      return latest.all(limit).map(readDecision).toReversed();
    },
    async events({ limit, after }) {
      scope.enter();
      return eventsAfter(after, limit)?.map(readEvent);
    },
    async lastEvent() {
      scope.enter();
      const id = last.get();
      return id === undefined ? undefined : (String(id) as EventPlace);
    },
    async forgetBefore(time, limit) {
      scope.enter();
      return forget.run(time, limit).changes;
    },
  });
}

/** A place is an id: there is one writer, so their order is that of the commits. */
function prepareEvents(database: Database) {
  const after = database.prepare<[number, number], EventRow>(
    `SELECT ${columns}, CAST(id AS TEXT) AS place FROM ${events} AND id > ? ORDER BY id LIMIT ?`,
  );
  const isKept = database.prepare<[number], number>(`SELECT id FROM ${events} AND id = ?`).pluck();
  return (place: EventPlace | undefined, limit: number): readonly EventRow[] | undefined => {
    const from = place === undefined ? 0 : readPlace(place);
    if (place !== undefined && isKept.get(from) === undefined) return undefined;
    return after.all(from, limit);
  };
}

function readPlace(place: EventPlace): number {
  return /^\d{1,15}$/.test(place) ? Number(place) : -1;
}

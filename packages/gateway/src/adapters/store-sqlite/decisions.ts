import type { Database } from 'better-sqlite3';
import type { Decisions } from '../../ports/decisions.ts';
import {
  decisionColumns as columns,
  type DecisionRow,
  decisionUid,
  decisionValues,
  readDecision,
} from '../store-rows/decision-row.ts';
import type { Scope } from './scope.ts';

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareDecisions(database: Database): (scope: Scope) => Decisions {
  const insert = database.prepare<ReturnType<typeof decisionValues>>(
    `INSERT INTO decisions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofMeeting = database.prepare<[string, number], DecisionRow>(
    `SELECT ${columns} FROM decisions WHERE uid = ? ORDER BY id DESC LIMIT ?`,
  );
  const latest = database.prepare<[number], DecisionRow>(`SELECT ${columns} FROM decisions ORDER BY id DESC LIMIT ?`);
  // Only the oldest rows are looked at: ids follow time, and nothing is scanned in vain.
  const forget = database.prepare<[number, number]>(
    `DELETE FROM decisions WHERE id IN
       (SELECT id FROM (SELECT id, at FROM decisions ORDER BY id LIMIT ?) WHERE at < ?)`,
  );
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
    async forgetBefore(time, limit) {
      scope.enter();
      return forget.run(limit, time).changes;
    },
  });
}

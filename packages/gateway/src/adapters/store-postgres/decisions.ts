import type { Decisions } from '../../ports/decisions.ts';
import {
  decisionColumns as columns,
  type DecisionRow,
  decisionUid,
  decisionValues,
  readDecision,
} from '../store-rows/decision-row.ts';
import { type Session, statement } from './session.ts';

const insert = statement(
  'add_decision',
  `INSERT INTO decisions (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);
const ofMeeting = statement(
  'decisions_of_meeting',
  `SELECT ${columns} FROM decisions WHERE uid = $1 ORDER BY id DESC LIMIT $2`,
);
const latest = statement('latest_decisions', `SELECT ${columns} FROM decisions ORDER BY id DESC LIMIT $1`);
// Only the oldest rows are looked at: ids follow time, and nothing is scanned in vain.
const forget = statement(
  'forget_decisions',
  `DELETE FROM decisions WHERE id IN
     (SELECT id FROM (SELECT id, at FROM decisions ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) AS oldest WHERE at < $1)`,
);

/** The decisions, as one piece of work sees them. @throws nothing. */
export function decisionsRoom(session: Session): Decisions {
  return {
    async add(decision) {
      await session.change(insert, decisionValues(decision));
    },
    async ofMeeting(uid, limit) {
      const rows = await session.rows<DecisionRow>(ofMeeting, [decisionUid(uid), limit]);
      return rows.map(readDecision).toReversed();
    },
    async latest(limit) {
      return (await session.rows<DecisionRow>(latest, [limit])).map(readDecision).toReversed();
    },
    forgetBefore: (time, limit) => session.change(forget, [time, limit]),
  };
}

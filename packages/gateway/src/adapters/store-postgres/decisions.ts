import type { Decisions, EventPlace } from '../../ports/decisions.ts';
import {
  decisionColumns as columns,
  type DecisionRow,
  decisionUid,
  decisionValues,
  type EventRow,
  readDecision,
  readEvent,
} from '../store-rows/decision-row.ts';
import { type Session, statement } from './session.ts';

const insert = statement(
  'add_decision',
  `INSERT INTO decisions (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);
const ofMeeting = statement(
  'decisions_of_meeting',
  `SELECT ${columns} FROM decisions WHERE uid = $1 ORDER BY id DESC LIMIT $2`,
);
const latest = statement('latest_decisions', `SELECT ${columns} FROM decisions ORDER BY id DESC LIMIT $1`);
const lastOne = 'FROM decisions WHERE delivery_id IS NOT NULL ORDER BY xact DESC, id DESC LIMIT 1';
const forget = statement(
  'forget_decisions',
  `DELETE FROM decisions WHERE id IN
     (SELECT id FROM decisions WHERE at < $1 AND id <> coalesce((SELECT id ${lastOne}), -1) ORDER BY at, id
      LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);
// What transactions still under way will add comes behind what is told: they are all younger. A transaction of another database
// of the server adds nothing here; one that is just ending is nobody's that can be named any more, and is waited for.
const horizon = `SELECT coalesce(min(x), pg_snapshot_xmax(pg_current_snapshot())) FROM pg_snapshot_xip(pg_current_snapshot()) AS x
  WHERE x::xid NOT IN (SELECT l.transactionid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND a.datid <>
      (SELECT oid FROM pg_database WHERE datname = current_database()))`;
const decided = `delivery_id IS NOT NULL AND xact < (${horizon})`;
const events = statement(
  'events',
  `SELECT ${columns}, xact::text || '.' || id AS place FROM decisions
   WHERE ${decided} AND (xact, id) > ($1::xid8, $2) ORDER BY xact, id LIMIT $3`,
);
const isKept = statement(
  'event_is_kept',
  'SELECT EXISTS (SELECT FROM decisions WHERE delivery_id IS NOT NULL AND xact = $1::xid8 AND id = $2) AS kept',
);
const last = statement(
  'last_event',
  `SELECT xact::text || '.' || id AS place FROM decisions WHERE ${decided} ORDER BY xact DESC, id DESC LIMIT 1`,
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
    async events({ limit, after }) {
      const place = after === undefined ? (['0', 0] as const) : readPlace(after);
      if (!place || (after !== undefined && !(await isStillKept(session, place)))) return undefined;
      return (await session.rows<EventRow>(events, [...place, limit])).map(readEvent);
    },
    async lastEvent() {
      const [row] = await session.rows<{ place: string }>(last);
      return row?.place as EventPlace | undefined;
    },
    forgetBefore: (time, limit) => session.change(forget, [time, limit]),
  };
}

type Place = readonly [xact: string, id: number];

async function isStillKept(session: Session, place: Place): Promise<boolean> {
  const [row] = await session.rows<{ kept: boolean }>(isKept, place);
  return row?.kept === true;
}

function readPlace(place: EventPlace): Place | undefined {
  const match = /^(\d{1,19})\.(\d{1,15})$/.exec(place);
  return match ? [match[1] ?? '', Number(match[2])] : undefined;
}

import { hash } from 'node:crypto';
import type { EpochMs } from '@isched/values';
import {
  type CalendarObjects,
  type NewObject,
  type ObjectsView,
  type PutOptions,
  type Revision,
  StaleRevision,
  type StoredObject,
} from '../../ports/calendar-objects.ts';
import type { CalendarId, UserId } from '../../ports/directory.ts';
import { type BusyRow, busyColumns, narrowMs, periodsOf } from '../store-rows/busy-columns.ts';
import { holdObject, holdObjects, holdUser } from './locks.ts';
import { type Session, statement, type Value } from './session.ts';

interface Row {
  readonly user_id: number;
  readonly calendar_id: number;
  readonly uid: string;
  readonly revision: number;
  readonly changed_at: number;
  readonly text: string;
}

const columns = 'user_id, calendar_id, uid, revision, changed_at, text';
const get = statement('object', `SELECT ${columns} FROM objects WHERE user_id = $1 AND uid_key = $2`);
const list = statement('objects', `SELECT ${columns} FROM objects WHERE user_id = $1 ORDER BY uid`);
const remove = statement('remove_object', 'DELETE FROM objects WHERE user_id = $1 AND uid_key = $2');

const busyHead = 'SELECT busy_start, busy_end, busy_type, busy FROM objects WHERE user_id = $1';
const busyTail =
  'busy_start < $3 AND busy_end > $2 AND covers_start <= $2 AND covers_end >= $3 AND busy_start IS NOT NULL AND uid_key IS DISTINCT FROM $5::bytea';
const busy = statement(
  'busy',
  `${busyHead} AND NOT busy_wide AND busy_start >= $4 AND ${busyTail}
   UNION ALL ${busyHead} AND busy_wide AND ${busyTail}`,
);
const notCovering = statement(
  'not_covering',
  `SELECT ${columns} FROM objects WHERE user_id = $1 AND partial AND (covers_start > $2 OR covers_end < $3) LIMIT $4`,
);

const written =
  'calendar_id, changed_at, covers_start, covers_end, partial, busy_start, busy_end, busy_wide, busy_type, busy, uid, text';
const places = '$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14';
const insertion = `INSERT INTO objects (user_id, uid_key, revision, ${written}) VALUES ($1, $2, $4, ${places})`;
// A revision never comes back: it grows with each change, and no object made later begins below one made before.
const change = `SET revision = greatest(objects.revision + 1, $4), (${written}) = ROW (${places})`;
const insert = statement('insert_object', `${insertion} ON CONFLICT DO NOTHING RETURNING revision`);
const upsert = statement(
  'put_object',
  `${insertion} ON CONFLICT (user_id, uid_key) DO UPDATE ${change} RETURNING revision`,
);
const update = statement(
  'change_object',
  `UPDATE objects ${change} WHERE user_id = $1 AND uid_key = $2 AND revision = $15 RETURNING revision`,
);

/** The objects, as a look sees them. @throws nothing. */
export function objectsView(session: Session): ObjectsView {
  return {
    async get(user, uid) {
      const [row] = await session.rows<Row>(get, [user, uidKey(uid)]);
      return row && readRow(row);
    },
    list: async (user) => (await session.rows<Row>(list, [user])).map(readRow),
    async busy(user, { start, end }, except) {
      const other = except === undefined ? null : uidKey(except);
      const rows = await session.rows<BusyRow>(busy, [user, start, end, start - narrowMs, other]);
      return rows.flatMap((row) => periodsOf(row, { start, end }));
    },
    notCovering: async (user, { start, end }, limit) =>
      (await session.rows<Row>(notCovering, [user, start, end, limit])).map(readRow),
  };
}

/**
 * The objects, as one piece of work sees and changes them. What it has read stays so until it has ended: a lock goes out
 * before each question, on the same way, so that the question is asked when the lock is there.
 *
 * @throws nothing.
 */
export function objectsRoom(session: Session): CalendarObjects {
  const view = objectsView(session);
  const behind = async <T>(lock: Promise<void>, question: Promise<T>): Promise<T> =>
    (await Promise.all([lock, question]))[1];
  return {
    hold: (wanted) => holdObjects(session, wanted),
    get: (user, uid) => behind(holdObject(session, user, uid), view.get(user, uid)),
    list: (user) => behind(holdUser(session, user), view.list(user)),
    busy: (user, range, except) => behind(holdUser(session, user), view.busy(user, range, except)),
    notCovering: (user, range, limit) => behind(holdUser(session, user), view.notCovering(user, range, limit)),
    put: (object, options) => behind(holdObject(session, object.user, object.uid), put(session, object, options)),
    remove: (user, uid) =>
      behind(holdObject(session, user, uid), session.change(remove, [user, uidKey(uid)])).then(() => undefined),
  };
}

async function put(session: Session, object: NewObject, { busy, ifUnchanged }: PutOptions): Promise<Revision> {
  const values = objectValues(object, busy);
  const [row] = await session.rows<Pick<Row, 'revision'>>(
    ...(ifUnchanged === undefined
      ? ([upsert, values] as const)
      : ifUnchanged.revision === undefined
        ? ([insert, values] as const)
        : ([update, [...values, ifUnchanged.revision]] as const)),
  );
  if (!row) throw new StaleRevision(`object ${object.uid} was changed by somebody else`);
  return row.revision as Revision;
}

/** In the order of the placeholders. */
function objectValues(object: NewObject, times: PutOptions['busy']): readonly Value[] {
  const row = busyColumns(times);
  return [
    ...([object.user, uidKey(object.uid), object.calendar, object.changedAt] as const),
    ...([row.covers_start, row.covers_end, row.partial === 1] as const),
    ...([row.busy_start, row.busy_end, row.busy_wide === 1, row.busy_type, row.busy] as const),
    ...([object.uid, object.text] as const),
  ];
}

function uidKey(uid: string): Buffer {
  return hash('sha256', uid, 'buffer').subarray(0, 16);
}

function readRow(row: Row): StoredObject {
  return {
    user: row.user_id as UserId,
    calendar: row.calendar_id as CalendarId,
    uid: row.uid,
    revision: row.revision as Revision,
    changedAt: row.changed_at as EpochMs,
    text: row.text,
  };
}

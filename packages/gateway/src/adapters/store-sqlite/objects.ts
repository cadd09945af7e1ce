import type { EpochMs } from '@isched/values';
import type { Database } from 'better-sqlite3';
import {
  type CalendarObjects,
  type NewObject,
  type PutOptions,
  type Revision,
  StaleRevision,
  type StoredObject,
} from '../../ports/calendar-objects.ts';
import type { CalendarId, UserId } from '../../ports/directory.ts';
import { type BusyRow, busyColumns, narrowMs, periodsOf } from '../store-rows/busy-columns.ts';
import type { Scope } from './scope.ts';

interface Row {
  readonly user_id: number;
  readonly calendar_id: number;
  readonly uid: string;
  readonly revision: number;
  readonly changed_at: number;
  readonly text: string;
}

const columns = 'user_id, calendar_id, uid, revision, changed_at, text';
const written = 'covers_start, covers_end, partial, busy_start, busy_end, busy_wide, busy_type, busy, text';
const busyHead = 'SELECT busy_start, busy_end, busy_type, busy FROM objects WHERE user_id = @user';
const busyTail =
  'busy_start < @end AND busy_end > @start AND covers_start <= @start AND covers_end >= @end AND busy_start IS NOT NULL AND uid IS NOT @except';

interface BusySearch {
  readonly user: number;
  readonly start: number;
  readonly end: number;
  /** Where narrow objects that reach into the range begin at the earliest. */
  readonly early: number;
  readonly except: string | null;
}

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareObjects(database: Database): (scope: Scope) => CalendarObjects {
  const get = database.prepare<[number, string], Row>(`SELECT ${columns} FROM objects WHERE user_id = ? AND uid = ?`);
  const list = database.prepare<[number], Row>(`SELECT ${columns} FROM objects WHERE user_id = ? ORDER BY uid`);
  const remove = database.prepare<[number, string]>('DELETE FROM objects WHERE user_id = ? AND uid = ?');
  const busy = database.prepare<[BusySearch], BusyRow>(
    `${busyHead} AND busy_wide = 0 AND busy_start >= @early AND ${busyTail}
     UNION ALL ${busyHead} AND busy_wide = 1 AND ${busyTail}`,
  );
  const notCovering = database.prepare<[number, number, number, number], Row>(
    `SELECT ${columns} FROM objects WHERE user_id = ? AND partial = 1 AND (covers_start > ? OR covers_end < ?) LIMIT ?`,
  );
  const put = preparePut(database);

  return (scope) => ({
    async hold() {
      scope.enter(); // there is one writer
    },
    async get(user, uid) {
      scope.enter();
      const row = get.get(user, uid);
      return row && readRow(row);
    },
    async list(user) {
      scope.enter();
      return list.all(user).map(readRow);
    },
    async busy(user, { start, end }, except) {
      scope.enter();
      const rows = busy.all({ user, start, end, early: start - narrowMs, except: except ?? null });
      return rows.flatMap((row) => periodsOf(row, { start, end }));
    },
    async notCovering(user, { start, end }, limit) {
      scope.enter();
      return notCovering.all(user, start, end, limit).map(readRow);
    },
    async put(object, options) {
      scope.enter();
      return put(object, options);
    },
    async remove(user, uid) {
      scope.enter();
      remove.run(user, uid);
    },
  });
}

function preparePut(database: Database): (object: NewObject, options: PutOptions) => Revision {
  const revisionOf = database
    .prepare<[number, string], number>('SELECT revision FROM objects WHERE user_id = ? AND uid = ?')
    .pluck();
  // A revision never comes back: it grows with each change, and no object made later begins below one made before.
  const upsert = database
    .prepare<[object], number>(
      `INSERT INTO objects (user_id, calendar_id, uid, revision, changed_at, ${written})
       VALUES (@user, @calendar, @uid, @changedAt, @changedAt,
         @covers_start, @covers_end, @partial, @busy_start, @busy_end, @busy_wide, @busy_type, @busy, @text)
       ON CONFLICT (user_id, uid) DO UPDATE SET revision = max(revision + 1, excluded.revision),
         (calendar_id, changed_at, ${written}) = (excluded.calendar_id, excluded.changed_at,
           ${written
             .split(', ')
             .map((column) => `excluded.${column}`)
             .join(', ')})
       RETURNING revision`,
    )
    .pluck();
  return (object, { busy, ifUnchanged }) => {
    if (ifUnchanged && revisionOf.get(object.user, object.uid) !== ifUnchanged.revision) {
      throw new StaleRevision(`object ${object.uid} was changed by somebody else`);
    }
    return upsert.get({ ...object, ...busyColumns(busy) }) as Revision;
  };
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

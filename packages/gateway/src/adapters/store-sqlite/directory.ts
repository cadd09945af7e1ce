import type { CalAddress } from '@isched/icalendar';
import type { Database } from 'better-sqlite3';
import type { CalendarId, CalendarUser, Directory, UserEntry, UserId } from '../../ports/directory.ts';
import { type ResourceColumns, resourceColumns, resourceOf } from '../store-rows/resource-columns.ts';
import type { Scope } from './scope.ts';

interface Row extends ResourceColumns {
  readonly id: number;
  readonly address: string;
  readonly name: string | null;
  readonly time_zone: string;
  readonly calendar_id: number;
  /** One a line: no address holds a line break. */
  readonly address_keys: string | null;
}

const selectUser = `
  SELECT id, address, name, time_zone, auto_schedule, booking_days,
    (SELECT calendars.id FROM calendars WHERE calendars.user_id = users.id AND is_default = 1) AS calendar_id,
    (SELECT group_concat(address_key, char(10)) FROM addresses WHERE addresses.user_id = users.id) AS address_keys
  FROM users`;

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareDirectory(database: Database): (scope: Scope) => Directory {
  const byAddress = database.prepare<[string], Row>(
    `${selectUser} WHERE id = (SELECT user_id FROM addresses WHERE address_key = ?)`,
  );
  const listed = database.prepare<[], Row>(`${selectUser} WHERE listed = 1 ORDER BY id`);
  const provision = prepareProvision(database);
  return (scope) => ({
    async findUser(address) {
      scope.enter();
      const row = byAddress.get(address);
      return row && readRow(row);
    },
    async users() {
      scope.enter();
      return listed.all().map(readRow);
    },
    async provision(users) {
      scope.enter();
      provision(users);
    },
  });
}

function readRow(row: Row): CalendarUser {
  return {
    id: row.id as UserId,
    address: row.address as CalAddress,
    addressKeys: (row.address_keys ?? '').split('\n'),
    name: row.name ?? undefined,
    timeZone: row.time_zone,
    resource: resourceOf(row),
    defaultCalendar: row.calendar_id as CalendarId,
  };
}

function prepareProvision(database: Database): (users: readonly UserEntry[]) => void {
  const unlist = database.prepare('UPDATE users SET listed = 0');
  const clearAddresses = database.prepare('DELETE FROM addresses');
  const present = database.prepare<[string], { readonly id: number; readonly time_zone: string }>(
    'SELECT id, time_zone FROM users WHERE identity = ?',
  );
  const insert = database
    .prepare<[string, string, string | null, string], number>(
      'INSERT INTO users (identity, address, name, time_zone, listed) VALUES (?, ?, ?, ?, 1) RETURNING id',
    )
    .pluck();
  const update = database.prepare<[string, string | null, string, number]>(
    'UPDATE users SET address = ?, name = ?, time_zone = ?, listed = 1 WHERE id = ?',
  );
  const answers = database.prepare<[string | null, number | null, number]>(
    'UPDATE users SET auto_schedule = ?, booking_days = ? WHERE id = ?',
  );
  const addCalendar = database.prepare<[number]>(
    "INSERT INTO calendars (user_id, name, is_default) VALUES (?, 'calendar', 1)",
  );
  const addAddress = database.prepare<[string, number]>(
    'INSERT INTO addresses (address_key, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  // Floating and all-day times follow the user's zone: what was computed in another one covers nothing.
  const uncover = database.prepare<[number]>(
    'UPDATE objects SET covers_start = 0, covers_end = 0, partial = 1 WHERE user_id = ?',
  );

  return (users) => {
    unlist.run();
    clearAddresses.run();
    for (const user of users) {
      const [identity] = user.addressKeys;
      if (identity === undefined) throw new TypeError(`a user without an address: ${user.address}`);
      const known = present.get(identity);
      const id = known?.id ?? (insert.get(identity, user.address, user.name ?? null, user.timeZone) as number);
      if (!known) addCalendar.run(id);
      if (known) update.run(user.address, user.name ?? null, user.timeZone, id);
      if (known && known.time_zone !== user.timeZone) uncover.run(id);
      const { auto_schedule: mode, booking_days: days } = resourceColumns(user.resource);
      answers.run(mode, days, id);
      for (const key of new Set(user.addressKeys)) {
        if (addAddress.run(key, id).changes === 0) throw new TypeError(`two users have the address ${key}`);
      }
    }
  };
}

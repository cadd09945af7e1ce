import type { CalAddress } from '@isched/icalendar';
import type { CalendarId, CalendarUser, Directory, UserEntry, UserId } from '../../ports/directory.ts';
import { type ResourceColumns, resourceColumns, resourceOf } from '../store-rows/resource-columns.ts';
import { holdNamed } from './locks.ts';
import { type Session, statement } from './session.ts';

interface Row extends ResourceColumns {
  readonly id: number;
  readonly address: string;
  readonly name: string | null;
  readonly time_zone: string;
  readonly calendar_id: number;
  readonly address_keys: readonly string[] | null;
}

const selectUser = `
  SELECT id, address, name, time_zone, auto_schedule, booking_days,
    (SELECT calendars.id FROM calendars WHERE calendars.user_id = users.id AND is_default) AS calendar_id,
    (SELECT array_agg(address_key ORDER BY address_key) FROM addresses WHERE addresses.user_id = users.id) AS address_keys
  FROM users`;
const byAddress = statement(
  'user_by_address',
  `${selectUser} WHERE id = (SELECT user_id FROM addresses WHERE address_key = $1)`,
);
const listed = statement('users', `${selectUser} WHERE listed ORDER BY id`);

const unlist = statement('unlist_users', 'UPDATE users SET listed = false WHERE listed');
const clearAddresses = statement('clear_addresses', 'DELETE FROM addresses');
const present = statement('user_by_identity', 'SELECT id, time_zone FROM users WHERE identity = $1');
const insert = statement(
  'add_user',
  'INSERT INTO users (identity, address, name, time_zone, listed) VALUES ($1, $2, $3, $4, true) RETURNING id',
);
const update = statement(
  'change_user',
  'UPDATE users SET address = $2, name = $3, time_zone = $4, listed = true WHERE id = $1',
);
const answers = statement('user_answers', 'UPDATE users SET auto_schedule = $2, booking_days = $3 WHERE id = $1');
const addCalendar = statement(
  'add_calendar',
  "INSERT INTO calendars (user_id, name, is_default) VALUES ($1, 'calendar', true)",
);
const addAddresses = statement(
  'add_addresses',
  'INSERT INTO addresses (address_key, user_id) SELECT unnest($2::text[]), $1 ON CONFLICT DO NOTHING RETURNING address_key',
);
// Floating and all-day times follow the user's zone: what was computed in another one covers nothing.
const uncover = statement(
  'uncover',
  'UPDATE objects SET covers_start = 0, covers_end = 0, partial = true WHERE user_id = $1',
);

/** The directory, as one piece of work sees it. @throws nothing. */
export function directoryRoom(session: Session): Directory {
  return {
    async findUser(address) {
      const [row] = await session.rows<Row>(byAddress, [address]);
      return row && readRow(row);
    },
    users: async () => (await session.rows<Row>(listed)).map(readRow),
    async provision(users) {
      // Each node does this when it starts; one after the other.
      await Promise.all([holdNamed(session, 'directory'), session.change(unlist), session.change(clearAddresses)]);
      for (const user of users) await provisionUser(session, user);
    },
  };
}

async function provisionUser(session: Session, user: UserEntry): Promise<void> {
  const [identity] = user.addressKeys;
  if (identity === undefined) throw new TypeError(`a user without an address: ${user.address}`);
  const [known] = await session.rows<{ id: number; time_zone: string }>(present, [identity]);
  const { address, name = null, timeZone } = user;
  const id = known?.id ?? (await addUser(session, [identity, address, name, timeZone]));
  if (known) await session.change(update, [id, address, name, timeZone]);
  if (known && known.time_zone !== timeZone) await session.change(uncover, [id]);
  const { auto_schedule: mode, booking_days: days } = resourceColumns(user.resource);
  await session.change(answers, [id, mode, days]);
  const keys = [...new Set(user.addressKeys)];
  const added = await session.rows<{ address_key: string }>(addAddresses, [id, keys]);
  if (added.length === keys.length) return;
  const taken = keys.find((key) => !added.some((row) => row.address_key === key));
  throw new TypeError(`two users have the address ${taken}`);
}

async function addUser(session: Session, values: readonly (string | null)[]): Promise<number> {
  const [row] = await session.rows<{ id: number }>(insert, values);
  if (!row) throw new TypeError('a row that was inserted did not come back');
  await session.change(addCalendar, [row.id]);
  return row.id;
}

function readRow(row: Row): CalendarUser {
  return {
    id: row.id as UserId,
    address: row.address as CalAddress,
    addressKeys: row.address_keys ?? [],
    name: row.name ?? undefined,
    timeZone: row.time_zone,
    resource: resourceOf(row),
    defaultCalendar: row.calendar_id as CalendarId,
  };
}

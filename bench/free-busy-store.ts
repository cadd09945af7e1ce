import { join } from 'node:path';
import { calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import Sqlite, { type Database } from 'better-sqlite3';
import { type CalendarUser, openSqliteStore, type Store } from 'isched';
import { createBusyTimes } from '../packages/gateway/src/inbound/busy-times.ts';
import { busyHorizon, resolveInboundLimits } from '../packages/gateway/src/policy/inbound-limits.ts';
import { objectText } from './free-busy-objects.ts';

/** Whose busy time is asked for. */
export const owner = parseCalAddress('mailto:owner@receiver.example');
export const now = epochMs(Date.UTC(2026, 10, 23, 10));

const objectsOfOwner = 10_000;
const others = 100;
const objectsAtOnce = 500;

/** A store with the owner's 10,000 objects and nobody else's, each put as a delivery would put it. */
export async function openOwnersStore(folder: string): Promise<{ readonly file: string; readonly store: Store }> {
  const file = join(folder, 'alone.sqlite');
  const store = openSqliteStore({ file });
  const user = await provision(store, 0);
  const limits = resolveInboundLimits();
  const busyTimesOf = createBusyTimes({ horizon: busyHorizon(now, limits), maxInstances: limits.maxBusyInstances });
  for (let first = 0; first < objectsOfOwner; first += objectsAtOnce) {
    await store.transaction(async (tx) => {
      for (let index = first; index < first + objectsAtOnce; index++) {
        const text = objectText(index);
        const object = { user: user.id, calendar: user.defaultCalendar, uid: `object-${index}`, text, changedAt: now };
        await tx.objects.put(object, { busy: busyTimesOf(parseCalendar(text), user) });
      }
    });
  }
  return { file, store };
}

/**
 * A store with the same objects, and a million of a hundred other people between them, as if all had come in turn.
 *
 * @param alone - the file of the owner's store.
 */
export async function openCrowdedStore(folder: string, alone: string): Promise<Store> {
  const file = join(folder, 'crowded.sqlite');
  const empty = openSqliteStore({ file });
  await provision(empty, others);
  await empty[Symbol.asyncDispose]();
  copyInTurn(file, alone);
  return openSqliteStore({ file });
}

/** By SQL, because a million deliveries would take minutes. What others' rows hold at length is cut: it is not read. */
function copyInTurn(file: string, alone: string): void {
  const database = new Sqlite(file);
  database.pragma('journal_mode = DELETE');
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -65536');
  database.prepare('ATTACH ? AS alone').run(alone);
  database.exec(
    'CREATE TEMP TABLE people AS SELECT user_id, id AS calendar_id, user_id = 1 AS isOwner FROM main.calendars',
  );
  database.transaction(() => withoutIndexes(database, () => insertInTurn(database)))();
  database.close();
}

function insertInTurn(database: Database): void {
  const columns =
    'uid, revision, changed_at, covers_start, covers_end, partial, busy_start, busy_end, busy_wide, busy_type';
  const insert = database.prepare(
    `INSERT INTO main.objects (user_id, calendar_id, ${columns}, busy, text)
     SELECT people.user_id, people.calendar_id, ${columns},
       iif(isOwner, busy, substr(busy, 1, 120)), iif(isOwner, text, substr(text, 1, 100))
     FROM alone.objects AS object, people WHERE object.id = ?`,
  );
  for (const id of database.prepare<[], number>('SELECT id FROM alone.objects ORDER BY id').pluck().all())
    insert.run(id);
}

/** They are made again in the end, which is much quicker than keeping them right row by row. */
function withoutIndexes(database: Database, work: () => void): void {
  const indexes = database
    .prepare<[], { readonly name: string; readonly sql: string }>(
      "SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = 'objects' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of indexes) database.exec(`DROP INDEX main.${name}`);
  work();
  for (const { sql } of indexes) database.exec(sql);
}

async function provision(store: Store, more: number): Promise<CalendarUser> {
  const addresses = [
    owner,
    ...Array.from({ length: more }, (_, index) => parseCalAddress(`mailto:u${index}@x.example`)),
  ];
  const entries = addresses.map((address) => ({
    address,
    addressKeys: [calAddressKey(address)],
    timeZone: 'Europe/Berlin',
  }));
  await store.transaction((tx) => tx.directory.provision(entries));
  const user = await store.read((view) => view.directory.findUser(calAddressKey(owner)));
  if (!user) throw new TypeError('the owner is not there');
  return user;
}

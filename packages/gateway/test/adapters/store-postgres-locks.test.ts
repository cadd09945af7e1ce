import { hash } from 'node:crypto';
import { parseCalAddress } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import type { CalendarUser, Store, StoreTransaction } from 'isched';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { createFakeClock } from '@isched/testkit';
import { provisionUsers } from '../../src/inbound/provision-users.ts';
import { at, event, fromWire } from '../inbound/messages.ts';
import { openPostgresHouse, type PostgresHouse, type SchemaInHouse } from './postgres-house.ts';

const range = { start: epochMs(0), end: epochMs(1) };

let house: PostgresHouse;
let schema: SchemaInHouse;
let one: Store;
let two: Store;

beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());
beforeEach(async () => {
  schema = await house.newSchema();
  [one, two] = await Promise.all([schema.open(), schema.open()]);
});
afterEach(async () => {
  await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
  await schema.drop();
});

describe('pieces of work on two nodes that need several objects', () => {
  it('both go through at the first try, where each holds all of a user’s objects before it reads one', async () => {
    const [user] = await users('b');
    const runs: string[] = [];
    const look = (uid: string) => async (tx: StoreTransaction) => {
      runs.push(uid);
      await tx.objects.hold([{ user: user.id }]);
      await tx.objects.get(user.id, uid);
      await tx.serials.serialOf(`gate ${uid}`, '');
      await tx.objects.busy(user.id, range);
    };
    await whileHeld([lockKey('serial', 'gate u1'), lockKey('serial', 'gate u2')], 2, () => [
      one.transaction(look('u1')),
      two.transaction(look('u2')),
    ]);
    expect(runs.toSorted()).toEqual(['u1', 'u2']);
  });

  it('both go through at the first try, in whatever order each names what it needs', async () => {
    const [b, c] = await users('b', 'c');
    const runs: string[] = [];
    const take = (name: string, wanted: readonly CalendarUser[]) => async (tx: StoreTransaction) => {
      runs.push(name);
      await tx.objects.hold(wanted.map((user) => ({ user: user.id, uid: 'u' })));
      for (const user of wanted) await tx.objects.get(user.id, 'u');
    };
    const locks = [b, c].map((user) => lockKey('object', String(user.id), 'u'));
    await whileHeld(locks, 2, () => [one.transaction(take('bc', [b, c])), two.transaction(take('cb', [c, b]))]);
    expect(runs.toSorted()).toEqual(['bc', 'cb']);
  });

  it('two rooms that are asked for in both orders answer each once, at the first try', async () => {
    const rooms = ['red', 'blue'].map((name) => ({
      address: at(name),
      aliases: [],
      time_zone: 'UTC',
      auto_schedule: 'automatic' as const,
    }));
    await provisionUsers(one, rooms);
    const ids = (await one.read((view) => view.directory.users())).map(({ id }) => String(id));
    let runs = 0;
    const deliver = (store: Store, uid: string, attendees: readonly string[]) => {
      const counting: Store = {
        read: (work, options) => store.read(work, options),
        transaction: (work, options) =>
          store.transaction((tx) => {
            runs += 1;
            return work(tx);
          }, options),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
      const message = fromWire(event('REQUEST', attendees).replace('u1@', `${uid}@`));
      return createDeliver({ store: counting, clock: createFakeClock() })(message, {});
    };
    const answers = await whileHeld(
      ids.map((id) => lockKey('user', id)),
      2,
      () => [deliver(one, 'm1', ['red', 'blue']), deliver(two, 'm2', ['blue', 'red'])],
    );
    expect(
      answers
        .flat()
        .map((answer) => answer.requestStatus.code)
        .toSorted(),
    ).toEqual(['2.0', '2.0', '4.0', '4.0']);
    expect(runs).toBe(2);
  });
});

async function users<const Locals extends readonly string[]>(
  ...locals: Locals
): Promise<{ [K in keyof Locals]: CalendarUser }> {
  const entries = locals.map((local) => {
    const address = `mailto:${local}@example.org`;
    return { address: parseCalAddress(address), addressKeys: [address], timeZone: 'UTC' };
  });
  await one.transaction((tx) => tx.directory.provision(entries));
  return (await one.read((view) => view.directory.users())) as { [K in keyof Locals]: CalendarUser };
}

/** Begins work while somebody shares these locks, and lets go once so many wait. */
async function whileHeld<T>(keys: readonly string[], waiting: number, begin: () => readonly Promise<T>[]) {
  const holder = new Client({ connectionString: schema.url });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    for (const key of keys) await holder.query(`SELECT pg_advisory_xact_lock_shared(${key})`);
    const work = Promise.all(begin());
    await vi.waitFor(
      async () => {
        const { rows } = await holder.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
        expect(rows).toHaveLength(waiting);
      },
      { timeout: 10_000 },
    );
    await holder.query('COMMIT');
    return await work;
  } finally {
    await holder.end();
  }
}

/** Decision 0081: 64 bits of a SHA-256. */
function lockKey(...name: readonly string[]): string {
  return hash('sha256', JSON.stringify(['isched', ...name]), 'buffer')
    .readBigInt64BE()
    .toString();
}

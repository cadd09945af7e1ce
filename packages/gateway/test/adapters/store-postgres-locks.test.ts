import { parseCalAddress } from '@isched/icalendar';
import { createFakeClock } from '@isched/testkit';
import { type DomainName, epochMs, parseDomainName } from '@isched/values';
import type { Batch, CalendarUser, NodeId, Store, StoreTransaction, Submission } from 'isched';
import { Client } from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { provisionUsers } from '../../src/inbound/provision-users.ts';
import { at, event, fromWire } from '../inbound/messages.ts';
import { lockKey, type SchemaInHouse, useTwoNodes } from './postgres-house.ts';

const range = { start: epochMs(0), end: epochMs(1) };
const now = epochMs(1_795_000_000_000);
const soon = epochMs(now + 60_000);

let schema: SchemaInHouse;
let one: Store;
let two: Store;
useTwoNodes((scene) => ({ schema, one, two } = scene));

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
    const count = { begun: 0, run: 0 };
    const deliver = (store: Store, uid: string, attendees: readonly string[]) => {
      const message = fromWire(event('REQUEST', attendees).replace('u1@', `${uid}@`));
      return createDeliver({ store: counting(store, count), clock: createFakeClock() })(message, {});
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
    expect(count).toEqual({ begun: 2, run: 2 });
  });
});

describe('the queue of two nodes', () => {
  it('lets many add to the same domains, supersede, lease and settle without one piece of work that runs twice', async () => {
    const domains = ['a', 'b', 'c', 'd', 'e'].map((name) => parseDomainName(`${name}.example`));
    const count = { begun: 0, run: 0 };
    const nodes = [one, two].map((store) => counting(store, count));
    const add = (store: Store, index: number) => {
      const inSomeOrder = [0, 1, 2, 3].map((step) => domains[(index * 3 + step * (1 + (index % 4))) % 5]);
      const to = [...new Set(inSomeOrder.filter((domain) => domain !== undefined))];
      return store.transaction((tx) => tx.queue.add(invitation(`u${index % 7}`, to), { now, dueAt: now }));
    };
    const state = { adding: true };
    const work = async (store: Store, node: string): Promise<void> => {
      for (let idle = false; state.adding || !idle; ) {
        const wish = { node: node as NodeId, limit: 8, perLane: 4, perBatch: 9, skipLanes: [], now, until: soon };
        const batches = await store.transaction((tx) => tx.queue.lease(wish));
        idle = batches.length === 0;
        await Promise.all(batches.map((batch) => store.transaction((tx) => settle(tx, batch))));
      }
    };
    const workers = nodes.map((store, index) => work(store, `node-${index}`));
    const adders = Array.from({ length: 12 }, async (_, adder) => {
      for (let round = 0; round < 12; round++) await add(nodes[adder % 2] ?? one, adder * 12 + round);
    });
    await Promise.all(adders);
    state.adding = false;
    await Promise.all(workers);
    expect(await one.read((view) => view.queue.list({ states: ['waiting', 'leased'] }, { limit: 9 }))).toEqual([]);
    expect(count.begun).toBeGreaterThan(150);
    expect(count.run).toBe(count.begun);
  });
});

function invitation(uid: string, domains: readonly DomainName[]): Submission {
  return {
    originator: 'mailto:a@example.com',
    originatorKey: 'mailto:a@example.com',
    method: 'REQUEST',
    uid,
    instance: '',
    text: 'text',
    recipients: domains.map((domain) => ({ address: `mailto:b@${domain}`, key: `mailto:b@${domain}`, domain })),
    supersedes: { methods: ['REQUEST'], instances: 'same' },
    expiresAt: soon,
  };
}

async function settle(tx: StoreTransaction, batch: Batch): Promise<void> {
  const outcome = { state: 'delivered', reason: 'r', attempts: [] } as const;
  await tx.queue.settle(
    batch.lease,
    batch.deliveries.map(({ id }) => ({ delivery: id, ...outcome })),
    now,
  );
}

/** The same store; counts how many pieces of work were begun, and how often one ran. */
function counting(store: Store, count: { begun: number; run: number }): Store {
  return {
    read: (work, options) => store.read(work, options),
    transaction(work, options) {
      count.begun += 1;
      return store.transaction((tx) => {
        count.run += 1;
        return work(tx);
      }, options);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

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

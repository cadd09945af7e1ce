import { epochMs } from '@isched/values';
import { PostgresBell, type Store, type StoreTransaction } from 'isched';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openOwnPostgresHouse, type PostgresHouse } from './postgres-house.ts';

const decision = { direction: 'inbound', reason: 'r', originator: 'a', uid: 'u', at: epochMs(0) } as const;
const add = (recipient: string) => (tx: StoreTransaction) => tx.decisions.add({ ...decision, recipient });
const away = { code: 'store-unavailable', trouble: 'failed' };

let house: PostgresHouse;
let store: Store;
beforeAll(async () => {
  house = await openOwnPostgresHouse();
  store = await (await house.newSchema()).open({ connectTimeoutMs: 2_000 });
}, 60_000);
afterAll(async () => {
  await store?.[Symbol.asyncDispose]();
  await house?.[Symbol.asyncDispose]();
});

it('says so while the database is away, acknowledges nothing that is lost, and recovers by itself', async () => {
  await store.transaction(add('before'));
  const acknowledged = ['before'];
  const state = { running: true };
  let refused = 0;
  const load = async (name: string): Promise<void> => {
    for (let count = 0; state.running; count++) {
      const recipient = `${name}-${count}`;
      await store.transaction(add(recipient)).then(
        () => acknowledged.push(recipient),
        async (error: unknown) => {
          expect(error).toMatchObject(away);
          refused += 1;
          await new Promise((resolve) => setTimeout(resolve, 10));
        },
      );
    }
  };
  const loads = ['a', 'b', 'c', 'd'].map(load);
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await house.server?.stop();
    await expect(store.transaction(add('away'))).rejects.toMatchObject(away);
    await expect(store.read((view) => view.decisions.latest(1))).rejects.toMatchObject(away);
    await house.server?.start();
  }
  state.running = false;
  await Promise.all(loads);
  await store.transaction(add('after'));
  const kept = (await store.read((view) => view.decisions.ofMeeting('u', 1_000_000))).map(({ recipient }) => recipient);
  expect(refused).toBeGreaterThan(0);
  expect(acknowledged.filter((recipient) => !kept.includes(recipient))).toEqual([]);
  expect(new Set(kept).size).toBe(kept.length);
  expect(kept).not.toContain('away');
});

it('rings at the other nodes, also after the database was away', async () => {
  const url = house.server?.url ?? '';
  await using one = new PostgresBell(url);
  await using two = new PostgresBell(url);
  const heard = { one: 0, two: 0 };
  one.onRing(() => (heard.one += 1));
  two.onRing(() => (heard.two += 1));
  const bothListen = () => vi.waitFor(() => expect(heard).toEqual({ one: 1, two: 1 }), { timeout: 10_000 });
  await bothListen(); // each once: something may have been rung before
  for (let times = 0; times < 5; times++) one.ring();
  await vi.waitFor(() => expect(heard).toEqual({ one: 1, two: 2 }), { timeout: 10_000 });
  heard.one = heard.two = 0;
  await house.server?.stop();
  one.ring();
  await house.server?.start();
  await bothListen();
  two.ring();
  await vi.waitFor(() => expect(heard).toEqual({ one: 2, two: 1 }), { timeout: 10_000 });
});

import { epochMs } from '@isched/values';
import type { Store, StoreTransaction } from 'isched';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

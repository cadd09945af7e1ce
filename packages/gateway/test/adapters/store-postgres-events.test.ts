import { epochMs } from '@isched/values';
import type { DeliveryId, EventPlace, Store, SubmissionId } from 'isched';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgresHouse, type PostgresHouse } from './postgres-house.ts';

let house: PostgresHouse;
beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());

const addTo = (store: Store, reason: string): Promise<void> =>
  store.transaction((tx) =>
    tx.decisions.add({
      at: epochMs(1_795_000_000_000),
      direction: 'outbound',
      reason,
      originator: 'mailto:a@example.com',
      recipient: 'mailto:b@example.org',
      delivery: { id: '1' as DeliveryId, submission: '1' as SubmissionId, state: 'delivered' },
    }),
  );
const read = async (store: Store, after?: EventPlace) =>
  (await store.read((view) => view.decisions.events({ after, limit: 10 })))?.map(({ decision }) => decision.reason);

it('tells new events behind those of a server whose state was restored into this one', async () => {
  const schema = await house.newSchema();
  let place: EventPlace | undefined;
  {
    await using store = await schema.open();
    await addTo(store, 'old');
    await house.query(`UPDATE ${schema.name}.decisions SET xact = '4000000000000'`); // it had seen more transactions
    place = '4000000000000.1' as EventPlace;
    await addTo(store, 'before the restart');
  }
  await using store = await schema.open();
  expect(await read(store, place)).toBeUndefined();
  await addTo(store, 'new');
  expect(await read(store)).toEqual(['old', 'before the restart', 'new']);
  await store[Symbol.asyncDispose]();
  await schema.drop();
});

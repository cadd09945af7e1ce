import { epochMs } from '@isched/values';
import type { DeliveryId, EventPlace, Store, SubmissionId } from 'isched';
import { Client } from 'pg';
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

it('is not held back by what somebody does in another database of the server', async () => {
  const schema = await house.newSchema();
  await using store = await schema.open();
  const other = `other_${process.pid}`;
  await house.query(`CREATE DATABASE ${other}`);
  const url = new URL(schema.url);
  url.pathname = `/${other}`;
  url.searchParams.delete('options');
  const somebody = new Client({ connectionString: url.href });
  const here = new Client({ connectionString: schema.url });
  await Promise.all([somebody.connect(), here.connect()]);
  try {
    await somebody.query('BEGIN');
    await somebody.query('SELECT pg_current_xact_id()');
    await addTo(store, 'one');
    expect(await read(store)).toEqual(['one']);
    await here.query('BEGIN'); // but by what may still add an event
    await here.query('SELECT pg_current_xact_id()');
    await addTo(store, 'two');
    expect(await read(store)).toEqual(['one']);
    await here.query('ROLLBACK');
    expect(await read(store)).toEqual(['one', 'two']);
  } finally {
    await Promise.all([somebody.end(), here.end()]);
    await house.query(`DROP DATABASE ${other}`);
  }
  await store[Symbol.asyncDispose]();
  await schema.drop();
});

it('keeps the order of what was restored, some of it older than this server, and no place in it', async () => {
  const schema = await house.newSchema();
  {
    await using store = await schema.open();
    for (const reason of ['one', 'two']) await addTo(store, reason);
    await house.query(`UPDATE ${schema.name}.decisions SET xact = '4000000000000' WHERE reason = 'two'`);
    await house.query(`UPDATE ${schema.name}.decisions SET xact = '1' WHERE reason = 'one'`);
  }
  await using store = await schema.open();
  expect(await read(store)).toEqual(['one', 'two']);
  expect(await read(store, '1.1' as EventPlace)).toBeUndefined();
  await store[Symbol.asyncDispose]();
  await schema.drop();
});

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

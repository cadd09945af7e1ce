import { epochMs, parseDomainName } from '@isched/values';
import { type DeliveryId, type NodeId, type Store, type Submission } from 'isched';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openPostgresHouse, type PostgresHouse, type SchemaInHouse } from './postgres-house.ts';

const now = epochMs(1_795_000_000_000);
const until = epochMs(now + 60_000);
const wish = { node: 'n' as NodeId, limit: 9, perLane: 9, perBatch: 9, skipLanes: [], now, until };
/** Each adds an instance of its own: none makes another pointless. */
const none = { methods: [], instances: 'same' } as const;
const addition: Submission = {
  originator: 'mailto:a@alpha.example',
  originatorKey: 'mailto:a@alpha.example',
  method: 'ADD',
  uid: 'u',
  instance: '20261201T100000Z',
  text: 'text',
  recipients: [
    { address: 'mailto:b@beta.example', key: 'mailto:b@beta.example', domain: parseDomainName('beta.example') },
  ],
  supersedes: none,
  expiresAt: until,
};

let house: PostgresHouse;
let schema: SchemaInHouse;
let store: Store;
let leasing: Client;
beforeAll(async () => {
  house = await openPostgresHouse();
  schema = await house.newSchema();
  store = await schema.open();
  leasing = new Client({ connectionString: schema.url });
  await leasing.connect();
}, 60_000);
afterAll(async () => {
  await leasing?.end();
  await store?.[Symbol.asyncDispose]();
  await schema?.drop();
  await house?.[Symbol.asyncDispose]();
});

it('a retry waits for who is leasing a later one of the chain, and lets nothing go beside it', async () => {
  const add = () => store.transaction((tx) => tx.queue.add(addition, { now, dueAt: now }));
  const older = (await add()).deliveries[0] as DeliveryId;
  await store.transaction(async (tx) => {
    const [batch] = await tx.queue.lease(wish);
    const dead = { delivery: older, state: 'dead', reason: 'r', attempts: [] } as const;
    if (batch) await tx.queue.settle(batch.lease, [dead], now);
  });
  const later = (await add()).deliveries[0] as DeliveryId;

  await leasing.query('BEGIN');
  await leasing.query('UPDATE deliveries SET state = 1 WHERE id = $1', [later]);
  const options = { now, limit: 9, expiresAt: until, supersedesOf: () => none };
  const retried = store.transaction((tx) => tx.queue.retry({ delivery: older }, options));
  await vi.waitFor(
    async () => {
      const { rows } = await leasing.query("SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted");
      expect(rows).toHaveLength(1);
    },
    { timeout: 10_000 },
  );
  await leasing.query('COMMIT');

  expect((await retried).changed).toMatchObject([{ id: older, state: 'waiting', blocked: true }]);
  expect(await store.transaction((tx) => tx.queue.lease(wish))).toEqual([]);
});

import { epochMs, parseDomainName } from '@isched/values';
import type { DeliveryId, LeaseWish, NodeId, Store, Submission, SupersededDelivery } from 'isched';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse } from '../inbound/house.ts';
import { openPostgresHouse } from './postgres-house.ts';

const now = epochMs(1_795_000_000_000);
const until = epochMs(now + 60_000);
const wish: LeaseWish = { node: 'one' as NodeId, limit: 9, perLane: 9, perBatch: 9, skipLanes: [], now, until };
const to = (name: string) => ({
  address: `mailto:${name}@beta.example`,
  key: `mailto:${name}@beta.example`,
  domain: parseDomainName('beta.example'),
});
const invitation: Submission = {
  originator: 'mailto:A@alpha.example',
  originatorKey: 'mailto:a@alpha.example',
  method: 'REQUEST',
  uid: 'u',
  instance: '',
  text: 'the text',
  recipients: [to('b'), to('c')],
  supersedes: { methods: ['REQUEST'], instances: 'same' },
  expiresAt: epochMs(now + 86_400_000),
};

async function openSqlite() {
  const house = await openHouse({});
  return { store: house.store, close: () => house[Symbol.asyncDispose]() };
}

async function openPostgres() {
  const house = await openPostgresHouse();
  const schema = await house.newSchema();
  const store = await schema.open();
  return {
    store,
    async close() {
      await store[Symbol.asyncDispose]();
      await schema.drop();
      await house[Symbol.asyncDispose]();
    },
  };
}

describe.each([
  ['SQLite', openSqlite],
  ['PostgreSQL', openPostgres],
])('a lease that ran out, on %s', (_, open) => {
  let store: Store;
  let close: () => PromiseLike<void>;
  beforeAll(async () => ({ store, close } = await open()), 60_000);
  afterAll(async () => close());

  it('tells what a newer message made pointless meanwhile, once', async () => {
    const add = (recipients: Submission['recipients']) =>
      store.transaction((tx) => tx.queue.add({ ...invitation, recipients }, { now, dueAt: now }));
    const lease = (more: Partial<LeaseWish>): Promise<readonly SupersededDelivery[]> =>
      store.transaction(async (tx) => {
        const gone: SupersededDelivery[] = [];
        await tx.queue.lease({ ...wish, ...more, superseded: (some) => void gone.push(...some) });
        return gone;
      });
    const first = await add([to('b'), to('c')]);
    expect(await lease({})).toEqual([]);
    await add([to('c')]);
    const later = { now: until, until: epochMs(until + 60_000) };
    expect(await lease(later)).toEqual([
      {
        delivery: first.deliveries[1] as DeliveryId,
        recipient: 'mailto:c@beta.example',
        submission: {
          id: first.id,
          originator: 'mailto:A@alpha.example',
          method: 'REQUEST',
          uid: 'u',
          instance: '',
          addedAt: now,
          expiresAt: invitation.expiresAt,
        },
      },
    ]);
    expect(await lease(later)).toEqual([]);
  });
});

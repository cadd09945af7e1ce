import { epochMs, parseDomainName } from '@isched/values';
import { type LeaseWish, type NodeId, receiverLane, type Store, type Submission } from 'isched';
import { Client } from 'pg';
import { describe, expect, it, vi } from 'vitest';
import {
  lockKey,
  openOwnPostgresHouse,
  type PostgresHouse,
  type SchemaInHouse,
  useTwoNodes,
} from './postgres-house.ts';

const now = epochMs(1_795_000_000_000);
const until = epochMs(now + 60_000);
const wish: LeaseWish = {
  node: 'one' as NodeId,
  limit: 100,
  perLane: 100,
  perBatch: 100,
  skipLanes: [],
  now,
  until,
};
const later = (ms: number) => epochMs(now + ms);
const beta = parseDomainName('beta.example');
const shared = receiverLane('https://shared.example/');

let house: PostgresHouse;
let schema: SchemaInHouse;
let one: Store;
let two: Store;
useTwoNodes((scene) => ({ house, schema, one, two } = scene));

const add = (store: Store, uid: string, to: readonly string[], more: { readonly idempotencyKey?: string } = {}) =>
  store.transaction((tx) => tx.queue.add(invitation(uid, to), { now, dueAt: now, ...more }));
const lease = (store: Store, more: Partial<LeaseWish> = {}) =>
  store.transaction((tx) => tx.queue.lease({ ...wish, ...more }));
const atExpiry = { node: 'two' as NodeId, now: until, until: epochMs(until + 60_000) };
const addresses = (count: number, domain: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `p${index}@${domain(index)}.example`);
const ask = async (sql: string) => (await house.query(sql.replaceAll('$', `${schema.name}.`)))[0];

describe('the queue and the server’s table of locks', () => {
  it('adds messages to thousands of domains at once', async () => {
    const to = addresses(4_000, (index) => `d${index}`);
    const added = await Promise.all(['u', 'v', 'w'].map((uid) => add(one, uid, to)));
    expect(added.map(({ deliveries }) => deliveries.length)).toEqual([4_000, 4_000, 4_000]);
  }, 60_000);

  it('takes over what a node held that died, however much that was', async () => {
    // Room for some hundred locks.
    const small = await openOwnPostgresHouse({ max_connections: '20', max_locks_per_transaction: '10' });
    const room = await small.newSchema();
    const store = await room.open({ poolSize: 2, readPoolSize: 1 });
    for (let index = 0; index < 40; index++) {
      await add(
        store,
        `u${index}`,
        addresses(100, () => `d${index}`),
      );
    }
    const recipients = (batches: Awaited<ReturnType<typeof lease>>) =>
      batches.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
    expect(recipients(await lease(store))).toBe(4_000);
    let takenOver = 0;
    for (let call = 0; call < 5; call++) takenOver += recipients(await lease(store, atExpiry));
    expect(takenOver).toBe(4_000);
    await store[Symbol.asyncDispose]();
    await small[Symbol.asyncDispose]();
  }, 60_000);
});

describe('leases that ran out and can’t be given back', () => {
  it('keep nobody from leasing, and are told of when there is nothing else to do', async () => {
    await add(one, 'u', ['b@beta.example']);
    expect(await lease(one)).toHaveLength(1);
    await house.query(`
      CREATE FUNCTION ${schema.name}.raise() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'out of shared memory' USING ERRCODE = '53200'; END $$;
      CREATE TRIGGER trouble BEFORE DELETE ON ${schema.name}.leases EXECUTE FUNCTION ${schema.name}.raise()`);
    await add(one, 'v', ['c@gamma.example']);
    expect((await lease(two, atExpiry)).map(({ submission }) => submission.uid)).toEqual(['v']);
    await expect(lease(two, atExpiry)).rejects.toMatchObject({ code: 'store-unavailable', trouble: 'failed' });
    await house.query(`DROP TRIGGER trouble ON ${schema.name}.leases`);
    expect((await lease(two, atExpiry)).map(({ submission }) => submission.uid)).toEqual(['u']);
  });

  it('are left until the next time where somebody is changing what they hold', async () => {
    await add(one, 'u', ['b@beta.example']);
    await lease(one);
    const batches = await whileStopped(
      one.transaction.bind(one),
      (tx) => tx.queue.add(invitation('u', ['z@gamma.example']), { now, dueAt: later(90_000) }),
      () => lease(two, atExpiry),
    );
    expect(batches).toEqual([]);
    expect(await lease(two, atExpiry)).toHaveLength(1);
  });
});

describe('domains in which nothing is due any more', () => {
  it.each([
    ['each in a lane of its own', 'domain'],
    ['all in one lane', "'receiver:one'"],
  ])(
    'are put right a part at a time, %s, and what was put right stays so',
    async (_, lane) => {
      await add(
        one,
        'u',
        addresses(5_000, (index) => `d${index}`),
      );
      await house.query(`UPDATE ${schema.name}.queue_domains SET lane = ${lane};
      UPDATE ${schema.name}.deliveries SET state = 2`); // held
      await one.transaction((tx) =>
        tx.queue.add(invitation('fresh', ['b@beta.example']), { now: later(1), dueAt: later(1) }),
      );
      const wrong = async () =>
        Number((await ask('SELECT count(*) FROM $queue_domains WHERE next_due < ' + later(1)))?.['count']);
      expect(await wrong()).toBe(5_000);
      expect(await lease(one, { now: later(1), perLane: 4, limit: 64 })).toEqual([]);
      const left = await wrong();
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(4_000);
      const found: string[] = [];
      for (let call = 0; call < 3 && found.length === 0; call++) {
        const batches = await lease(one, { now: later(1), perLane: 4, limit: 64 });
        found.push(...batches.map(({ submission }) => submission.uid));
      }
      expect(found).toEqual(['fresh']);
    },
    60_000,
  );
});

describe('somebody who comes in between', () => {
  it('changes a lane while leasing waits for the domain: no lease is left that holds nothing', async () => {
    await add(one, 'u', ['b@beta.example']);
    const batches = await whileStopped(
      one.transaction.bind(one),
      async (tx) => {
        await tx.queue.setLane(beta, shared);
        await tx.queue.list({}, { limit: 1 }); // writes it down
      },
      async (waits) => {
        const leasing = lease(two);
        await waits(2);
        return [leasing];
      },
    );
    expect(await Promise.all(batches)).toMatchObject([
      [{ lane: shared, deliveries: [{ recipient: { domain: beta } }] }],
    ]);
    expect(await ask('SELECT count(*) FROM $leases')).toEqual({ count: '1' });
  });

  it('forgets a message while it is submitted again: it is added again', async () => {
    const again = { idempotencyKey: 'k' };
    const first = await add(one, 'u', ['b@beta.example'], again);
    await one.transaction((tx) => tx.queue.drop({ uid: 'u' }, { now, limit: 1 }));
    const adding = await whileStopped(
      one.transaction.bind(one),
      (tx) => tx.queue.add(invitation('u', ['b@beta.example']), { now, dueAt: now }),
      async (waits) => {
        const repeat = add(two, 'u', ['b@beta.example'], again);
        await waits(2);
        expect(await two.transaction((tx) => tx.queue.forgetEnded(later(1), 9))).toBe(1);
        return [repeat];
      },
    );
    const [second] = await Promise.all(adding);
    expect(second?.repeated).toBe(false);
    expect(second?.id).not.toBe(first.id);
    expect(await one.read((view) => view.queue.submissionOf('k'))).toBe(second?.id);
    expect(second?.superseded).toHaveLength(1);
    expect(await one.read((view) => view.queue.list({ states: ['waiting'] }, { limit: 9 }))).toMatchObject([
      { id: second?.deliveries[0] },
    ]);
  });
});

describe('domains that nothing is sent to any more', () => {
  const domains = () => house.query(`SELECT domain FROM ${schema.name}.queue_domains ORDER BY domain`);
  const forget = () => one.transaction((tx) => tx.queue.forgetEnded(later(1), 9));

  it('are forgotten, and with them the names of what went another way', async () => {
    const { deliveries } = await add(one, 'u', ['b@beta.example', 'c@gamma.example']);
    await one.transaction((tx) => tx.queue.fallBack(deliveries.slice(0, 1), { now, until, reason: 'r' }));
    await add(one, 'v', ['d@delta.example']);
    expect((await domains()).map(({ domain }) => domain)).toEqual([
      'beta.example',
      'delta.example',
      'fallback:beta.example',
      'gamma.example',
    ]);
    await one.transaction((tx) => tx.queue.drop({ uid: 'u' }, { now, limit: 9 }));
    expect(await forget()).toBe(2);
    expect(await domains()).toEqual([{ domain: 'delta.example' }]);
  });

  it.each([
    ['stay where somebody has said that there is another delivery', true, 1],
    ['are there again where somebody was about to', false, 0],
  ])('%s', async (_, isWritten, left) => {
    await add(one, 'u', ['b@beta.example']);
    await one.transaction((tx) => tx.queue.drop({}, { now, limit: 9 }));
    const meanwhile = await whileStopped(
      two.transaction.bind(two),
      async (tx) => {
        await tx.queue.add(invitation('v', ['b@beta.example']), { now, dueAt: now });
        if (isWritten) await tx.queue.list({}, { limit: 1 }); // writes it down
      },
      async () => {
        expect(await forget()).toBe(1);
        return domains();
      },
    );
    expect(meanwhile).toHaveLength(left);
    expect((await lease(one)).map(({ submission }) => submission.uid)).toEqual(['v']);
    expect(await domains()).toEqual([{ domain: 'beta.example' }]);
  });
});

function invitation(uid: string, to: readonly string[]): Submission {
  return {
    originator: 'mailto:a@example.com',
    originatorKey: 'mailto:a@example.com',
    method: 'REQUEST',
    uid,
    instance: '',
    text: 'text',
    recipients: to.map((address) => ({
      address: `mailto:${address}`,
      key: `mailto:${address}`,
      domain: parseDomainName(address.slice(address.indexOf('@') + 1)),
    })),
    supersedes: { methods: ['REQUEST'], instances: 'same' },
    expiresAt: later(86_400_000),
  };
}

/** Does something while a piece of work has done its part and not committed. */
async function whileStopped<T>(
  transaction: Store['transaction'],
  part: (tx: Parameters<Parameters<Store['transaction']>[0]>[0]) => Promise<unknown>,
  meanwhile: (waits: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const holder = new Client({ connectionString: schema.url });
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(`SELECT pg_advisory_xact_lock(${lockKey('serial', 'gate')})`);
    const stopped = transaction(async (tx) => {
      await part(tx);
      await tx.serials.serialOf('gate', '');
    });
    const waits = (count: number) =>
      vi.waitFor(
        async () => {
          const { rows } = await holder.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
          expect(rows).toHaveLength(count);
        },
        { timeout: 10_000 },
      );
    await waits(1);
    const done = await meanwhile(waits);
    await holder.query('COMMIT');
    await stopped;
    return done;
  } finally {
    await holder.end();
  }
}

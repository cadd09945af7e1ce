import { setImmediate as turn } from 'node:timers/promises';
import { parseCalAddress } from '@isched/icalendar';
import { epochMs, parseDomainName } from '@isched/values';
import {
  allTime,
  type CalendarUser,
  type Claim,
  domainLane,
  type FinalResult,
  type MessageKey,
  type NodeId,
  type Store,
  type StoreTransaction,
  type Submission,
} from 'isched';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { type PostgresHouse, type SchemaInHouse, useTwoNodes } from './postgres-house.ts';

const now = epochMs(1_795_000_000_000);
const later = (ms: number) => epochMs(now + ms);
const hour = 3_600_000;
const key: MessageKey = {
  signingDomain: parseDomainName('example.com'),
  originator: 'mailto:a@example.com',
  recipient: 'mailto:b@example.org',
  method: 'REQUEST',
  contentHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};
const result: FinalResult = { requestStatus: '2.0;Success', reason: 'request-applied' };
const decision = { at: now, direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid: 'u' } as const;
const add = (tx: StoreTransaction) => tx.decisions.add(decision);

let house: PostgresHouse;
let schema: SchemaInHouse;
let one: Store;
let two: Store;
useTwoNodes((scene) => ({ house, schema, one, two } = scene));

const lines = () => one.read((view) => view.decisions.ofMeeting('u', 1_000));
const nodes = () => [one, two] as const;

describe('two nodes on one database', () => {
  it('change the schema once, whoever starts first', async () => {
    const fresh = await house.newSchema();
    const stores = await Promise.all(Array.from({ length: 6 }, () => fresh.open({ poolSize: 1, readPoolSize: 1 })));
    const steps = await house.query(`SELECT number FROM ${fresh.name}.schema_steps ORDER BY number`);
    expect(steps).toEqual(steps.map((_, index) => ({ number: index + 1 })));
    expect(steps.length).toBeGreaterThan(0);
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
    await fresh.drop();
  });

  it('give one effect and one answer to copies that come at the same instant', async () => {
    const receive = (store: Store): Promise<Claim> =>
      store.transaction(async (tx) => {
        const claim = await tx.received.claim(key, { now, until: later(hour) });
        if (claim.status !== 'new') return claim;
        await add(tx);
        await tx.received.settle(key, result, later(hour));
        return claim;
      });
    const claims = await Promise.all(Array.from({ length: 40 }, (_, index) => receive(nodes()[index % 2] ?? one)));
    expect(claims.filter((claim) => claim.status === 'new')).toHaveLength(1);
    expect(claims.filter((claim) => claim.status !== 'new')).toEqual(
      Array.from({ length: 39 }, () => ({ status: 'answered', result })),
    );
    expect(await lines()).toHaveLength(1);
  });

  it('take over the claim of a node that died', async () => {
    await one.transaction((tx) => tx.received.claim(key, { now, until: later(hour) }));
    const dying = new Client({ connectionString: schema.url });
    dying.on('error', () => undefined);
    await dying.connect();
    await dying.query('BEGIN');
    await dying.query('UPDATE received SET until = 0');
    let told: Claim | undefined;
    const waiting = two
      .transaction((tx) => tx.received.claim(key, { now: later(2 * hour), until: later(3 * hour) }))
      .then((claim) => (told = claim));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toBeUndefined();
    dying.connection.stream.destroy();
    expect(await waiting).toEqual({ status: 'new' });
  });

  it('give one submission to one idempotency key', async () => {
    const submission = submissionTo('u', ['b@beta.example', 'c@gamma.example']);
    const added = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (nodes()[index % 2] ?? one).transaction((tx) =>
          tx.queue.add(submission, { idempotencyKey: 'k', now, dueAt: now }),
        ),
      ),
    );
    expect(added.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(added.map(({ id, deliveries }) => [id, ...deliveries].join())).size).toBe(1);
    expect(await two.read((view) => view.queue.backlog())).toEqual({ waiting: 2, leased: 0, held: 0 });
  });

  it('lease each delivery once, and all of them, while more are added', async () => {
    const uids = Array.from({ length: 60 }, (_, index) => `u${index}`);
    const adding = Promise.all(
      uids.map((uid, index) =>
        (nodes()[index % 2] ?? one).transaction((tx) =>
          tx.queue.add(submissionTo(uid, [`${uid}@d${index % 7}.example`]), { now, dueAt: now }),
        ),
      ),
    );
    const leased: string[] = [];
    const work = async (store: Store, node: string, whileAdding: () => boolean): Promise<void> => {
      for (;;) {
        const more = whileAdding();
        const batches = await store.transaction((tx) => tx.queue.lease({ ...wish, node: node as NodeId }));
        leased.push(...batches.map((batch) => batch.submission.uid));
        if (batches.length === 0 && !more) return;
      }
    };
    let ended = false;
    const workers = [one, two, one, two].map((store, index) => work(store, `node-${index}`, () => !ended));
    await adding;
    ended = true;
    await Promise.all(workers);
    expect(leased.toSorted()).toEqual(uids.toSorted());
  });

  it('run pieces of work again that stood in each other’s way', async () => {
    const users = await provision('b', 'c');
    const put = (store: Store, order: readonly CalendarUser[], text: string) =>
      store.transaction(async (tx) => {
        for (const user of order) {
          const stored = await tx.objects.get(user.id, 'meeting');
          const object = { user: user.id, calendar: user.defaultCalendar, uid: 'meeting', changedAt: now };
          await tx.objects.put(
            { ...object, text: `${stored?.text ?? ''}${text}` },
            { busy: { periods: [], covers: allTime }, ifUnchanged: { revision: stored?.revision } },
          );
        }
      });
    await Promise.all([put(one, users, '1'), put(two, users.toReversed(), '2')]);
    const [b, c] = await Promise.all(users.map((user) => one.read((view) => view.objects.get(user.id, 'meeting'))));
    expect(['12', '21']).toContain(b?.text);
    expect(c?.text).toBe(b?.text);
  });

  it('take a view of all objects of a user for what it is until they have acted on it', async () => {
    const [room] = await provision('room');
    if (!room) throw new Error('no room');
    const period = { start: now, end: later(hour), type: 'BUSY' } as const;
    const book = (store: Store, uid: string) =>
      store.transaction(async (tx) => {
        if ((await tx.objects.busy(room.id, period)).length > 0) return 'taken';
        const object = { user: room.id, calendar: room.defaultCalendar, uid, text: uid, changedAt: now };
        await tx.objects.put(object, { busy: { periods: [period], covers: allTime } });
        return 'booked';
      });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => book(nodes()[index % 2] ?? one, `u${index}`)),
    );
    expect(answers.filter((answer) => answer === 'booked')).toHaveLength(1);
  });
});

describe('what is special to PostgreSQL', () => {
  it('refuses work that waits for something else, and goes on with the others', async () => {
    const slow = one.transaction(async (tx) => {
      await add(tx);
      await turn();
      await turn();
      await turn();
    });
    await expect(slow).rejects.toThrow(/awaited something other/);
    await one.transaction(add);
    expect(await lines()).toHaveLength(1);
  });

  it('acknowledges nothing after a statement that failed, even if the work thinks otherwise', async () => {
    await raiseOnDecisions('53100');
    const work = one.transaction(async (tx) => {
      await tx.serials.serialOf('s', 'f');
      await add(tx).catch(() => undefined);
      return 'done';
    });
    await expect(work).rejects.toMatchObject({ code: 'store-full', trouble: 'no-space' });
    await house.query(`DROP TRIGGER trouble ON ${schema.name}.decisions`);
    expect(await one.transaction((tx) => tx.serials.serialOf('s', 'g'))).toBe(1);
  });

  it('gives up work that is in the way again and again', async () => {
    await raiseOnDecisions('40001');
    await expect(one.transaction(add)).rejects.toMatchObject({ code: 'store-unavailable', trouble: 'failed' });
  });

  it('waits for what others hold, but not for ever', async () => {
    const impatient = await schema.open({ lockTimeoutMs: 100 });
    await one.transaction((tx) => tx.received.claim(key, { now, until: later(hour) }));
    const holding = new Client({ connectionString: schema.url });
    await holding.connect();
    await holding.query('BEGIN; UPDATE received SET until = until');
    const terms = { now: later(2 * hour), until: later(3 * hour) };
    await expect(impatient.transaction((tx) => tx.received.claim(key, terms))).rejects.toMatchObject({
      trouble: 'failed',
    });
    await holding.end();
    expect(await impatient.transaction((tx) => tx.received.claim(key, terms))).toEqual({ status: 'new' });
    await impatient[Symbol.asyncDispose]();
  });

  it('goes on when all its connections were cut', async () => {
    await Promise.all([one.transaction(add), lines()]);
    await house.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'isched' AND pid <> pg_backend_pid()`,
    );
    await one.transaction(add);
    expect(await lines()).toHaveLength(2);
  });

  it('keeps texts with NUL, and UIDs longer than an index takes', async () => {
    const [user] = await provision('b');
    if (!user) throw new Error('no user');
    const uid = 'ü'.repeat(30_000);
    const object = { user: user.id, calendar: user.defaultCalendar, uid, text: 'a', changedAt: now };
    await one.transaction(async (tx) => {
      await tx.objects.put(object, { busy: { periods: [], covers: allTime } });
      await tx.decisions.add({ ...decision, detail: 'a\0b' });
      await tx.queue.add(submissionTo(uid, ['b@beta.example']), { now, dueAt: now });
    });
    expect((await two.read((view) => view.objects.get(user.id, uid)))?.text).toBe('a');
    expect((await lines())[0]?.detail).toBe('a\uFFFDb');
    expect(await two.read((view) => view.queue.list({ uid }, { limit: 9 }))).toHaveLength(1);
  });

  it('does not open what a newer version has made', async () => {
    await house.query(`INSERT INTO ${schema.name}.schema_steps VALUES (9999, 'from the future')`);
    await expect(schema.open()).rejects.toThrow(/schema 9999/);
  });

  it('looks at one state while others change it', async () => {
    const seen = await one.read(async (view) => {
      const before = await view.decisions.ofMeeting('u', 10);
      void two.transaction(add);
      const after: number[] = [];
      for (let round = 0; round < 20; round++) after.push((await view.decisions.ofMeeting('u', 10)).length);
      return [before.length, ...after];
    });
    expect(new Set(seen)).toEqual(new Set([0]));
  });
});

const wish = {
  limit: 3,
  perLane: 100,
  perBatch: 10,
  skipLanes: [domainLane(parseDomainName('nobody.example'))],
  now,
  until: later(hour),
};

function submissionTo(uid: string, recipients: readonly string[]): Submission {
  return {
    originator: 'mailto:a@example.com',
    originatorKey: 'mailto:a@example.com',
    method: 'REQUEST',
    uid,
    instance: '',
    text: 'text',
    recipients: recipients.map((address) => ({
      address: `mailto:${address}`,
      key: `mailto:${address}`,
      domain: parseDomainName(address.slice(address.indexOf('@') + 1)),
    })),
    supersedes: { methods: [], instances: 'same' },
    expiresAt: later(24 * hour),
  };
}

async function provision(...locals: readonly string[]): Promise<readonly CalendarUser[]> {
  const entries = locals.map((local) => {
    const address = `mailto:${local}@example.org`;
    return { address: parseCalAddress(address), addressKeys: [address], timeZone: 'UTC' };
  });
  await one.transaction((tx) => tx.directory.provision(entries));
  return one.read((view) => view.directory.users());
}

/** From now on a decision can't be kept. */
async function raiseOnDecisions(state: string): Promise<void> {
  await house.query(`
    CREATE FUNCTION ${schema.name}.raise() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '${state}'; END $$;
    CREATE TRIGGER trouble BEFORE INSERT ON ${schema.name}.decisions EXECUTE FUNCTION ${schema.name}.raise()`);
}

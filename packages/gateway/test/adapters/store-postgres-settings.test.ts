import { epochMs } from '@isched/values';
import type { Store } from 'isched';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../src/adapters/store-postgres/store.ts';
import { openOwnPostgresHouse, openPostgresHouse, type PostgresHouse, type SchemaInHouse } from './postgres-house.ts';

let house: PostgresHouse;
let schema: SchemaInHouse;

beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());
beforeEach(async () => {
  schema = await house.newSchema();
});
afterEach(async () => {
  vi.useRealTimers();
  await schema.drop();
});

describe('what is acknowledged', () => {
  it.each([
    ['off', 'on'],
    ['local', 'on'],
    ['on', 'on'],
    ['remote_write', 'remote_write'],
    ['remote_apply', 'remote_apply'],
  ])('is on the disk, where the database says synchronous_commit = %s', async (configured, used) => {
    const url = new URL(schema.url);
    url.searchParams.set('options', `-csearch_path=${schema.name} -csynchronous_commit=${configured}`);
    await using store = await openPostgresStore({ url: url.href });
    await house.query(`
      CREATE FUNCTION ${schema.name}.tell() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.detail := current_setting('synchronous_commit'); RETURN NEW; END $$;
      CREATE TRIGGER tell BEFORE INSERT ON ${schema.name}.decisions FOR EACH ROW
        EXECUTE FUNCTION ${schema.name}.tell()`);
    expect(await detailOfOne(store)).toBe(used);
  });
});

describe('a machine whose clock is not the database’s', () => {
  it.each([
    [-60_000, /60\.\d s behind/],
    [40_000, /(40|39)\.\d s ahead/],
    [7_000, /[67]\.\d s ahead/],
  ])('is refused: %s ms', async (byMs, words) => {
    setClock(byMs);
    await expect(schema.open()).rejects.toMatchObject({ trouble: 'unfit', message: expect.stringMatching(words) });
  });

  it('is let in with a small difference, and with a larger one where it is told to', async () => {
    setClock(3_000);
    await (await schema.open())[Symbol.asyncDispose]();
    setClock(60_000);
    await (await schema.open({ maxClockDifferenceMs: 120_000 }))[Symbol.asyncDispose]();
  });
});

describe('a machine whose clock runs away while it works', () => {
  it('changes nothing until it is right again; it may look', async () => {
    await using store = await schema.open({ clockCheckMs: 10 });
    expect(await detailOfOne(store)).toBeUndefined();
    setClock(60_000);
    const refused = { trouble: 'unfit', message: expect.stringContaining("ahead of the database's") };
    await vi.waitFor(() => expect(add(store)).rejects.toMatchObject(refused));
    const before = await lines(store);
    await expect(add(store)).rejects.toMatchObject(refused);
    expect(await lines(store)).toBe(before);
    setClock(0);
    await vi.waitFor(() => add(store));
    expect(await lines(store)).toBe(before + 1);
  });

  it('is not thought to be wrong where the database does not say', async () => {
    const own = await openOwnPostgresHouse();
    const room = await own.newSchema();
    await using store = await room.open({ clockCheckMs: 10, connectTimeoutMs: 200 });
    await own.server?.stop();
    await expect(add(store)).rejects.toMatchObject({ trouble: 'failed' });
    await own.server?.start();
    await vi.waitFor(() => add(store), { timeout: 20_000, interval: 100 });
    await own[Symbol.asyncDispose]();
  }, 60_000);
});

/** The database runs on this machine. */
function setClock(byMs: number): void {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs, shouldAdvanceTime: false });
}

async function add(store: Store): Promise<void> {
  const decision = { direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid: 'u' } as const;
  await store.transaction((tx) => tx.decisions.add({ ...decision, at: epochMs(0) }));
}

async function lines(store: Store): Promise<number> {
  return (await store.read((view) => view.decisions.ofMeeting('u', 1_000))).length;
}

async function detailOfOne(store: Store): Promise<string | undefined> {
  await add(store);
  return (await store.read((view) => view.decisions.ofMeeting('u', 1)))[0]?.detail;
}

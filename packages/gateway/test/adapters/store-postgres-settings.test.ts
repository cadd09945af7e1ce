import { epochMs } from '@isched/values';
import type { Store } from 'isched';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../src/adapters/store-postgres/store.ts';
import { openPostgresHouse, type PostgresHouse, type SchemaInHouse } from './postgres-house.ts';

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

/** The database runs on this machine. */
function setClock(byMs: number): void {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs, shouldAdvanceTime: false });
}

async function detailOfOne(store: Store): Promise<string | undefined> {
  const decision = { direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid: 'u' } as const;
  await store.transaction((tx) => tx.decisions.add({ ...decision, at: epochMs(0) }));
  return (await store.read((view) => view.decisions.ofMeeting('u', 1)))[0]?.detail;
}

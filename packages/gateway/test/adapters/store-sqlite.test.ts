import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { storeContract, type StoreUnderTest } from '@isched/testkit';
import { epochMs } from '@isched/values';
import Sqlite from 'better-sqlite3';
import { openSqliteStore, type Store, type StoreTransaction, StoreUnavailable } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

async function openTemporaryStore(): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'isched-store-'));
  const file = join(folder, 'isched.sqlite');
  let store = openSqliteStore({ file });
  return {
    store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      store = openSqliteStore({ file });
      return store;
    },
    async dispose() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const decision = {
  at: epochMs(0),
  direction: 'inbound',
  reason: 'r',
  originator: 'a',
  recipient: 'b',
  uid: 'u',
} as const;
const add = (tx: StoreTransaction) => tx.decisions.add(decision);

describe('the SQLite store', () => {
  storeContract(openTemporaryStore);
});

describe('what is special to SQLite', () => {
  let folder: string;
  let file: string;
  let store: Store;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isched-store-'));
    file = join(folder, 'data', 'isched.sqlite');
    store = openSqliteStore({ file });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const lines = () => store.read((view) => view.decisions.ofMeeting('u', 100_000));

  it('makes files that nobody else can read', async () => {
    await store.transaction(add);
    const modes = [join(folder, 'data'), file, `${file}-wal`].map((path) => statSync(path).mode & 0o077);
    expect(modes).toEqual([0, 0, 0]);
  });

  it('shares one commit among the pieces of work that wait', async () => {
    const other = new Sqlite(file, { readonly: true });
    const seen: number[] = [];
    const count = other.prepare<[], number>('SELECT count(*) FROM decisions').pluck();
    await Promise.all(
      Array.from({ length: 30 }, () => store.transaction(add).then(() => seen.push(count.get() ?? -1))),
    );
    other.close();
    expect(seen).toEqual(Array.from({ length: 30 }, () => 30));
  });

  it('runs the pieces of a group again, one by one, where one fails; what comes after runs once', async () => {
    const runs: string[] = [];
    const piece = (name: string, fails = false) =>
      store.transaction(async (tx) => {
        runs.push(name);
        await add(tx);
        if (fails) throw new Error(`${name} failed`);
        return name;
      });
    const told = await Promise.allSettled([piece('a'), piece('b', true), piece('c')]);
    expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(runs).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(await lines()).toHaveLength(2);
    runs.length = 0;
    await Promise.allSettled([piece('d'), piece('e', true), piece('f')]);
    expect(runs).toEqual(['d', 'e', 'f']);
    expect(await lines()).toHaveLength(4);
  });

  it('has groups run together again some time after one failed', async () => {
    await expect(store.transaction(() => Promise.reject(new Error('fails')))).rejects.toThrow('fails');
    for (let group = 0; group < 64; group++) await store.transaction(add);
    let runs = 0;
    const failing = store.transaction(async () => {
      runs += 1;
      throw new Error('fails');
    });
    await expect(failing).rejects.toThrow('fails');
    expect(runs).toBe(2);
    expect(await lines()).toHaveLength(64);
  });

  it('refuses work that waits for something else, and goes on with the others', async () => {
    const slow = store.transaction(async (tx) => {
      await add(tx);
      await turn();
      await turn();
    });
    const other = store.transaction(add);
    await expect(slow).rejects.toThrow(/awaited something other/);
    await other;
    expect(await lines()).toHaveLength(1);
    const look = store.read(async () => {
      await turn();
      await turn();
    });
    await expect(look).rejects.toThrow(/awaited something other/);
    expect(await lines()).toHaveLength(1);
  });

  it('waits for another program that writes', async () => {
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = store.transaction(add);
    setTimeout(() => other.exec('COMMIT'), 30);
    await waiting;
    other.close();
    expect(await lines()).toHaveLength(1);
  });

  it('looks without waiting for another program that writes', async () => {
    await store.transaction(add);
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE; DELETE FROM decisions');
    expect(await lines()).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
  });

  it('says so when there is no space left, keeps nothing of that work, and goes on when there is', async () => {
    await store.transaction(add);
    const full = new Sqlite(file);
    const pages = full.pragma('page_count', { simple: true }) as number;
    full.close();
    await store[Symbol.asyncDispose]();
    store = openSqliteStore({ file, maxPages: pages });
    const big = { ...decision, detail: 'x'.repeat(50_000) };
    await expect(store.transaction((tx) => tx.decisions.add(big))).rejects.toMatchObject({
      code: 'store-full',
      trouble: 'no-space',
    });
    await store.transaction(async (tx) => {
      await tx.decisions.forgetBefore(epochMs(1), 10);
      await add(tx);
    });
    expect(await lines()).toEqual([{ ...decision }]);
  });

  it('keeps nothing of work that goes on after the space ran out', async () => {
    await store.transaction(add);
    await store[Symbol.asyncDispose]();
    store = openSqliteStore({ file, maxPages: 1 }); // as many as there are
    const big = { ...decision, detail: 'x'.repeat(50_000) };
    const small = { ...decision, detail: 'of a piece of work that failed' };
    const goingOn = store.transaction((tx) => Promise.all([tx.decisions.add(big), tx.decisions.add(small)]));
    await expect(goingOn).rejects.toMatchObject({ code: 'store-full' });
    const heedless = store.transaction(async (tx) => {
      await tx.decisions.add(big).catch(() => undefined);
      await tx.decisions.add(small);
    });
    await expect(heedless).rejects.toThrow(StoreUnavailable);
    expect(await lines()).toEqual([{ ...decision }]);
  });

  it('carries its log over into the database, and does not let it grow without end', async () => {
    const big = { ...decision, detail: 'x'.repeat(100_000) };
    for (let round = 0; round < 30; round++) {
      await Promise.all(Array.from({ length: 60 }, () => store.transaction((tx) => tx.decisions.add(big))));
      await store.transaction((tx) => tx.decisions.forgetBefore(epochMs(1), 1000));
      for (let small = 0; small < 20; small++) await store.transaction(add);
    }
    expect(statSync(`${file}-wal`).size).toBeLessThan(100 * 1024 * 1024);
    expect(statSync(file).size).toBeGreaterThan(4096);
  });

  it('does not open what a newer version has made', async () => {
    await store[Symbol.asyncDispose]();
    const newer = new Sqlite(file);
    newer.pragma('user_version = 9999');
    newer.close();
    expect(() => openSqliteStore({ file })).toThrow(/schema 9999/);
  });

  it('does not take another file for a database', () => {
    expect(() => openSqliteStore({ file: import.meta.filename.replace(/[^/]*$/, '') })).toThrow(
      expect.objectContaining({ code: 'store-unavailable' }),
    );
  });
});

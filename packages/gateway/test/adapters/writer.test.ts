import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { StoreTransaction } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkpointer } from '../../src/adapters/store-sqlite/checkpointer.ts';
import { DurableLog } from '../../src/adapters/store-sqlite/durable-log.ts';
import { Writer, type WriterDeps } from '../../src/adapters/store-sqlite/writer.ts';

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isched-writer-'));
  database = new Sqlite(join(folder, 'test.sqlite'));
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE done (name TEXT)');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const idle: WriterDeps['checkpointer'] = { died: false, committed: () => undefined, mayWrite: async () => undefined };
const rooms = () => ({}) as StoreTransaction;
const work = (name: string) => async () => {
  database.prepare('INSERT INTO done VALUES (?)').run(name);
  return name;
};

describe('the writer', () => {
  it('tells nobody before the disk has it, and gathers the next group meanwhile', async () => {
    const syncs: (() => void)[] = [];
    const log = { check: () => undefined, sync: () => new Promise<void>((resolve) => syncs.push(resolve)) };
    const writer = new Writer({ database, rooms, log, checkpointer: idle });
    const told: string[] = [];
    const tell = async (name: string) => {
      told.push(await writer.run(work(name)));
    };
    const turn = () => new Promise((resolve) => setImmediate(resolve));

    const telling = [tell('a')];
    await turn();
    telling.push(tell('b'), tell('c'));
    await turn();
    expect([told, syncs.length]).toEqual([[], 1]);
    syncs[0]?.();
    await turn();
    expect([told, syncs.length]).toEqual([['a'], 2]);
    syncs[1]?.();
    await turn();
    await Promise.all(telling);
    expect(told).toEqual(['a', 'b', 'c']);
  });

  it('leaves the event loop to others in between, also where a piece of a group fails', async () => {
    const log = { check: () => undefined, sync: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const writer = new Writer({ database, rooms, log, checkpointer: idle });
    let turns = 0;
    let turning = true;
    const turn = (): void => {
      turns += 1;
      if (turning) setImmediate(turn);
    };
    const seen: number[] = [];
    const pieces = Array.from({ length: 300 }, (_, index) =>
      writer.run(async () => {
        if (seen.length === 0) setImmediate(turn);
        seen.push(turns);
        await work(`${index}`)();
        const until = performance.now() + 1; // busy, as statements are
        while (performance.now() < until);
        if (index === 10) throw new RangeError('no');
      }),
    );
    const told = await Promise.allSettled(pieces);
    turning = false;
    expect(told.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    // Pieces that ran without a turn of the loop in between: no more than a group may last, and some for a slow machine.
    const longest = Math.max(
      ...Map.groupBy(seen, (at) => at)
        .values()
        .map((group) => group.length),
    );
    expect(longest).toBeLessThan(30);
  });

  it('does not wait for the disk where nothing was changed', async () => {
    const log = { check: () => undefined, sync: () => Promise.reject(new Error('asked in vain')) };
    const writer = new Writer({ database, rooms, log, checkpointer: idle });
    expect(await writer.run(async () => 'looked')).toBe('looked');
  });

  it('acknowledges nothing any more once the disk has failed', async () => {
    let broken: Error | undefined;
    const log = {
      check() {
        if (broken) throw broken;
      },
      async sync() {
        broken = Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' });
        throw broken;
      },
    };
    const writer = new Writer({ database, rooms, log, checkpointer: idle });
    const unavailable = { code: 'store-unavailable', trouble: 'failed' };
    await expect(writer.run(work('a'))).rejects.toMatchObject(unavailable);
    await expect(writer.run(work('b'))).rejects.toMatchObject(unavailable);
    await expect(writer.run(async () => 'only looked')).rejects.toMatchObject(unavailable);
    expect(database.prepare('SELECT name FROM done').pluck().all()).toEqual(['a']);
  });

  it('ends a group after a while, so that others get a turn', async () => {
    let commits = 0;
    const checkpointer = { ...idle, committed: () => (commits += 1) };
    const log = { check: () => undefined, sync: async () => undefined };
    const writer = new Writer({ database, rooms, log, checkpointer });
    const slow = async () => {
      const until = performance.now() + 15;
      while (performance.now() < until);
      database.prepare("INSERT INTO done VALUES ('slow')").run();
    };
    await Promise.all(Array.from({ length: 6 }, () => writer.run(slow)));
    expect(commits).toBeGreaterThanOrEqual(3);
  });
});

describe('the thread that keeps the log short', () => {
  it('is done without where the system gives none: the writer carries its log over itself', async () => {
    let asked = 0;
    const checkpointer = new Checkpointer(join(folder, 'test.sqlite'), () => {
      asked += 1;
      throw Object.assign(new Error('no more threads'), { code: 'ERR_WORKER_INIT_FAILED' });
    });
    const log = { check: () => undefined, sync: async () => undefined };
    const writer = new Writer({ database, rooms, log, checkpointer });
    database.pragma('wal_autocheckpoint = 0');
    checkpointer.committed({ log: 5_000, checkpointed: 0 });
    expect(await writer.run(work('a'))).toBe('a');
    checkpointer.committed({ log: 5_000, checkpointed: 0 });
    expect(await writer.run(work('b'))).toBe('b');
    await checkpointer.close();
    expect([asked, checkpointer.died]).toEqual([1, true]);
    expect(database.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
  });

  it('keeps nobody waiting for ever whatever goes wrong before a group', async () => {
    let fails = true;
    const checkpointer: typeof idle = {
      ...idle,
      async mayWrite() {
        if (!fails) return;
        fails = false;
        throw new Error('once');
      },
    };
    const log = { check: () => undefined, sync: async () => undefined };
    const writer = new Writer({ database, rooms, log, checkpointer });
    await expect(writer.run(work('a'))).rejects.toMatchObject({ code: 'store-unavailable', trouble: 'failed' });
    expect(await writer.run(work('b'))).toBe('b');
  });
});

describe('the log', () => {
  it('has failed for good once a sync failed', async () => {
    const path = join(folder, 'test.sqlite-wal');
    const log = new DurableLog(path);
    await log.sync();
    log.close();
    await expect(log.sync()).rejects.toMatchObject({ code: 'EBADF' });
    const descriptor = openSync(path, 'r+'); // the number may be in use again: it is not tried
    await expect(log.sync()).rejects.toMatchObject({ code: 'EBADF' });
    expect(() => log.check()).toThrow('EBADF');
    closeSync(descriptor);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@isched/testkit';
import { epochMs } from '@isched/values';
import { openSqliteStore } from 'isched';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Overdue } from '../../src/outbound/overdue.ts';
import type { Logger } from '../../src/server/log.ts';
import { keepTidy } from '../../src/server/upkeep.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'isched-upkeep-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const retention = { decisionDays: 1, messageDays: 1, attemptDays: 1, outcomeDays: 1 };
const nothing = () => Promise.resolve(0);

it('forgets what has expired also where a part of the upkeep fails, and says which', async () => {
  await using store = openSqliteStore({ file: join(folder, 'isched.sqlite') });
  const clock = createFakeClock('2026-11-23T12:00:00Z');
  const line = { direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid: 'u' } as const;
  await store.transaction((tx) => tx.decisions.add({ ...line, at: epochMs(1) }));
  const warned: unknown[] = [];
  const log = { warn: (fields: unknown) => warned.push(fields) } as unknown as Logger;
  const error = new Error('one meeting that can not be ended');
  const overdue: Overdue = { handOver: nothing, end: () => Promise.reject(error) };
  const stop = new AbortController();
  const tidying = keepTidy({ store, clock, log, overdue }, retention, { signal: stop.signal });
  await expect.poll(() => store.read((view) => view.decisions.latest(1))).toEqual([]);
  stop.abort();
  await tidying;
  expect(warned).toEqual([{ err: error, what: 'ending what is overdue' }]);
});

import { join } from 'node:path';
import { createSeededRandom } from '@isched/testkit';
import Sqlite from 'better-sqlite3';
import { openSqliteStore } from 'isched';
import { expect, it } from 'vitest';
import { rounds, seed } from './support/rounds.ts';
import { tallyOf } from './support/tally.ts';
import { Town } from './support/town.ts';

const kills = Math.ceil(rounds * 0.4);
const all = ['receiver', 'worker', 'admin'] as const;

it(`${kills} kills of a sender and a receiver on SQLite, at random moments under load, lose nothing and repeat nothing (seed ${seed})`, async ({
  task,
}) => {
  const tally = tallyOf(task);
  await using town = await Town.open();
  const { alpha, beta } = town;
  const [sender, receiver] = await Promise.all([
    town.start({ name: 'alpha', organisation: alpha, roles: all, fault: 'kill -9 of a sender', isPublic: true }),
    town.start({ name: 'beta', organisation: beta, roles: all, fault: 'kill -9 of a receiver', isPublic: true }),
  ]);
  const stop = new AbortController();
  const loading = town.load(sender, stop.signal, { parallel: 16 });
  await town.killAtRandom({ kills, atOnce: 1 }, createSeededRandom(seed), tally);
  stop.abort();
  await loading;
  await town.drain(sender, receiver);
  await town.closeNodes();

  const files = [sender, receiver].map(({ data }) => join(data, 'isched.sqlite'));
  const [alphaFile = '', betaFile = ''] = files;
  await using alphaStore = openSqliteStore({ file: alphaFile });
  await using betaStore = openSqliteStore({ file: betaFile });
  expect(town.invitations.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(kills);
  await town.audit(tally, { alpha: alphaStore, beta: betaStore });
  for (const file of files) expectWhole(file);
}, 400_000);

/** Nothing is half there: claims are settled, and the file itself is sound. */
function expectWhole(file: string): void {
  const database = new Sqlite(file, { readonly: true });
  expect(database.prepare('SELECT count(*) FROM received WHERE result IS NULL').pluck().get()).toBe(0);
  expect(database.prepare('SELECT count(*) FROM leases').pluck().get()).toBe(0);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
}

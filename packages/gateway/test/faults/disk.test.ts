import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSeededRandom } from '@isched/testkit';
import { openSqliteStore } from 'isched';
import { expect, it } from 'vitest';
import type { TestNode } from './support/node.ts';
import { repetitions, seed } from './support/rounds.ts';
import { tallyOf } from './support/tally.ts';
import { Town } from './support/town.ts';

const run = promisify(execFile);

/** Lets no file of a process grow beyond a size (RLIMIT_FSIZE): what it writes there fails, as on a disk that is full. */
async function limitFiles({ pid }: TestNode, octets: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${octets}:unlimited`]);
}

/** The largest file of a node's. Octets. */
function largestFile({ data }: TestNode): number {
  return Math.max(...readdirSync(data).map((name) => statSync(join(data, name)).size));
}

const all = ['receiver', 'worker', 'admin'] as const;

it(`nodes whose files can not grow any more refuse what they can not keep, go on, and have lost nothing when there is room (seed ${seed})`, async ({
  task,
}) => {
  const tally = tallyOf(task);
  const random = createSeededRandom(seed);
  await using town = await Town.open();
  const [sender, receiver] = await Promise.all([
    town.start({
      name: 'alpha',
      organisation: town.alpha,
      roles: all,
      fault: 'disk full under SQLite',
      isPublic: true,
    }),
    town.start({ name: 'beta', organisation: town.beta, roles: all, fault: 'disk full under SQLite', isPublic: true }),
  ]);
  const stop = new AbortController();
  const loading = town.load(sender, stop.signal, { parallel: 4 });
  for (let time = 0; time < 2 * repetitions(3); time++) {
    const full = time % 2 === 0 ? sender : receiver;
    await limitFiles(full, largestFile(full) + Math.floor(random.fraction() * 200_000));
    const before = town.refused;
    const isFull = async (): Promise<boolean> =>
      full === sender
        ? town.refused > before
        : (await sender.pending()).some(({ detail }) => /^50[37]/.test(detail ?? ''));
    await expect.poll(isFull, { timeout: 60_000 }).toBe(true);
    tally.injected('disk full under SQLite');
    await limitFiles(full, 'unlimited');
    town.passTime(); // what is to be tried again is due
  }
  stop.abort();
  await loading;
  await town.drain(sender, receiver);
  await town.closeNodes();
  await using alphaStore = openSqliteStore({ file: join(sender.data, 'isched.sqlite') });
  await using betaStore = openSqliteStore({ file: join(receiver.data, 'isched.sqlite') });
  await town.audit(tally, { alpha: alphaStore, beta: betaStore });
}, 300_000);

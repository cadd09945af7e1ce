import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@isched/runtime';
import { createSeededRandom } from '@isched/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { openPostgresHouse, type PostgresHouse } from '../adapters/postgres-house.ts';
import { numbered, numberOf, openStoreAt } from './support/numbered.ts';
import { repetitions, seed } from './support/rounds.ts';
import { tallyOf } from './support/tally.ts';

const child = join(import.meta.dirname, 'support', 'deliver-child.ts');
const everything = 1_000_000;

/** Lets a child deliver for a while and kills it. @returns the numbers it acknowledged. */
async function deliverAndKill(place: string, first: number, afterMs: number): Promise<readonly number[]> {
  const running = spawn(process.execPath, ['--conditions=isched-source', child, place, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  running.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const closed = once(running, 'close');
  await once(running.stdout, 'data'); // it is at work
  await delay(afterMs);
  running.kill('SIGKILL');
  await closed;
  return said.split('\n').slice(0, -1).map(Number);
}

let house: PostgresHouse;
let folder: string;
beforeAll(async () => {
  house = await openPostgresHouse();
  folder = mkdtempSync(join(tmpdir(), 'isched-kills-'));
}, 60_000);
afterAll(async () => {
  await house?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** As fast as the store takes them, with nothing between: thousands of commits a second to be killed in. */
describe.for([
  { store: 'SQLite', place: async () => join(folder, 'isched.sqlite') },
  { store: 'PostgreSQL', place: async () => (await house.newSchema()).url },
])('kill -9 of who delivers into $store at once what it can', ({ place: placeOf }) => {
  it(`loses nothing that was acknowledged, and has done it once (seed ${seed})`, { timeout: 300_000 }, async ({
    task,
  }) => {
    const tally = tallyOf(task);
    const random = createSeededRandom(seed);
    const place = await placeOf();
    const acknowledged = new Set<number>();
    const rounds = 2 * repetitions(5);
    for (let round = 0; round < rounds; round++) {
      const numbers = await deliverAndKill(place, round * 1_000_000, random.fraction() * 200);
      tally.injected('kill -9 of a receiver');
      for (const number of numbers) acknowledged.add(number);
    }
    expect(acknowledged.size).toBeGreaterThan(rounds);

    await using store = await openStoreAt(place);
    const user = await store.read((view) => view.directory.findUser('mailto:b@example.org'));
    const objects = user ? await store.read((view) => view.objects.list(user.id)) : [];
    const stored = objects.map(({ uid }) => numberOf(uid));
    expect([...acknowledged].filter((number) => !stored.includes(number))).toEqual([]);

    // Nothing is half there: object and decision came together, whether acknowledged or not.
    const decisions = await store.read((view) => view.decisions.latest(everything));
    expect(decisions.map(({ uid }) => numberOf(uid)).toSorted((a, b) => a - b)).toEqual(
      stored.toSorted((a, b) => a - b),
    );

    // A copy that comes after the crash gets the first answer and has no second effect.
    const deliver = createDeliver({ store, clock: systemClock });
    for (const number of stored.slice(-50)) {
      const [again] = await deliver(numbered(number), {});
      expect(again).toMatchObject({ reason: 'new-invitation', requestStatus: { code: '2.0' } });
    }
    const reasons = await store.read((view) => view.decisions.latest(Math.min(50, stored.length)));
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(['repeated']));
    expect(user && (await store.read((view) => view.objects.list(user.id)))).toEqual(objects);
    tally.checked(stored.length);
  });
});

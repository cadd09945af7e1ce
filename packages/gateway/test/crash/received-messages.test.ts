import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@isched/runtime';
import { createSeededRandom } from '@isched/testkit';
import Sqlite from 'better-sqlite3';
import { openSqliteStore } from 'isched';
import { describe, expect, it } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { invitation } from './invitation.ts';

const child = join(import.meta.dirname, 'deliver-child.ts');
const rounds = 10;

/** Lets a child deliver for a while and kills it. @returns the numbers it acknowledged. */
async function deliverAndKill(file: string, first: number, afterMs: number): Promise<readonly number[]> {
  const running = spawn(process.execPath, ['--conditions=isched-source', child, file, String(first)], {
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

describe('SIGKILL at any moment', () => {
  it('loses nothing that was acknowledged, and has done it once', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'isched-crash-'));
    const file = join(folder, 'isched.sqlite');
    const random = createSeededRandom(20_261_122);
    const acknowledged = new Set<number>();
    for (let round = 0; round < rounds; round++) {
      for (const number of await deliverAndKill(file, round * 1_000_000, random.fraction() * 200))
        acknowledged.add(number);
    }
    expect(acknowledged.size).toBeGreaterThan(rounds);

    const store = openSqliteStore({ file });
    const user = await store.read((view) => view.directory.findUser('mailto:b@example.org'));
    const objects = user ? await store.read((view) => view.objects.list(user.id)) : [];
    const stored = objects.map((object) => Number(/^crash-(\d+)@/.exec(object.uid)?.[1]));
    expect(new Set(stored).size).toBe(stored.length);
    expect([...acknowledged].filter((number) => !stored.includes(number))).toEqual([]);

    // Nothing is half there: claim, object and decision came together, whether acknowledged or not.
    const raw = new Sqlite(file, { readonly: true });
    const count = (sql: string) => raw.prepare<[], number>(sql).pluck().get();
    expect(count('SELECT count(*) FROM received WHERE result IS NOT NULL')).toBe(stored.length);
    expect(count('SELECT count(*) FROM received WHERE result IS NULL')).toBe(0);
    expect(count('SELECT count(DISTINCT uid) FROM decisions')).toBe(stored.length);
    expect(count('SELECT count(*) FROM decisions')).toBe(stored.length);
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
    raw.close();

    // A copy that comes after the crash gets the first answer and has no second effect.
    const deliver = createDeliver({ store, clock: systemClock });
    for (const number of [...acknowledged].slice(-20)) {
      const [again] = await deliver(invitation(number), {});
      expect(again).toMatchObject({ reason: 'new-invitation', requestStatus: { code: '2.0' } });
    }
    expect(user && (await store.read((view) => view.objects.list(user.id)))).toEqual(objects);
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
});

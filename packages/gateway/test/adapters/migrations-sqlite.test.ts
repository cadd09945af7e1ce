import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs } from '@isched/values';
import Sqlite from 'better-sqlite3';
import { type DeliveryId, type LeaseToken, type NodeId, openSqliteStore } from 'isched';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate, migrations } from '../../src/adapters/store-sqlite/migrations.ts';

const now = epochMs(1_795_000_000_000);
const hour = 3_600_000;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isched-migrations-'));
  file = join(folder, 'isched.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A database as an earlier version left it. */
function leave(version: number, contents: string): void {
  const database = new Sqlite(file);
  for (const step of migrations) if (step.number <= version) database.exec(step.sql);
  database.exec(contents);
  database.pragma(`user_version = ${version}`);
  database.close();
}

it('carries the queue over to the schema where leased is who has a lease, and texts lie apart', async () => {
  const ended = `(originator, method, uid, instance, recipients, added_at, expires_at, id, ended_at, text, has_attempts)`;
  const head = `'mailto:a@alpha.example', 'REQUEST'`;
  const deliveries =
    '(id, submission_id, recipient, recipient_key, domain, chain, blocked, due_at, changed_at, state, lease_id)';
  const rest = `'mailto:b@beta.example', 'mailto:b@beta.example', 'beta.example'`;
  leave(
    8,
    `INSERT INTO submissions ${ended} VALUES
       (${head}, 'leased', '', 1, ${now}, ${now + hour}, 1, NULL, 'text of leased', 1),
       (${head}, 'waiting', '', 1, ${now}, ${now + hour}, 2, NULL, 'text of waiting', 1),
       (${head}, 'ended', '', 1, ${now}, ${now + hour}, 3, ${now}, 'text of ended', 0),
       (${head}, 'forgotten', '', 1, ${now}, ${now + hour}, 4, ${now}, NULL, 1);
     INSERT INTO deliveries ${deliveries} VALUES
       (1, 1, ${rest}, x'01', 0, ${now}, ${now}, 1, 7), (2, 2, ${rest}, x'02', 0, ${now}, ${now}, 0, NULL),
       (3, 3, ${rest}, x'03', 0, ${now}, ${now}, 3, NULL), (4, 4, ${rest}, x'04', 0, ${now}, ${now}, 6, NULL);
     INSERT INTO leases (id, node, lane, until) VALUES (7, 'n', 'domain:beta.example', ${now + hour});
     INSERT INTO queue_domains (domain, lane, next_due) VALUES ('beta.example', 'domain:beta.example', ${now});
     INSERT INTO queue_lanes (lane, next_due) VALUES ('domain:beta.example', ${now});`,
  );
  await using store = openSqliteStore({ file });
  const seen = await store.read(async (view) => ({
    states: (await view.queue.list({}, { limit: 9 })).map(({ state }) => state),
    leased: (await view.queue.list({ states: ['leased'] }, { limit: 9 })).map(({ id }) => id),
    waiting: (await view.queue.list({ states: ['waiting'] }, { limit: 9 })).map(({ id }) => id),
    texts: await Promise.all(['1', '2', '3', '4'].map((id) => view.queue.text(id as never))),
    backlog: await view.queue.backlog(),
  }));
  expect(seen).toEqual({
    states: ['leased', 'waiting', 'delivered', 'dead'],
    leased: ['1'],
    waiting: ['2'],
    texts: ['text of leased', 'text of waiting', 'text of ended', undefined],
    backlog: { waiting: 1, leased: 1, held: 0 },
  });

  const node = 'n' as NodeId;
  const until = epochMs(now + hour);
  const wish = { node, limit: 9, perLane: 9, perBatch: 9, skipLanes: [], now, until };
  const batches = await store.transaction((tx) => tx.queue.lease(wish));
  expect(batches.map(({ submission, deliveries: [one] }) => [submission.text, one?.id])).toEqual([
    ['text of waiting', '2'],
  ]);
  const settlement = {
    delivery: '1' as DeliveryId,
    state: 'delivered',
    reason: 'sent-answered',
    attempts: [],
  } as const;
  await store.transaction((tx) => tx.queue.settle({ token: '7' as LeaseToken, node, until }, [settlement], now));
  const [first] = await store.read((view) => view.queue.list({}, { limit: 1 }));
  expect(first).toMatchObject({ id: '1', state: 'delivered', tries: 1 });

  const after = epochMs(now + 1);
  expect(await store.transaction((tx) => tx.queue.forgetTexts(after, 9))).toBe(2);
  expect(await store.read((view) => view.queue.text('3' as never))).toBeUndefined();
  expect(await store.transaction((tx) => tx.queue.forgetAttempts(after, 9))).toBe(2);
  expect(await store.transaction((tx) => tx.queue.forgetEnded(after, 9))).toBe(3);
  expect(await store.read((view) => view.queue.list({}, { limit: 9 }))).toHaveLength(1);
});

it.each([600, 1_200, 2_500, 4_000, 9_000])(
  'keeps no room for messages of %i octets where they lay before',
  (octets) => {
    leave(
      8,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO submissions (originator, method, uid, instance, text, recipients, added_at, expires_at)
       SELECT 'mailto:a@alpha.example', 'REQUEST', 'uid-' || i, '', hex(zeroblob(${octets / 2})), 1, 0, 1000 FROM n`,
    );
    const database = new Sqlite(file);
    const pages = (what: string): number => database.pragma(what, { simple: true }) as number;
    const used = (): number => pages('page_count') - pages('freelist_count');
    const before = used();
    migrate(database);
    expect(used() / before).toBeLessThan(1.3);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(pages('foreign_keys')).toBe(1);
    database.close();
  },
);

it('gives no number twice that a submission had which is forgotten', async () => {
  leave(
    8,
    `INSERT INTO submissions (id, originator, method, uid, instance, recipients, added_at, expires_at)
       VALUES (41, 'mailto:a@alpha.example', 'REQUEST', 'u', '', 1, 0, 1000);
     DELETE FROM submissions`,
  );
  await using store = openSqliteStore({ file });
  const submission = {
    originator: 'mailto:a@alpha.example',
    originatorKey: 'mailto:a@alpha.example',
    method: 'REQUEST',
    uid: 'u',
    instance: '',
    text: 'text',
    recipients: [{ address: 'mailto:b@beta.example', key: 'mailto:b@beta.example', domain: undefined }],
    supersedes: { methods: [], instances: 'same' },
    expiresAt: epochMs(now + hour),
  } as const;
  expect((await store.transaction((tx) => tx.queue.add(submission, { now, dueAt: now }))).id).toBe('42');
});

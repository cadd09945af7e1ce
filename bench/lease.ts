import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EpochMs, epochMs } from '@isched/values';
import Sqlite from 'better-sqlite3';
import { type NodeId, openSqliteStore, type Store } from 'isched';
import { type Benchmark, rateRatio, type Row, summarize } from './harness.ts';

const now = epochMs(1_795_000_000_000);
const domains = 1000;
const waitingShort = 20_000;
const waitingLong = 1_000_000;
/** Rounds of leasing and settling on each store, in alternation. */
const rounds = 60;
const batchesPerRound = 64;

/** Leasing and settling where little waits, and where very much does. */
export const lease: Benchmark = {
  name: 'lease',
  about: `leases and settlements, ${waitingShort} against ${waitingLong} waiting deliveries of ${domains} domains, SQLite`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using short = await openFilled(join(folder, 'short.sqlite'), waitingShort);
      await using long = await openFilled(join(folder, 'long.sqlite'), waitingLong);
      const rows = await measureBoth(short, long);
      return {
        name: 'lease',
        rows,
        ratios: { 'lease-long/lease-short': rateRatio(rows, 'lease-long', 'lease-short') },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/**
 * A store with waiting deliveries, one message each, due one after the other. Written in bulk, as the port would have: to
 * add a million one by one takes longer than all that is measured.
 */
async function openFilled(file: string, count: number): Promise<Store> {
  await openSqliteStore({ file })[Symbol.asyncDispose]();
  const database = new Sqlite(file);
  database.pragma('synchronous = OFF');
  database.exec(`
    BEGIN;
    INSERT INTO submissions (id, originator, method, uid, instance, recipients, added_at, expires_at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT i, 'mailto:alice@sender.example', 'REQUEST', i || '@bench', '', 1, ${now}, ${now} + 432000000 FROM n;
    INSERT INTO submission_texts (submission_id, text) SELECT id, 'BEGIN:VCALENDAR' FROM submissions;
    INSERT INTO deliveries (id, submission_id, recipient, recipient_key, domain, chain, state, blocked, due_at, changed_at)
      SELECT id, id, 'mailto:u' || id || '@bench', 'mailto:u' || id, 'd' || (id % ${domains}) || '.example', randomblob(16), 0, 0,
        ${now} + id, ${now} FROM submissions;
    INSERT INTO queue_domains (domain, lane, next_due)
      SELECT domain, 'domain:' || domain, min(due_at) FROM deliveries GROUP BY domain;
    INSERT INTO queue_lanes (lane, next_due) SELECT lane, next_due FROM queue_domains;
    COMMIT;`);
  database.close();
  return openSqliteStore({ file });
}

async function measureBoth(short: Store, long: Store): Promise<readonly Row[]> {
  const samples = [
    { name: 'lease-short', store: short, latencies: [] as number[], rates: [] as number[] },
    { name: 'lease-long', store: long, latencies: [] as number[], rates: [] as number[] },
  ];
  for (let round = -5; round < rounds; round++) {
    for (const sample of samples) {
      const start = performance.now();
      const done = await leaseAndSettle(sample.store, epochMs(now + 3_600_000));
      const ms = performance.now() - start;
      if (done !== batchesPerRound) throw new Error(`${sample.name} leased ${done} batches`);
      if (round < 0) continue; // the warm-up
      sample.latencies.push(ms / done);
      sample.rates.push((done * 1000) / ms);
    }
  }
  return samples.map(({ name, ...sampled }) => summarize(name, sampled));
}

async function leaseAndSettle(store: Store, at: EpochMs): Promise<number> {
  const batches = await store.transaction((tx) =>
    tx.queue.lease({
      node: 'bench' as NodeId,
      limit: batchesPerRound,
      perLane: 4,
      perBatch: 250,
      skipLanes: [],
      now: at,
      until: epochMs(at + 60_000),
    }),
  );
  await Promise.all(
    batches.map((batch) =>
      store.transaction((tx) =>
        tx.queue.settle(
          batch.lease,
          batch.deliveries.map(({ id }) => ({
            delivery: id,
            state: 'delivered',
            reason: 'sent-answered',
            attempts: [],
          })),
          at,
        ),
      ),
    ),
  );
  return batches.length;
}

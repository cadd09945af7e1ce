import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteStore } from 'isched';
import { type Benchmark, type Row, summarize } from './harness.ts';
import { enqueueInvitations, liveDomain, type OutboundLab, startOutboundLab } from './outbound-lab.ts';

const dead = 10_000;
const live = 600;
const domains = 20;
const hosts = 20;

/** Messages to receivers that answer, beside very many to one that does not. */
export const deadDomain: Benchmark = {
  name: 'dead-domain',
  about: `from queue to outcome for ${live} invitations, with and without ${dead} waiting for a domain whose receiver is away`,
  async run() {
    await using lab = await startOutboundLab({ domains, hosts });
    const rows = [await deliver(lab, 'without', 0), await deliver(lab, 'with', dead)];
    const [without, withDead] = rows as [Row, Row];
    return { name: 'dead-domain', rows, ratios: { 'with/without': withDead.p99Ms / without.p99Ms } };
  },
};

async function deliver(lab: OutboundLab, name: string, waiting: number): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
  try {
    await using store = openSqliteStore({ file: join(folder, 'queue.sqlite') });
    await enqueueInvitations(store, waiting, () => 'dead.bench.example');
    const began = new Map<string, number>();
    const latencies: number[] = [];
    await using worker = lab.work(store, ({ submission }) => {
      const start = began.get(submission.uid);
      if (start !== undefined) latencies.push(performance.now() - start);
    });
    const start = performance.now();
    for (let index = 0; index < live; index++) {
      const domain = liveDomain(index, domains);
      began.set(`${domain}-${index}@bench`, performance.now());
      await enqueueInvitations(store, 1, () => domain, index);
      worker.wake();
      await delay(10);
    }
    while (latencies.length < live) await delay(5);
    const rate = (live * 1000) / (performance.now() - start);
    return summarize(name, { latencies: latencies.slice(hosts), rates: [rate] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'isched';
import { type Benchmark, rateRatio, summarize } from './harness.ts';
import { enqueueInvitations, liveDomain, type OutboundLab, signLimit, startOutboundLab } from './outbound-lab.ts';

const invitations = 10_000;
const warmUp = 1_000;
const domains = 1000;
const hosts = 20;

/** A full queue is drained, everything cold. */
export const outbound: Benchmark = {
  name: 'outbound',
  about: `${invitations} invitations to ${domains} domains on ${hosts} hosts, discovery, capabilities and TLS cold, against what one core signs`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await startOutboundLab({ domains, hosts });
      await drain(lab, join(folder, 'warm-up.sqlite'), warmUp); // the program; what it learns of its peers is forgotten
      const limit = signLimit(lab.identity, 1);
      const times = await drain(lab, join(folder, 'queue.sqlite'), invitations);
      const again = signLimit(lab.identity, 1);
      const rows = [
        summarize('drain', { latencies: times, rates: [(invitations * 1000) / (times.at(-1) ?? 0)] }),
        summarize('sign-limit', {
          latencies: [...limit.latencies, ...again.latencies],
          rates: [limit.rate, again.rate],
        }),
      ];
      return { name: 'outbound', rows, ratios: { 'drain/sign-limit': rateRatio(rows, 'drain', 'sign-limit') } };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Drains a full queue by a worker that knows nobody yet. @returns after how many milliseconds each message was settled. */
async function drain(lab: OutboundLab, file: string, count: number): Promise<readonly number[]> {
  await using store = openSqliteStore({ file });
  await enqueueInvitations(store, count, (index) => liveDomain(index, domains));
  const done = Promise.withResolvers<void>();
  const times: number[] = [];
  const start = performance.now();
  const worker = lab.work(store, () => {
    times.push(performance.now() - start);
    if (times.length === count) done.resolve();
  });
  await done.promise;
  await worker[Symbol.asyncDispose]();
  const delivered = await store.read((view) => view.queue.list({ states: ['delivered'] }, { limit: count + 1 }));
  if (delivered.length !== count) throw new Error(`${delivered.length} of ${count} were delivered`);
  return times;
}

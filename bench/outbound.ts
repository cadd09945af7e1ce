import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'isched';
import { type Benchmark, rateRatio, summarize } from './harness.ts';
import { enqueueInvitations, liveDomain, signLimit, startOutboundLab } from './outbound-lab.ts';

const invitations = 10_000;
const domains = 1000;
const hosts = 20;

/** A full queue is drained, everything cold. */
export const outbound: Benchmark = {
  name: 'outbound',
  about: `${invitations} invitations to ${domains} domains on ${hosts} hosts, all cold, against what one core signs`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await startOutboundLab({ domains, hosts });
      await using store = openSqliteStore({ file: join(folder, 'queue.sqlite') });
      const limit = signLimit(lab.identity, 1);
      await enqueueInvitations(store, invitations, (index) => liveDomain(index, domains));
      const done = Promise.withResolvers<void>();
      const times: number[] = [];
      const start = performance.now();
      const worker = lab.work(store, () => {
        times.push(performance.now() - start);
        if (times.length === invitations) done.resolve();
      });
      await done.promise;
      const ms = performance.now() - start;
      await worker[Symbol.asyncDispose]();
      const delivered = await store.read((view) =>
        view.queue.list({ states: ['delivered'] }, { limit: invitations + 1 }),
      );
      if (delivered.length !== invitations) throw new Error(`${delivered.length} of ${invitations} were delivered`);
      const again = signLimit(lab.identity, 1);
      const rows = [
        summarize('drain', { latencies: times, rates: [(invitations * 1000) / ms] }),
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

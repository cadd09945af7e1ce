import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './harness.ts';
import { type LoadResult, drive } from './load.ts';
import { createReceiverLab, type ReceiverLab } from './receiver-lab.ts';

const few = 20_000;
const many = 100_000;
const batch = 10_000;
const connections = 64;

/** Whether a receiver's memory grows with what it has received. */
export const memory: Benchmark = {
  name: 'memory',
  about: `resident memory after a collection at ${many} messages against ${few}, in MB (the rate is that of the messages)`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await createReceiverLab(folder);
      const child = await startChild(lab);
      try {
        const first = await receive(lab, few);
        const atFew = await residentMegabytes(child);
        const rest = await receive(lab, many - few);
        const atMany = await residentMegabytes(child);
        const row = (count: number, megabytes: number, results: readonly LoadResult[]) => ({
          name: `${megabytes.toFixed(1)} MB at ${count}`,
          opsPerSecond: results.reduce((sum, result) => sum + result.rate, 0) / results.length,
          p50Ms: percentile(results, 0.5),
          p99Ms: percentile(results, 0.99),
        });
        return {
          name: 'memory',
          rows: [row(few, atFew, first), row(many, atMany, rest)],
          ratios: { [`${many}/${few}`]: atMany / atFew },
        };
      } finally {
        child.kill();
        await once(child, 'exit');
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function startChild({ organisation }: ReceiverLab): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
  const child = fork(program, [organisation.files.config], {
    execArgv: ['--conditions=isched-source', '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function receive(lab: ReceiverLab, count: number): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = [];
  for (let done = 0; done < count; done += batch) {
    const requests = (await lab.signedRequests(Math.min(batch, count - done))).values();
    const result = await drive({
      port: lab.organisation.port,
      serverName: lab.organisation.host,
      ca: lab.ca,
      connections,
      seconds: 600,
      next: () => requests.next().value,
    });
    if (Object.keys(result.statuses).join() !== '200') throw new Error(`answered ${JSON.stringify(result.statuses)}`);
    results.push(result);
  }
  return results;
}

async function residentMegabytes(child: ChildProcess): Promise<number> {
  child.send('measure');
  const [octets] = (await once(child, 'message')) as [number];
  return octets / 1_048_576;
}

function percentile(results: readonly LoadResult[], part: number): number {
  const sorted = results.flatMap((result) => [...result.latencies]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

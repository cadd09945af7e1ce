import { createHash, sign as signOctets } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Organisation, startChild } from '@isched/lab';
import type { FloorOptions } from './floor-server.ts';
import { type Benchmark, type BenchmarkResult, type Row, summarize } from './harness.ts';
import { drive, type LoadResult } from './load.ts';
import { createReceiverLab, type ReceiverLab, startReceiver } from './receiver-lab.ts';

const connectionCounts = [1, 8, 64] as const;
const secondsPerTurn = 0.8;
/** Turns of each server at each number of connections, taken in alternation. */
const turns = 3;
/** Signed beforehand, so that the client's signing is not measured. More than any server here can take in all its turns. */
const requestsPrepared = 16_000;

/** Signed requests over TLS keep-alive into SQLite, each answer after a durable commit, against a floor. */
export const receiver: Benchmark = {
  name: 'receiver',
  about: 'signed REQUESTs over TLS into SQLite against bare node:https with one hash, one verification, one insert',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await createReceiverLab(folder);
      const requests = await lab.signedRequests(requestsPrepared);
      await using ours = await startReceiver(lab.organisation);
      await using floor = await startFloor(lab.organisation, folder);
      const servers: readonly Server[] = [
        { name: 'receiver', port: lab.organisation.port, requests: requests.values() },
        { name: 'floor', port: floor.port, requests: cycled(requests) },
      ];
      void ours;
      return resultOf(await measureServers(servers, lab));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Server {
  readonly name: string;
  readonly port: number;
  readonly requests: Iterator<Uint8Array>;
}

type Samples = Map<string, LoadResult[]>;

async function measureServers(servers: readonly Server[], lab: ReceiverLab): Promise<Samples> {
  const samples: Samples = new Map();
  for (const server of servers) await load(server, lab, 8); // the warm-up
  for (const connections of connectionCounts) {
    for (let turn = 0; turn < turns; turn++) {
      for (const server of servers) {
        const name = `${server.name}@${connections}`;
        samples.set(name, [...(samples.get(name) ?? []), await load(server, lab, connections)]);
      }
    }
  }
  return samples;
}

async function load(
  { name, port, requests }: Server,
  { organisation, ca }: ReceiverLab,
  connections: number,
): Promise<LoadResult> {
  const next = (): Uint8Array | undefined => {
    const { value, done } = requests.next();
    return done === true ? undefined : value;
  };
  const result = await drive({ port, serverName: organisation.host, ca, connections, seconds: secondsPerTurn, next });
  const bad = Object.keys(result.statuses).filter((status) => status !== '200');
  if (bad.length > 0 || result.latencies.length === 0)
    throw new Error(`${name} answered ${JSON.stringify(result.statuses)}`);
  return result;
}

function resultOf(samples: Samples): BenchmarkResult {
  const rows = [...samples].map(([name, results]) =>
    summarize(name, {
      latencies: results.flatMap((result) => result.latencies),
      rates: results.map((result) => result.rate),
    }),
  );
  const row = (name: string): Row =>
    rows.find((candidate) => candidate.name === name) ?? { name, opsPerSecond: 0, p50Ms: 0, p99Ms: 0 };
  const most = connectionCounts.at(-1) ?? 0;
  return {
    name: 'receiver',
    rows,
    ratios: {
      [`receiver/floor@${most}`]: row(`receiver@${most}`).opsPerSecond / row(`floor@${most}`).opsPerSecond,
      [`p99/floor@${most}`]: row(`receiver@${most}`).p99Ms / row(`floor@${most}`).p99Ms,
    },
  };
}

/** The floor remembers nothing: it may get the same again. */
function* cycled(requests: readonly Uint8Array[]): Generator<Uint8Array> {
  for (;;) yield* requests;
}

async function startFloor(
  organisation: Organisation,
  folder: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { privateKey, publicKey } = organisation.signingKey;
  const signedText = createHash('sha512').update('floor').digest('hex').repeat(4);
  const options: FloorOptions = {
    folder,
    certificateFile: organisation.files.certificate,
    keyFile: organisation.files.certificateKey,
    publicKeyPem: String(publicKey.export({ format: 'pem', type: 'spki' })),
    signedText,
    signature: signOctets('sha256', Buffer.from(signedText), privateKey).toString('base64'),
  };
  const program = fileURLToPath(new URL('./floor-server.ts', import.meta.url));
  const child = await startChild({
    command: process.execPath,
    args: [program, JSON.stringify(options)],
    readyLine: /^listening \d+$/,
  });
  const port = Number(/\d+/.exec(child.lines().find((line) => line.startsWith('listening ')) ?? '')?.[0]);
  return { port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

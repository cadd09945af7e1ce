import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type LabPostgres, type RunningChild, startChild, startPostgres } from '@isched/lab';
import { Client } from 'pg';
import { type Benchmark, type BenchmarkResult, median, summarize } from './harness.ts';
import { drive, type LoadResult } from './load.ts';
import { createReceiverLab, type ReceiverLab } from './receiver-lab.ts';

const messagesPerTurn = 400;
const turns = 5;
/** A node that has done little still compiles: two that share the work would do so longer. */
const warmUp = 2_400;
/** Requests under way at once, over all nodes. */
export const connections = 16;
const ticksPerSecond = 100;
/** Between two looks at who waits for whom. */
const lookMs = 20;

/** What nodes and database spend on a message, when one node takes them all and when two share them. */
export const nodes: Benchmark = {
  name: 'nodes',
  about: 'CPU for a signed REQUEST into a durable PostgreSQL, nodes and database together: one node against two',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await createReceiverLab(folder);
      await using postgres = await startPostgres({ durable: true });
      await using one = await startNode({ lab, postgres, folder: join(folder, 'node-1') });
      await using two = await startNode({ lab, postgres, folder: join(folder, 'node-2') });
      return await compare({ lab, postgres, nodes: [one, two] });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** A gateway's process. */
export interface Node extends RunningChild {
  readonly port: number;
}

export interface Scene {
  readonly lab: ReceiverLab;
  readonly postgres: LabPostgres;
  readonly nodes: readonly Node[];
}

/** Some messages, taken by some nodes. */
export interface Turn {
  readonly loads: readonly LoadResult[];
  readonly messages: number;
  /** CPU of the nodes. */
  readonly nodeMs: number;
  readonly databaseMs: number;
  /** CPU of whoever sends. */
  readonly clientMs: number;
  /** CPU that others on this machine used meanwhile, in cores. */
  readonly othersCores: number;
  /** How many backends waited for a lock at a time, on average. */
  readonly waiting: number;
}

async function compare(scene: Scene): Promise<BenchmarkResult> {
  const [one] = scene.nodes;
  if (!one) throw new TypeError('no nodes');
  await takeTurn(scene, scene.nodes, warmUp);
  const alone: Turn[] = [];
  const shared: Turn[] = [];
  for (let turn = 0; turn < turns; turn++) {
    alone.push(await takeTurn(scene, [one]));
    shared.push(await takeTurn(scene, scene.nodes));
  }
  const cpu = (some: readonly Turn[], part: (turn: Turn) => number): number =>
    median(some.map((turn) => part(turn) / turn.messages));
  const all = (turn: Turn): number => turn.nodeMs + turn.databaseMs;
  return {
    name: 'nodes',
    rows: [rowOf('one node', alone), rowOf('two nodes', shared)],
    ratios: {
      'cpu-two/cpu-one': cpu(shared, all) / cpu(alone, all),
      'cpu-ms-one': cpu(alone, all),
      'cpu-ms-two': cpu(shared, all),
      'database-cpu-ms-one': cpu(alone, (turn) => turn.databaseMs),
      'database-cpu-ms-two': cpu(shared, (turn) => turn.databaseMs),
      'lock-waits-one': median(alone.map((turn) => turn.waiting)),
      'lock-waits-two': median(shared.map((turn) => turn.waiting)),
    },
  };
}

function rowOf(name: string, some: readonly Turn[]) {
  return summarize(name, {
    latencies: some.flatMap((turn) => turn.loads.flatMap((load) => load.latencies)),
    rates: some.map((turn) => turn.loads.reduce((sum, load) => sum + load.rate, 0)),
  });
}

/** Sends messages to some of the nodes, as fast as they are answered. @throws when one is not taken. */
export async function takeTurn(
  { lab, postgres }: Omit<Scene, 'nodes'>,
  active: readonly Node[],
  messages: number = messagesPerTurn,
): Promise<Turn> {
  const requests = (await lab.signedRequests(messages)).values();
  const next = (): Uint8Array | undefined => requests.next().value;
  const before = [nodesCpu(active), databaseCpu(postgres), ownCpu(), machineCpu(), performance.now()] as const;
  const watch = await watchLocks(postgres);
  const loads = await Promise.all(
    active.map(({ port }) =>
      drive({
        port,
        serverName: lab.organisation.host,
        ca: lab.ca,
        next,
        seconds: 30,
        connections: connections / active.length,
      }),
    ),
  );
  const after = [nodesCpu(active), databaseCpu(postgres), ownCpu(), machineCpu(), performance.now()] as const;
  const [nodeMs = 0, databaseMs = 0, clientMs = 0, machineMs = 0, wallMs = 0] = after.map(
    (value, index) => value - (before[index] ?? 0),
  );
  const answered = loads.reduce((sum, load) => sum + (load.statuses[200] ?? 0), 0);
  if (answered !== messages) throw new Error(`answered: ${JSON.stringify(loads.map((load) => load.statuses))}`);
  return {
    loads,
    messages: answered,
    nodeMs,
    databaseMs,
    clientMs,
    othersCores: Math.max(0, machineMs - nodeMs - databaseMs - clientMs) / wallMs,
    waiting: await watch.stop(),
  };
}

/** Starts a node on a database. @throws ChildFailed. */
export async function startNode({
  lab,
  postgres,
  folder,
}: {
  readonly lab: ReceiverLab;
  readonly postgres: LabPostgres;
  readonly folder: string;
}): Promise<Node> {
  const { organisation } = lab;
  const [port, managementPort] = [await freePort(), await freePort()];
  await mkdir(folder);
  const program = fileURLToPath(new URL('../packages/gateway/bin/isched.js', import.meta.url));
  const child = await startChild({
    command: process.execPath,
    args: [program, 'serve', '--config', organisation.files.config],
    readyUrl: `http://127.0.0.1:${managementPort}/healthz/ready`,
    folder: organisation.folder,
    environment: {
      ISCHED_DATA: folder,
      ISCHED_HTTPS__ADDRESS: `127.0.0.1:${port}`,
      ISCHED_MANAGEMENT__ADDRESS: `127.0.0.1:${managementPort}`,
      ISCHED_STORE__TYPE: 'postgres',
      ISCHED_STORE__URL: postgres.url,
    },
  });
  return { port, ...child };
}

/** Milliseconds of CPU that processes have used. */
export function nodesCpu(some: readonly Node[]): number {
  return some.reduce((sum, { pid }) => sum + (statOf(pid)?.ownMs ?? 0), 0);
}

/** Milliseconds of CPU that this process has used. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of CPU of the server, of those of its processes that run, and of those that have ended. */
export function databaseCpu({ pid = 0 }: LabPostgres): number {
  const server = statOf(pid);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  return (
    (server?.ownMs ?? 0) + (server?.endedChildrenMs ?? 0) + children.reduce((sum, stat) => sum + (stat?.ownMs ?? 0), 0)
  );
}

/** Milliseconds of CPU that the whole machine has used. @see proc(5), /proc/stat: idle and waiting for disks don't count. */
function machineCpu(): number {
  const [, ...ticks] = (readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '').split(/ +/).map(Number);
  const [user = 0, nice = 0, system = 0, , , ...interrupts] = ticks;
  const busy = [user, nice, system, ...interrupts.slice(0, 3)].reduce((sum, each) => sum + each, 0);
  return (busy * 1000) / ticksPerSecond;
}

interface Stat {
  readonly parent: number;
  readonly ownMs: number;
  readonly endedChildrenMs: number;
}

/** @see proc(5), /proc/pid/stat; counted from behind the name, which may hold anything. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ms = (first: number): number => ((Number(fields[first]) + Number(fields[first + 1])) * 1000) / ticksPerSecond;
    return { parent: Number(fields[1]), ownMs: ms(11), endedChildrenMs: ms(13) };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

async function watchLocks(postgres: LabPostgres): Promise<{ stop(): Promise<number> }> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const seen: number[] = [];
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const { rows } = await client.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    );
    seen.push(rows[0]?.count ?? 0);
    looking = undefined;
  };
  const timer = setInterval(() => {
    looking ??= look();
  }, lookMs);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      await client.end();
      return seen.reduce((sum, count) => sum + count, 0) / Math.max(1, seen.length);
    },
  };
}

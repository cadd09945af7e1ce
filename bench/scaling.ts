import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@isched/lab';
import { type Benchmark, type BenchmarkResult, median, type Row, summarize } from './harness.ts';
import { connections, type Turn } from './nodes.ts';
import { createReceiverLab } from './receiver-lab.ts';
import { simulateCircle } from './scaling/closed-circle.ts';
import { findLimit } from './scaling/limit.ts';
import { measureCosts, type Measured } from './scaling/measure.ts';
import { type Assumptions, type Deployment, type Load, type Prediction, simulate } from './scaling/model.ts';
import { type Point, reportOf } from './scaling/report.ts';

/**
 * The load that is called 1×: an organisation of 100,000 people, each with ten messages a day from outside and ten to it,
 * of which 18 % fall into the busiest hour.
 */
const once: Load = { inPerSecond: 50, outPerSecond: 50 };
const seed = 20_261_123;
const messages = 18_000;

const assumed: Assumptions = {
  networkMs: 0.3,
  peerMs: 80,
  peerSigma: 0.7,
  newConnections: 0.3,
  peers: 1000,
  roomPart: 0.05,
  rooms: 1000,
  bellMs: 12,
  maxInFlight: 900,
};

const small: Deployment = {
  name: 'one node',
  cells: 1,
  receivers: 1,
  workers: 0,
  databaseCores: 4,
  poolSize: 10,
  perLane: 4,
  slots: 64,
};
const several = { ...small, name: '4 + 4 nodes', receivers: 4, workers: 4 };
const patient = { ...several, name: '4 + 4 nodes, 64 to a receiver', perLane: 64 };
const many = { ...patient, name: '40 + 40 nodes, 640 to a receiver', receivers: 40, workers: 40, perLane: 640 };
const large = { ...many, name: '40 + 40 nodes, a database of 32 cores', databaseCores: 32 };
const cells = { ...patient, name: '20 cells of 2 + 2 nodes', cells: 20, receivers: 2, workers: 2 };

/** Each deployment, and the multiples of the load it is looked at with. */
const plans: readonly (readonly [Deployment, ...number[]])[] = [
  [small, 1, 10],
  [several, 10],
  [patient, 10, 100],
  [many, 100],
  [large, 100],
  [cells, 100],
];

/** Where the first limit lies at ten and a hundred times the load of a large organisation. */
export const scaling: Benchmark = {
  name: 'scaling',
  about: 'a simulation of many nodes, with costs measured here; rates and times are of messages that come in',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'isched-bench-'));
    try {
      await using lab = await createReceiverLab(folder);
      await using postgres = await startPostgres({ durable: true });
      return resultOf(await measureCosts({ lab, postgres }, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function resultOf(measured: Measured): BenchmarkResult {
  const points = plans.flatMap(([deployment, ...multiples]) => pointsOf(deployment, multiples, measured));
  const checks = (['one', 'two'] as const).map((name) => check(name, measured));
  return {
    name: 'scaling',
    rows: [
      ...checks.flatMap(({ rows }) => rows),
      ...points.map(({ deployment, times, prediction: { inbound } }) => ({
        name: `${times}× ${deployment.name}`.slice(0, 27),
        opsPerSecond: inbound.donePerSecond,
        p50Ms: inbound.p50Ms,
        p99Ms: inbound.p99Ms,
      })),
    ],
    ratios: Object.fromEntries(checks.map(({ name, ratio }) => [name, ratio])),
    text: reportOf({ points, measured, assumed, once }),
  };
}

function pointsOf(deployment: Deployment, multiples: readonly number[], { costs }: Measured): readonly Point[] {
  const run = (times: number, count: number): Prediction =>
    simulate({
      deployment,
      load: { inPerSecond: once.inPerSecond * times, outPerSecond: once.outPerSecond * times },
      costs,
      assumptions: { ...assumed, rooms: Math.ceil((assumed.rooms * Math.max(1, times)) / deployment.cells) },
      seed,
      messages: count,
    });
  const limit = findLimit((times) => run(times, messages / 3), once);
  return multiples.map((times) => ({ deployment, times, prediction: run(times, messages), limit }));
}

/** The simulation of `bench -- nodes` beside what it measures. */
function check(name: 'one' | 'two', { costs, turns }: Measured) {
  const some = turns[name];
  const each = (part: (turn: Turn) => number): number => median(some.map(part));
  const real = summarize(`${name === 'one' ? 'one node' : 'two nodes'}, measured`, {
    latencies: some.flatMap((turn) => turn.loads.flatMap((load) => load.latencies)),
    rates: some.map((turn) => turn.loads.reduce((sum, load) => sum + load.rate, 0)),
  });
  const { perSecond, ...times } = simulateCircle({
    nodes: name === 'one' ? 1 : 2,
    clients: connections,
    cores: availableParallelism(),
    othersCores: each((turn) => turn.othersCores),
    costs,
    clientMs: each((turn) => turn.clientMs / turn.messages),
    poolSize: small.poolSize,
    seed,
  });
  const predicted: Row = { name: real.name.replace('measured', 'predicted'), opsPerSecond: perSecond, ...times };
  return { name: `${name}: predicted/measured`, ratio: perSecond / real.opsPerSecond, rows: [real, predicted] };
}

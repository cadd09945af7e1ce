import { createChance } from './chance.ts';
import type { Costs } from './model.ts';
import { createGate, createSharedFlush, createSimulation, createStation } from './simulator.ts';

/** `bench -- nodes` as it runs: so many clients that wait for their answers, on one machine with nodes and database. */
export interface Circle {
  readonly nodes: number;
  readonly clients: number;
  /** Cores that all of it shares. */
  readonly cores: number;
  /** What others on the machine use of them. */
  readonly othersCores: number;
  readonly costs: Pick<Costs, 'receive' | 'settle' | 'flushMs'>;
  /** CPU of the client for a message, in its one thread. Milliseconds. */
  readonly clientMs: number;
  readonly poolSize: number;
  readonly seed: number;
}

/** How long others have a core before it is somebody else's turn. Milliseconds. */
const sliceMs = 3;

/**
 * Predicts what the bench measures. Nodes and client have one thread each; the database as many processes as it likes.
 *
 * @throws nothing.
 */
export function simulateCircle({ costs, clientMs, ...circle }: Circle) {
  const simulation = createSimulation();
  const chance = createChance(circle.seed);
  const cores = createStation(simulation, 'cores', circle.cores);
  const disk = createSharedFlush(simulation, 'disk', () => chance.steady(costs.flushMs));
  const compute = (ms: number, done: () => void): void => cores.serve(chance.steady(ms), done);
  const others = (): void => {
    cores.serve(chance.exponential(sliceMs), () => undefined);
    simulation.after(chance.exponential(sliceMs / circle.othersCores), others);
  };
  if (circle.othersCores > 0.01) others();
  const thread = (name: string) => {
    const turn = createGate(simulation, name, 1);
    return (ms: number, done: () => void): void =>
      turn.enter(() =>
        compute(ms, () => {
          turn.leave();
          done();
        }),
      );
  };
  const client = thread('client');
  const nodes = Array.from({ length: circle.nodes }, () => ({
    run: thread('node'),
    pool: createGate(simulation, 'pool', circle.poolSize),
  }));
  const { roundTrips } = costs.receive;
  const stepMs = Math.min(costs.settle.nodeMs / costs.settle.roundTrips, costs.receive.nodeMs / (2 * roundTrips));
  const frontMs = costs.receive.nodeMs - stepMs * roundTrips;
  const times: number[] = [];
  const customer = (index: number): void => {
    const node = nodes[index % nodes.length] as (typeof nodes)[number];
    client(clientMs / 2, () => {
      const start = simulation.now;
      const step = (left: number): void => {
        if (left === 0) return disk.join(finish);
        node.run(stepMs, () => compute(costs.receive.databaseMs / roundTrips, () => step(left - 1)));
      };
      const finish = (): void => {
        node.pool.leave();
        client(clientMs / 2, () => {
          times.push(simulation.now - start);
          customer(index);
        });
      };
      node.run(frontMs, () => node.pool.enter(() => step(Math.round(roundTrips))));
    });
  };
  for (let index = 0; index < circle.clients; index++) customer(index);
  simulation.run(2_000);
  times.length = 0;
  simulation.run(22_000);
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { perSecond: times.length / 20, p50Ms: at(0.5), p99Ms: at(0.99) };
}

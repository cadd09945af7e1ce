import type { Chance, popularity } from './chance.ts';
import type { Assumptions, Costs, Deployment, Flow, Prediction, Work } from './model.ts';
import type { Outside, Waiting } from './outside.ts';
import {
  createGate,
  createSharedFlush,
  createStation,
  type Gate,
  type Resource,
  type Simulation,
  type Station,
} from './simulator.ts';

export interface CellParts {
  readonly simulation: Simulation;
  readonly chance: Chance;
  readonly deployment: Deployment;
  readonly costs: Costs;
  readonly assumptions: Assumptions;
  readonly outside: Outside;
  readonly rooms: ReturnType<typeof popularity>;
}

/** Some nodes and one database. */
export interface Cell {
  /** A message comes in. */
  receive(): void;
  /** Somebody here sends one. */
  submit(): void;
  /** Begins to measure anew. */
  reset(): void;
  /** @param measuredMs - since `reset`, divided by how many cells there are. */
  predict(measuredMs: number): Prediction;
}

/** One process: an event loop, a thread pool for signatures, connections to the database. */
interface Node {
  readonly cpu: Station;
  readonly signing: Station;
  readonly pool: Gate;
  /** Requests to peers under way. */
  readonly slots: Gate;
  inFlight: number;
  isLeasing: boolean;
}

/** Threads that sign beside the event loop: the node's other core. */
const signers = 1;
/** A transaction's waits for the database are simulated as so many, each as long as several of them. */
const legs = 2;

/** Makes a cell. @throws nothing. */
export function createCell(parts: CellParts): Cell {
  const { simulation, deployment, costs, assumptions, chance, outside } = parts;
  const nodes = createNodes(parts);
  const receivers = nodes.slice(0, deployment.receivers);
  const workers = deployment.workers === 0 ? nodes : nodes.slice(deployment.receivers);
  const database = createStation(simulation, 'database CPU', deployment.databaseCores);
  const disk = createSharedFlush(simulation, 'log flush', () => chance.steady(costs.flushMs));
  const rooms = createRooms(simulation);
  const transact = createTransactions(parts, database, disk);
  const taken = createTally();
  const sent = createTally();

  const wakeAll = (): void => {
    for (const worker of workers) if (!worker.isLeasing) simulation.after(assumptions.bellMs, () => lease(worker));
  };
  const enqueue = (since: number): void => {
    const wasIdle = !outside.hasReady;
    outside.add(since);
    if (wasIdle) wakeAll();
  };
  const lease = (node: Node): void => {
    const free = deployment.slots - node.slots.inside;
    if (node.isLeasing || free <= 0 || !outside.hasReady) return;
    const batches = outside.take(free);
    node.isLeasing = true;
    for (const _ of batches) node.slots.enter(() => undefined);
    transact(node, { work: times(costs.lease, batches.length) }, () => {
      node.isLeasing = false;
      for (const batch of batches) send(node, batch);
      lease(node);
    });
  };
  const send = (node: Node, batch: Waiting): void =>
    node.cpu.serve(chance.steady(costs.sendMs / 2), () =>
      node.signing.serve(costs.signMs, () =>
        simulation.after(chance.lognormal(assumptions.peerMs, assumptions.peerSigma), () =>
          node.cpu.serve(chance.steady(costs.sendMs / 2), () =>
            transact(node, { work: costs.settle }, () => {
              node.slots.leave();
              outside.ended(batch.lane);
              sent.done(simulation.now - batch.since);
              lease(node);
            }),
          ),
        ),
      ),
    );
  const any = (some: readonly Node[]): Node => some[Math.floor(chance.fraction() * some.length)] as Node;

  return {
    receive() {
      const node = any(receivers);
      if (node.inFlight >= assumptions.maxInFlight) return taken.refuse();
      const since = simulation.now;
      node.inFlight += 1;
      const asksRoom = chance.fraction() < assumptions.roomPart;
      const room = asksRoom ? rooms.of(parts.rooms.draw()) : undefined;
      const work = asksRoom ? plus(costs.receive, costs.submit) : costs.receive;
      const greeting = chance.fraction() < assumptions.newConnections ? costs.handshakeMs : 0;
      node.cpu.serve(greeting + chance.steady(frontMs(costs)), () =>
        transact(node, { work: { ...work, nodeMs: work.nodeMs - frontMs(costs) }, room }, () => {
          node.inFlight -= 1;
          taken.done(simulation.now - since);
          if (asksRoom) enqueue(since);
        }),
      );
    },
    submit() {
      const since = simulation.now;
      transact(any(nodes), { work: costs.submit }, () => enqueue(since));
    },
    reset() {
      for (const resource of [database, disk, rooms.hottest, ...nodes.flatMap(resourcesOf)]) resource.reset();
      for (const measured of [outside, taken, sent]) measured.reset();
    },
    predict(measuredMs) {
      return {
        inbound: taken.flow(measuredMs),
        outbound: sent.flow(measuredMs),
        utilisation: {
          'receiver CPU': mean(receivers.map(({ cpu }) => cpu)),
          'worker CPU': mean(workers.map(({ cpu }) => cpu)),
          'signing threads': mean(workers.map(({ signing }) => signing)),
          'worker slots': mean(workers.map(({ slots }) => slots)),
          connections: mean(nodes.map(({ pool }) => pool)),
          'database CPU': database.utilisation(),
          'log flush': disk.utilisation(),
          'busiest lane': outside.busiest(),
          'hottest room': rooms.hottest.utilisation(),
        },
      };
    },
  };
}

/** Rooms, made when somebody asks for them: there may be very many. */
function createRooms(simulation: Simulation): { of(index: number): Gate; readonly hottest: Gate } {
  const hottest = createGate(simulation, 'hottest room', 1);
  const known = new Map([[0, hottest]]);
  return {
    hottest,
    of(index) {
      const room = known.get(index) ?? createGate(simulation, 'room', 1);
      known.set(index, room);
      return room;
    },
  };
}

function createNodes({ simulation, deployment }: CellParts): readonly Node[] {
  return Array.from({ length: deployment.receivers + deployment.workers }, () => ({
    cpu: createStation(simulation, 'cpu', 1),
    signing: createStation(simulation, 'signing', signers),
    pool: createGate(simulation, 'pool', deployment.poolSize),
    slots: createGate(simulation, 'slots', deployment.slots),
    inFlight: 0,
    isLeasing: false,
  }));
}

function resourcesOf({ cpu, signing, pool, slots }: Node): readonly Resource[] {
  return [cpu, signing, pool, slots];
}

/** What is done before the transaction begins: TLS, signature, iCalendar. */
function frontMs({ receive, settle }: Costs): number {
  return Math.max(0, receive.nodeMs - (settle.nodeMs * receive.roundTrips) / settle.roundTrips);
}

interface Transaction {
  readonly work: Work;
  /** Held alone to the commit. */
  readonly room?: Gate | undefined;
}

type Transact = (node: Node, transaction: Transaction, done: () => void) => void;

/** A connection, then to and fro, then the commit that others share. */
function createTransactions(
  { simulation, chance, assumptions }: CellParts,
  database: Station,
  disk: { join(done: () => void): void },
): Transact {
  return (node, { work, room }, done) => {
    const leg = (left: number): void => {
      if (left === 0) return commit();
      node.cpu.serve(chance.steady(work.nodeMs / legs), () =>
        simulation.after((assumptions.networkMs * work.roundTrips) / legs, () =>
          database.serve(chance.steady(work.databaseMs / legs), () => leg(left - 1)),
        ),
      );
    };
    const commit = (): void =>
      disk.join(() => {
        room?.leave();
        node.pool.leave();
        done();
      });
    node.pool.enter(() => (room ? room.enter(() => leg(legs)) : leg(legs)));
  };
}

function times(work: Work, count: number): Work {
  return { nodeMs: work.nodeMs * count, databaseMs: work.databaseMs * count, roundTrips: work.roundTrips };
}

function plus(one: Work, other: Work): Work {
  return {
    nodeMs: one.nodeMs + other.nodeMs,
    databaseMs: one.databaseMs + other.databaseMs,
    roundTrips: one.roundTrips + other.roundTrips,
  };
}

interface Tally {
  done(ms: number): void;
  refuse(): void;
  reset(): void;
  flow(measuredMs: number): Flow;
}

function createTally(): Tally {
  let times: number[] = [];
  let refused = 0;
  return {
    done: (ms) => void times.push(ms),
    refuse: () => void (refused += 1),
    reset() {
      times = [];
      refused = 0;
    },
    flow(measuredMs) {
      const sorted = Float64Array.from(times).sort();
      const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
      return {
        donePerSecond: (times.length * 1000) / measuredMs,
        refused: refused / Math.max(1, refused + times.length),
        p50Ms: at(0.5),
        p99Ms: at(0.99),
      };
    },
  };
}

function mean(resources: readonly Resource[]): number {
  return resources.reduce((sum, resource) => sum + resource.utilisation(), 0) / Math.max(1, resources.length);
}

import { createChance, popularity } from './chance.ts';
import { createOutside } from './outside.ts';
import { createCell } from './cell.ts';
import { createSimulation } from './simulator.ts';

/** What a piece of work asks of a node and of the database. Milliseconds of one core, means. */
export interface Work {
  readonly nodeMs: number;
  readonly databaseMs: number;
  /** How often the node waits for the database, BEGIN and COMMIT included. */
  readonly roundTrips: number;
}

/** What everything costs, as measured. */
export interface Costs {
  /** A message that comes in, from its first octet to the answer. */
  readonly receive: Work;
  /** What a new TLS connection adds, on the node. Milliseconds. */
  readonly handshakeMs: number;
  readonly submit: Work;
  /** To lease one batch; what one call costs however many it leases is in its round trips. */
  readonly lease: Work;
  readonly settle: Work;
  /** A request to a peer, without signing. Milliseconds of the main thread. */
  readonly sendMs: number;
  /** One signature, in the thread pool. Milliseconds. */
  readonly signMs: number;
  /** One flush of the database's log. Milliseconds. */
  readonly flushMs: number;
}

/** What no measurement here can tell. */
export interface Assumptions {
  /** From a node to the database and back. Milliseconds. */
  readonly networkMs: number;
  /** A peer's answer: half of them come within this time. Milliseconds. */
  readonly peerMs: number;
  readonly peerSigma: number;
  /** Which part of the messages comes on a new connection. */
  readonly newConnections: number;
  /** Receivers that messages go to, the first the most wanted: see `popularity`. */
  readonly peers: number;
  /** Which part of the messages asks for a room. */
  readonly roomPart: number;
  readonly rooms: number;
  /** Until a worker elsewhere hears of something new. Milliseconds. */
  readonly bellMs: number;
  /** Messages under way on a node at which more are turned away. */
  readonly maxInFlight: number;
}

/** Machines, and how they are set. */
export interface Deployment {
  readonly name: string;
  /** Each with its own database and its part of the domains. */
  readonly cells: number;
  /** In each cell. */
  readonly receivers: number;
  /** In each cell; 0: the receivers do it. */
  readonly workers: number;
  /** Of each database. */
  readonly databaseCores: number;
  /** Connections of a node. */
  readonly poolSize: number;
  /** Requests to one receiver at once. */
  readonly perLane: number;
  /** Requests of one worker at once. */
  readonly slots: number;
}

/** Messages a second, over all cells. */
export interface Load {
  readonly inPerSecond: number;
  readonly outPerSecond: number;
}

/** What became of one kind of message. */
export interface Flow {
  readonly donePerSecond: number;
  /** Which part was turned away. */
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Prediction {
  readonly inbound: Flow;
  readonly outbound: Flow;
  /** How much of each resource is in use. */
  readonly utilisation: Readonly<Record<string, number>>;
}

export interface Experiment {
  readonly deployment: Deployment;
  readonly load: Load;
  readonly costs: Costs;
  readonly assumptions: Assumptions;
  readonly seed: number;
  /** How many messages come in one cell while it is measured; a fifth as many come before. */
  readonly messages: number;
}

/**
 * Simulates one cell with its part of the load; the others are like it.
 *
 * @throws nothing.
 */
export function simulate({ deployment, load, costs, assumptions, seed, messages }: Experiment): Prediction {
  const simulation = createSimulation();
  const chance = createChance(seed);
  const share = { in: load.inPerSecond / deployment.cells, out: load.outPerSecond / deployment.cells };
  const parts = { simulation, chance, deployment, costs, assumptions };
  const cell = createCell({ ...parts, outside: createOutside(parts), rooms: popularity(assumptions.rooms, chance) });
  const arrivals = (perSecond: number, arrive: () => void): void => {
    if (perSecond === 0) return;
    const next = (): void => {
      arrive();
      simulation.after(chance.exponential(1000 / perSecond), next);
    };
    simulation.after(chance.exponential(1000 / perSecond), next);
  };
  arrivals(share.in, () => cell.receive());
  arrivals(share.out, () => cell.submit());
  const measuredMs = (messages * 1000) / (share.in + share.out);
  simulation.run(measuredMs / 5);
  cell.reset();
  simulation.run((measuredMs * 6) / 5);
  return cell.predict(measuredMs / deployment.cells);
}

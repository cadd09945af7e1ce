import { type Chance, popularity } from './chance.ts';
import type { Assumptions, Deployment } from './model.ts';
import { createMeter, createQueue, type Simulation } from './simulator.ts';

/** One message on its way out, by when it was submitted. */
export interface Waiting {
  readonly since: number;
  readonly lane: Lane;
}

/** What waits for one receiver, and how many requests it has at the moment. */
export interface Lane {
  readonly waiting: ReturnType<typeof createQueue<number>>;
  count: number;
  active: number;
  isListed: boolean;
  readonly index: number;
}

/** The queue before the receivers of other organisations. */
export interface Outside {
  /** Something waits for one of the receivers. */
  add(since: number): void;
  /** Takes what may go, at most so many. */
  take(limit: number): readonly Waiting[];
  /** A request has ended, and its lane has room. */
  ended(lane: Lane): void;
  readonly hasReady: boolean;
  /** How much of the most wanted receiver's room is used. */
  busiest(): number;
  reset(): void;
}

export interface OutsideParts {
  readonly simulation: Simulation;
  readonly chance: Chance;
  readonly deployment: Deployment;
  readonly assumptions: Assumptions;
}

/** Makes the queue. @throws nothing. */
export function createOutside({ simulation, chance, deployment, assumptions }: OutsideParts): Outside {
  const { perLane } = deployment;
  const wanted = popularity(assumptions.peers, chance);
  const lanes = Array.from({ length: assumptions.peers }, (_, index) => createLane(index));
  const ready = createQueue<Lane>();
  let listed = 0;
  const meter = createMeter(simulation, perLane);
  const list = (lane: Lane): void => {
    if (lane.isListed || lane.count === 0 || lane.active >= perLane) return;
    lane.isListed = true;
    listed += 1;
    ready.push(lane);
  };
  const takeOne = (lane: Lane): Waiting => {
    lane.count -= 1;
    lane.active += 1;
    if (lane.index === 0) meter.change(1);
    return { since: lane.waiting.shift() ?? 0, lane };
  };
  return {
    add(since) {
      const lane = lanes[wanted.draw()];
      if (!lane) return;
      lane.waiting.push(since);
      lane.count += 1;
      list(lane);
    },
    take(limit) {
      const taken: Waiting[] = [];
      while (taken.length < limit) {
        const lane = ready.shift();
        if (!lane) break;
        lane.isListed = false;
        listed -= 1;
        while (lane.count > 0 && lane.active < perLane && taken.length < limit) taken.push(takeOne(lane));
        list(lane);
      }
      return taken;
    },
    ended(lane) {
      lane.active -= 1;
      if (lane.index === 0) meter.change(-1);
      list(lane);
    },
    get hasReady() {
      return listed > 0;
    },
    busiest: () => meter.utilisation(),
    reset: () => meter.reset(),
  };
}

function createLane(index: number): Lane {
  return { waiting: createQueue<number>(), count: 0, active: 0, isListed: false, index };
}

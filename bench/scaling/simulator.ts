/** Time that passes only by what happens: milliseconds since the simulation began. */
export interface Simulation {
  readonly now: number;
  /** Lets something happen later; of two at the same moment the first that was asked for happens first. */
  after(ms: number, happen: () => void): void;
  /** Lets all happen that does until a time. */
  run(untilMs: number): void;
}

/** What is made use of, and waited for. */
export interface Resource {
  readonly name: string;
  /** Which part of it was in use, on average since `reset`. */
  utilisation(): number;
  /** Begins to measure anew. */
  reset(): void;
}

/** Some servers alike, and one queue before them, in order of arrival. */
export interface Station extends Resource {
  serve(ms: number, done: () => void): void;
}

/** So many may be inside at once; the others wait in order. */
export interface Gate extends Resource {
  enter(entered: () => void): void;
  leave(): void;
  readonly inside: number;
}

/** A disk's flush that is shared: who comes while one is under way takes part in the next. */
export interface SharedFlush extends Resource {
  join(done: () => void): void;
}

/** Begins a simulation at 0. @throws nothing. */
export function createSimulation(): Simulation {
  const heap = createHeap();
  let now = 0;
  let order = 0;
  return {
    get now() {
      return now;
    },
    after: (ms, happen) => heap.push({ at: now + ms, order: order++, happen }),
    run(untilMs) {
      for (let next = heap.first(); next && next.at <= untilMs; next = heap.first()) {
        heap.pop();
        now = next.at;
        next.happen();
      }
      now = untilMs;
    },
  };
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

interface Heap {
  first(): Happening | undefined;
  push(happening: Happening): void;
  pop(): void;
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** A binary heap: the earliest first. */
function createHeap(): Heap {
  const items: Happening[] = [];
  return {
    first: () => items[0],
    push(happening) {
      let place = items.length;
      while (place > 0) {
        const parent = (place - 1) >>> 1;
        const above = items[parent] as Happening;
        if (!isBefore(happening, above)) break;
        items[place] = above;
        place = parent;
      }
      items[place] = happening;
    },
    pop() {
      const last = items.pop();
      if (!last || items.length === 0) return;
      let place = 0;
      for (;;) {
        let child = 2 * place + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && isBefore(items[child + 1] as Happening, items[child] as Happening)) child += 1;
        if (!isBefore(items[child] as Happening, last)) break;
        items[place] = items[child] as Happening;
        place = child;
      }
      items[place] = last;
    },
  };
}

/** Averages over time how much of something is in use. */
export function createMeter(
  simulation: Simulation,
  capacity: number,
): { change(by: number): void } & Omit<Resource, 'name'> {
  let inUse = 0;
  let area = 0;
  let since = 0;
  let began = 0;
  const pass = (): void => {
    area += inUse * (simulation.now - since);
    since = simulation.now;
  };
  return {
    change(by) {
      pass();
      inUse += by;
    },
    utilisation() {
      pass();
      return area / ((since - began) * capacity);
    },
    reset() {
      pass();
      area = 0;
      began = since;
    },
  };
}

/** A queue that does not move its members: what waits is long where something is saturated. */
export function createQueue<T>(): { push(item: T): void; shift(): T | undefined } {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      items[head] = undefined;
      head += 1;
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}

/** Makes a gate. @throws nothing. */
export function createGate(simulation: Simulation, name: string, capacity: number): Gate {
  const meter = createMeter(simulation, capacity);
  const waiting = createQueue<() => void>();
  let inside = 0;
  return {
    name,
    utilisation: meter.utilisation,
    reset: meter.reset,
    get inside() {
      return inside;
    },
    enter(entered) {
      if (inside >= capacity) return waiting.push(entered);
      inside += 1;
      meter.change(1);
      entered();
    },
    leave() {
      const next = waiting.shift();
      if (next) return next();
      inside -= 1;
      meter.change(-1);
    },
  };
}

/** Makes a station. @throws nothing. */
export function createStation(simulation: Simulation, name: string, servers: number): Station {
  const gate = createGate(simulation, name, servers);
  return {
    name,
    utilisation: () => gate.utilisation(),
    reset: () => gate.reset(),
    serve(ms, done) {
      gate.enter(() =>
        simulation.after(ms, () => {
          gate.leave();
          done();
        }),
      );
    },
  };
}

/** Makes a flush that takes so long. @throws nothing. */
export function createSharedFlush(simulation: Simulation, name: string, flushMs: () => number): SharedFlush {
  const meter = createMeter(simulation, 1);
  let waiting: (() => void)[] = [];
  let isFlushing = false;
  const flush = (): void => {
    const members = waiting;
    waiting = [];
    isFlushing = true;
    meter.change(1);
    simulation.after(flushMs(), () => {
      isFlushing = false;
      meter.change(-1);
      if (waiting.length > 0) flush();
      for (const done of members) done();
    });
  };
  return {
    name,
    utilisation: meter.utilisation,
    reset: meter.reset,
    join(done) {
      waiting.push(done);
      if (!isFlushing) flush();
    },
  };
}

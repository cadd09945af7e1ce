import { describe, expect, it } from 'vitest';
import { createChance, popularity } from './chance.ts';
import { createGate, createSharedFlush, createSimulation, createStation } from './simulator.ts';

/** Runs arrivals with exponential distances through a station with exponential service. */
function queue(load: {
  readonly servers: number;
  readonly arrivalsPerMs: number;
  readonly serviceMs: number;
  readonly seed: number;
}) {
  const simulation = createSimulation();
  const chance = createChance(load.seed);
  const station = createStation(simulation, 'station', load.servers);
  const times: number[] = [];
  const waits: number[] = [];
  const arrive = (): void => {
    const [start, serviceMs] = [simulation.now, chance.exponential(load.serviceMs)];
    station.serve(serviceMs, () => {
      times.push(simulation.now - start);
      waits.push(simulation.now - start - serviceMs);
    });
    simulation.after(chance.exponential(1 / load.arrivalsPerMs), arrive);
  };
  simulation.after(0, arrive);
  simulation.run(20_000 / load.arrivalsPerMs);
  station.reset();
  times.length = waits.length = 0;
  simulation.run(500_000 / load.arrivalsPerMs);
  return { times: times.toSorted((a, b) => a - b), waits, utilisation: station.utilisation() };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const at = (sorted: readonly number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
/** Within so many parts of a hundred. */
const near = (value: number, percent: number) => ({
  asymmetricMatch: (got: unknown) => typeof got === 'number' && Math.abs(got - value) <= (value * percent) / 100,
  toString: () => `${value} ± ${percent} %`,
});

describe('the simulator against what is known of queues', () => {
  it.each([
    [0.5, 2, 2],
    [0.8, 5, 4],
    [0.9, 10, 7],
  ])('M/M/1 at %d of its capacity: time in it is service / (1 - load)', (load, expected, percent) => {
    const { times, utilisation } = queue({ servers: 1, arrivalsPerMs: load, serviceMs: 1, seed: 7 });
    expect(utilisation).toEqual(near(load, 1));
    expect(mean(times)).toEqual(near(expected, percent));
    // Time in an M/M/1 queue is exponential itself.
    expect(at(times, 0.5)).toEqual(near(expected * Math.LN2, percent + 1));
    expect(at(times, 0.99)).toEqual(near(expected * Math.log(100), percent + 6));
  });

  it.each([
    [2, 0.75],
    [4, 0.8],
    [16, 0.9],
  ])('M/M/%d at %d of its capacity: waiting is by the Erlang C formula', (servers, load) => {
    const { waits, utilisation } = queue({ servers, arrivalsPerMs: servers * load, serviceMs: 1, seed: 11 });
    const { waitMs, chanceToWait } = erlangC(servers, load);
    expect(utilisation).toEqual(near(load, 1));
    expect(mean(waits)).toEqual(near(waitMs, 6));
    expect(waits.filter((wait) => wait > 1e-9).length / waits.length).toEqual(near(chanceToWait, 3));
  });

  it('M/G/1 with steady work: waiting is by the Pollaczek-Khinchine formula', () => {
    const simulation = createSimulation();
    const chance = createChance(3);
    const station = createStation(simulation, 'station', 1);
    const waits: number[] = [];
    const arrive = (): void => {
      const [start, serviceMs] = [simulation.now, chance.steady(1)];
      station.serve(serviceMs, () => waits.push(simulation.now - start - serviceMs));
      simulation.after(chance.exponential(1 / 0.8), arrive);
    };
    simulation.after(0, arrive);
    simulation.run(500_000);
    // Squared coefficient of variation of a gamma with shape 4: a quarter.
    expect(mean(waits)).toEqual(near(((0.8 / (1 - 0.8)) * (1 + 0.25)) / 2, 4));
  });

  it('a closed circle of customers obeys the bounds of operational analysis', () => {
    const simulation = createSimulation();
    const cpu = createStation(simulation, 'cpu', 1);
    let done = 0;
    const customer = (): void =>
      simulation.after(10, () =>
        cpu.serve(2, () => {
          done += 1;
          customer();
        }),
      );
    for (let index = 0; index < 20; index++) customer();
    simulation.run(100_000);
    expect(done / 100_000).toEqual(near(1 / 2, 1)); // the bottleneck's rate; 3 of 20 would not fill it
  });
});

/** @see Erlang C: chance that all servers are busy; mean waiting of all, with a service time of 1. */
function erlangC(servers: number, load: number): { readonly waitMs: number; readonly chanceToWait: number } {
  const offered = servers * load;
  let blocked = 1;
  for (let count = 1; count <= servers; count++) blocked = (offered * blocked) / (count + offered * blocked);
  const chanceToWait = blocked / (1 - load * (1 - blocked));
  return { chanceToWait, waitMs: chanceToWait / (servers * (1 - load)) };
}

describe('its parts', () => {
  it('share a flush: who comes while one is under way takes part in the next', () => {
    const simulation = createSimulation();
    const flush = createSharedFlush(simulation, 'disk', () => 10);
    const done: string[] = [];
    const join = (name: string, ms: number): void =>
      simulation.after(ms, () => flush.join(() => done.push(`${name}@${simulation.now}`)));
    join('a', 0);
    join('b', 1);
    join('c', 9);
    join('d', 30);
    simulation.run(100);
    expect(done).toEqual(['a@10', 'b@20', 'c@20', 'd@40']);
    expect(flush.utilisation()).toBeCloseTo(0.3);
  });

  it('let so many in at a gate, the others in order', () => {
    const simulation = createSimulation();
    const gate = createGate(simulation, 'pool', 2);
    const entered: string[] = [];
    for (const name of ['a', 'b', 'c', 'd'])
      gate.enter(() => {
        entered.push(`${name}@${simulation.now}`);
        simulation.after(name === 'a' ? 5 : 7, () => gate.leave());
      });
    simulation.run(10);
    expect(entered).toEqual(['a@0', 'b@0', 'c@5', 'd@7']);
    simulation.run(100);
    expect(gate.inside).toBe(0);
  });

  it('draw the same numbers from the same seed, with the means they are asked for', () => {
    const some = (seed: number): readonly number[] => {
      const chance = createChance(seed);
      return Array.from({ length: 5 }, () => chance.fraction());
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
    const chance = createChance(5);
    const draws = (draw: () => number) => Array.from({ length: 100_000 }, draw);
    expect(mean(draws(() => chance.fraction()))).toEqual(near(0.5, 1));
    expect(mean(draws(() => chance.exponential(3)))).toEqual(near(3, 2));
    expect(mean(draws(() => chance.steady(3)))).toEqual(near(3, 1));
    expect(
      at(
        draws(() => chance.lognormal(80, 0.8)).toSorted((a, b) => a - b),
        0.5,
      ),
    ).toEqual(near(80, 2));
    const popular = popularity(100, chance);
    const drawn = draws(() => popular.draw());
    expect(popular.first).toEqual(near(1 / 5.187, 1)); // the 100th harmonic number
    expect(drawn.filter((each) => each === 0).length / drawn.length).toEqual(near(popular.first, 3));
    expect(drawn.filter((each) => each === 9).length / drawn.length).toEqual(near(popular.first / 10, 8));
  });
});

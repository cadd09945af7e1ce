import { describe, expect, it } from 'vitest';
import { simulateCircle } from './closed-circle.ts';
import { findLimit, fullest } from './limit.ts';
import { type Assumptions, type Costs, type Deployment, type Experiment, type Prediction, simulate } from './model.ts';

const costs: Costs = {
  receive: { nodeMs: 2, databaseMs: 1, roundTrips: 6 },
  handshakeMs: 1,
  submit: { nodeMs: 1, databaseMs: 1, roundTrips: 4 },
  lease: { nodeMs: 0.5, databaseMs: 0.5, roundTrips: 10 },
  settle: { nodeMs: 1, databaseMs: 1, roundTrips: 5 },
  sendMs: 1,
  signMs: 1,
  flushMs: 1,
};
const assumptions: Assumptions = {
  networkMs: 0.2,
  peerMs: 50,
  peerSigma: 0,
  newConnections: 0.5,
  peers: 1000,
  roomPart: 0,
  rooms: 10,
  bellMs: 10,
  maxInFlight: 1000,
};
const deployment: Deployment = {
  name: 'two and two',
  cells: 1,
  receivers: 2,
  workers: 2,
  databaseCores: 4,
  poolSize: 10,
  perLane: 100,
  slots: 64,
};
const predict = (more: Partial<Experiment> = {}): Prediction =>
  simulate({
    deployment,
    load: { inPerSecond: 100, outPerSecond: 100 },
    costs,
    assumptions,
    seed: 1,
    messages: 40_000,
    ...more,
  });
const near = (value: number, percent: number) => ({
  asymmetricMatch: (got: unknown) => typeof got === 'number' && Math.abs(got - value) <= (value * percent) / 100,
  toString: () => `${value} ± ${percent} %`,
});

describe('the model of a gateway', () => {
  it('says the same each time', () => {
    const short = { messages: 2_000 };
    expect(predict(short)).toEqual(predict(short));
    expect(predict({ ...short, seed: 2 })).not.toEqual(predict(short));
  });

  it('keeps the law of utilisation: so many a second times what each takes', () => {
    const { utilisation, inbound, outbound } = predict();
    expect([inbound.donePerSecond, outbound.donePerSecond]).toEqual([near(100, 3), near(100, 3)]);
    // Half of the submissions are taken by the receivers.
    const receiving = (100 * (2 + 0.5 * 1) + 50 * 1) / 2 / 1000;
    const working = (100 * (0.5 + 1 + 1) + 50 * 1) / 2 / 1000;
    const database = (100 * 1 + 100 * (1 + 0.5 + 1)) / 4 / 1000;
    expect(utilisation['receiver CPU']).toEqual(near(receiving, 4));
    expect(utilisation['worker CPU']).toEqual(near(working, 4));
    expect(utilisation['database CPU']).toEqual(near(database, 4));
    expect(utilisation['signing threads']).toEqual(near((100 * 1) / 2 / 1000, 4));
  });

  it("keeps Little's law: requests under way are the rate times how long each is", () => {
    const { utilisation } = predict();
    // Leased, sent, answered and settled: some 60 ms, of which the peer has 50.
    const underWay = (utilisation['worker slots'] ?? 0) * 2 * 64;
    expect(underWay).toBeGreaterThan((100 * 53) / 1000);
    expect(underWay).toBeLessThan((100 * 75) / 1000);
  });

  it('divides its load among cells, and adds up what they do', () => {
    const load = { inPerSecond: 1000, outPerSecond: 1000 };
    const cells = predict({ deployment: { ...deployment, cells: 10 }, load });
    expect(cells.inbound.donePerSecond).toEqual(near(1000, 3));
    expect(cells.utilisation['database CPU']).toEqual(near(predict().utilisation['database CPU'] ?? 0, 5));
  });

  it('turns away what is too much', () => {
    const { inbound } = predict({ load: { inPerSecond: 5000, outPerSecond: 0 } });
    expect(inbound.refused).toBeGreaterThan(0.5);
  });

  it.each([
    ['database CPU', { databaseCores: 1 }, 1 / (0.1 + 0.1 * 2.5)],
    ['busiest lane', { perLane: 1 }, undefined],
    ['worker slots', { slots: 2 }, undefined],
  ])('finds that %s gives way first', (resource, change, times) => {
    const run = (multiple: number): Prediction =>
      predict({
        deployment: { ...deployment, ...change },
        load: { inPerSecond: 100 * multiple, outPerSecond: 100 * multiple },
        messages: 8_000,
      });
    const limit = findLimit(run, { inPerSecond: 100, outPerSecond: 100 });
    expect(limit.resource).toBe(resource);
    if (times !== undefined) expect(limit.times).toEqual(near(times * 0.95, 6));
    expect(fullest(run(limit.times))[1]).toBeLessThan(0.98);
  });
});

describe('the model of the bench with two nodes', () => {
  const circle = { clients: 16, costs, clientMs: 0.4, poolSize: 10, othersCores: 0, seed: 1 };

  it('is bound by the one thread of a node, then by the cores of the machine', () => {
    expect(simulateCircle({ ...circle, nodes: 1, cores: 8 }).perSecond).toEqual(near(1000 / 2, 4));
    expect(simulateCircle({ ...circle, nodes: 2, cores: 2 }).perSecond).toEqual(near(2000 / 3.4, 4));
  });

  it('loses to others what they take', () => {
    const { perSecond } = simulateCircle({ ...circle, nodes: 2, cores: 2, othersCores: 1 });
    expect(perSecond).toEqual(near(1000 / 3.4, 6));
  });
});

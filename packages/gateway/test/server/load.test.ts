import type { Receiver } from '@isched/ischedule';
import type { HttpRequest } from '@isched/runtime';
import { describe, expect, it } from 'vitest';
import { createLoad } from '../../src/server/load.ts';

const post = (method = 'POST'): HttpRequest => ({
  method,
  target: '/.well-known/ischedule',
  fields: [],
  readContent: () => Promise.resolve(new Uint8Array()),
});
const usual = { methods: ['REQUEST'], components: ['VEVENT'] };
const question = { methods: ['REQUEST'], components: ['VFREEBUSY'] };

describe('what a node takes on', () => {
  it('turns away what would be too much, with a time to come back, until others have ended', async () => {
    const load = createLoad({ maxInFlight: 4 });
    const ends: (() => void)[] = [];
    const receiver: Receiver = {
      handle: () =>
        new Promise((resolve) => void ends.push(() => resolve({ status: 200, fields: [], content: new Uint8Array() }))),
    };
    const counting = load.counting(receiver);
    const underWay = [counting.handle(post()), counting.handle(post()), counting.handle(post())];
    expect(load.admit(question)).toEqual({ status: 'overloaded', retryAfterSeconds: 30 });
    expect(load.admit(usual)).toEqual({ status: 'admitted' });
    for (const end of ends) end();
    await Promise.all(underWay);
    const one = counting.handle(post());
    expect(load.admit(question)).toEqual({ status: 'admitted' });
    ends.at(-1)?.();
    await one;
  });

  it('does not count what only looks', () => {
    const load = createLoad({ maxInFlight: 1 });
    const counting = load.counting({ handle: () => new Promise(() => undefined) });
    void counting.handle(post('GET'));
    void counting.handle(post());
    expect(load.admit(usual)).toEqual({ status: 'admitted' });
  });
});

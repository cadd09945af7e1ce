import { createFakeClock, type FakeClock } from '@isched/testkit';
import { StoreUnavailable } from 'isched';
import { beforeEach, describe, expect, it } from 'vitest';
import { whenStoreIsThere } from '../../src/server/when-store-is-there.ts';

const away = new StoreUnavailable('failed', 'nobody listens there');

describe('waiting for a store', () => {
  let clock: FakeClock;
  let told: { readonly reason?: string; readonly againInMs?: number }[];
  beforeEach(() => {
    clock = createFakeClock();
    told = [];
  });
  const waiting = (signal?: AbortSignal) => ({
    clock,
    random: { fraction: () => 0.999, token: () => '' },
    log: { warn: (what: object) => void told.push(what) },
    signal,
  });

  it('tries again with growing pauses, says why, and answers what was opened', async () => {
    let tries = 0;
    const opened = whenStoreIsThere(() => (++tries < 9 ? Promise.reject(away) : Promise.resolve('open')), waiting());
    await clock.advance(61_000);
    expect(await opened).toBe('open');
    expect(told.map(({ againInMs }) => againInMs)).toEqual([500, 1000, 1999, 3998, 7996, 14993, 14993, 14993]);
    expect(new Set(told.map(({ reason }) => reason))).toEqual(new Set(['nobody listens there']));
  });

  it('does not wait for what waiting does not mend, nor for what is no trouble of the store', async () => {
    const unfit = new StoreUnavailable('unfit', 'a wrong password');
    await expect(whenStoreIsThere(() => Promise.reject(unfit), waiting())).rejects.toBe(unfit);
    const mistake = new TypeError('ours');
    await expect(whenStoreIsThere(() => Promise.reject(mistake), waiting())).rejects.toBe(mistake);
    expect(told).toEqual([]);
  });

  it('ends when it is told to stop, in a pause or before it began', async () => {
    const stop = new AbortController();
    const opened = whenStoreIsThere(() => Promise.reject(away), waiting(stop.signal));
    const ended = expect(opened).rejects.toBe('stop');
    await clock.advance(100);
    stop.abort('stop');
    await ended;
    await expect(whenStoreIsThere(() => Promise.resolve(1), waiting(stop.signal))).rejects.toBe('stop');
  });
});

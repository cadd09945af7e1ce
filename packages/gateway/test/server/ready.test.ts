import { createFakeClock } from '@isched/testkit';
import type { Store } from 'isched';
import { StoreUnavailable } from 'isched';
import { expect, it } from 'vitest';
import { isReady } from '../../src/server/ready.ts';
import { openHouse } from '../inbound/house.ts';

it('is ready while something can be made durable, each time anew', async () => {
  await using house = await openHouse({});
  const clock = createFakeClock();
  const serial = () => house.store.transaction((tx) => tx.serials.serialOf('readiness', 'of this test'));
  expect(await serial()).toBe(1);
  expect(await isReady(house.store, clock)).toBe(true);
  await clock.advance(1);
  expect(await isReady(house.store, clock)).toBe(true);
  expect(await serial()).toBe(4);
});

it('is not ready where nothing can', async () => {
  const full: Store['transaction'] = () => Promise.reject(new StoreUnavailable('no-space', 'full'));
  await expect(isReady({ transaction: full } as Store, createFakeClock())).rejects.toThrow('full');
});

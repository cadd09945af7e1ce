import { calAddressKey } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import { provisionUsers } from '../../src/inbound/provision-users.ts';
import { rollBusyTimes } from '../../src/inbound/roll-busy-times.ts';
import { type House, openHouse } from './house.ts';
import { at, event, fromWire } from './messages.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse({ b: 'UTC' });
});
afterEach(() => house[Symbol.asyncDispose]());

const year = 365 * 86_400_000;
const weeks = 52;
const invite = (uid: string, ...lines: readonly string[]) =>
  createDeliver(house)(fromWire(event('REQUEST', ['b'], ...lines).replace('u1@', `${uid}@`)), {});

/** What the index alone knows of 52 weeks that begin so many years from now. */
async function known(years: number): Promise<{ readonly busy: number; readonly unknown: number }> {
  const start = epochMs(house.clock.now() + years * year);
  const range = { start, end: epochMs(start + weeks * 7 * 86_400_000) };
  return house.store.read(async (view) => {
    const user = await view.directory.findUser(calAddressKey(at('b')));
    if (!user) throw new Error('nobody there');
    const busy = await view.objects.busy(user.id, range);
    return { busy: busy.length, unknown: (await view.objects.notCovering(user.id, range, 10)).length };
  });
}

describe('busy times worked out ahead', () => {
  it('reach two years ahead again, a year later', async () => {
    await invite('series', 'RRULE:FREQ=WEEKLY');
    await invite('single');
    await house.clock.advance(year);
    expect(await known(0.5)).toEqual({ busy: 0, unknown: 1 });
    expect(await rollBusyTimes(house)).toBe(1);
    expect(await known(0.5)).toEqual({ busy: weeks, unknown: 0 });
    expect(await rollBusyTimes(house)).toBe(0);
  });

  it('are worked out anew for a user who moved to another zone', async () => {
    await invite('floating', 'DTSTART:20261201T090000', 'DTEND:20261201T100000');
    const users = [{ address: at('b'), aliases: [], time_zone: 'Asia/Tokyo' }];
    await provisionUsers(house.store, users);
    expect(await known(0)).toEqual({ busy: 0, unknown: 1 });
    expect(await rollBusyTimes(house)).toBe(1);
    expect(await known(0)).toEqual({ busy: 1, unknown: 0 });
  });

  it('leave alone what has more instances than are worked out', async () => {
    await invite('often', 'RRULE:FREQ=HOURLY', 'DURATION:PT1M');
    expect(await rollBusyTimes(house)).toBe(0);
    expect(await house.stored('b')).toHaveLength(1);
  });
});

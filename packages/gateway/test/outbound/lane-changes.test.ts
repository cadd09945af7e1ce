import type { Location } from '@isched/ischedule';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, comeAgain, openPostRoom, type PostRoom, uid } from './post-room.ts';

const mallory = 'mailto:m@beta.example';
const bob = 'mailto:b@gamma.example';

const at = (url: string, ttlSeconds: number): Location => ({
  status: 'located',
  candidates: [{ url }],
  receiverId: url,
  ttlSeconds,
});

describe('a domain whose receiver is another each time it is asked for', () => {
  let clock: FakeClock;
  let room: PostRoom;
  let looks = 0;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock);
    looks = 0;
  });
  afterEach(() => room[Symbol.asyncDispose]());

  const locator = {
    locate: async (domain: string): Promise<Location> =>
      domain === 'beta.example' ? at(`https://beta.example/${++looks}`, 0) : at('https://gamma.example/', 60),
  };

  it('costs one change of lanes, then it is sent to where it was found', async () => {
    await using _ = room.work({
      send: (message, options) => (message.recipients.includes(bob as never) ? comeAgain : answered)(message, options),
      deps: { locator },
    });
    await room.add(mallory, bob);
    await expect.poll(room.states).toEqual(['delivered', 'waiting']);
    expect(looks).toBeLessThanOrEqual(2);
    expect((await room.house.reasons(uid)).toSorted()).toEqual(['sent-answered', 'sent-retry']);
  });

  it('costs one change of lanes for each try', async () => {
    await using _ = room.work({ send: comeAgain, deps: { locator } });
    await room.add(mallory, bob);
    for (let tried = 1; tried <= 3; tried += 1) {
      await expect.poll(async () => (await room.deliveries()).map(({ tries }) => tries)).toEqual([tried, tried]);
      expect(looks).toBeLessThanOrEqual(2 * tried);
      for (let passed = 0; passed < 2 ** tried * 72; passed += 4) {
        await clock.advance(4000);
        await room.house.store.transaction(() => Promise.resolve());
      }
    }
  });
});

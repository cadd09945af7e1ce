import { createFakeClock } from '@isched/testkit';
import { type Store, StoreUnavailable } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, comeAgain, never, openPostRoom, type PostRoom, uid } from './post-room.ts';

describe('the worker', () => {
  let room: PostRoom;
  beforeEach(async () => {
    room = await openPostRoom();
  });
  afterEach(() => room[Symbol.asyncDispose]());

  it('[IS-3.2] sends recipients of two domains in one request, once their receiver is known to be the same', async () => {
    await using worker = room.work({ send: answered });
    await room.add('mailto:b@beta.example', 'mailto:c@gamma.example');
    await expect.poll(room.states).toEqual(['delivered', 'delivered']);
    expect(room.sent).toEqual([['mailto:b@beta.example', 'mailto:c@gamma.example']]);
    await expect.poll(() => worker.underWay).toBe(0);
    expect(await room.house.reasons(uid)).toEqual(['sent-answered', 'sent-answered']);
  });

  it('waits and says so where the receiver asks to come again', async () => {
    await using _ = room.work({ send: comeAgain });
    await room.add('mailto:b@beta.example');
    await expect.poll(() => room.house.reasons(uid)).toEqual(['sent-retry']);
    expect(await room.states()).toEqual(['waiting']);
  });

  it('asks a store that is away less and less often, and goes on when it is back', async () => {
    const clock = createFakeClock();
    await using away = await openPostRoom(clock);
    let asked = 0;
    let isAway = true;
    const store: Store = {
      ...away.house.store,
      read: (work, options) => away.house.store.read(work, options),
      transaction: (work, options) => {
        asked += 1;
        return isAway
          ? Promise.reject(new StoreUnavailable('failed', 'away'))
          : away.house.store.transaction(work, options);
      },
    };
    await away.add('mailto:b@beta.example');
    await using _ = away.work({ send: answered, store });
    await clock.advance(60_000);
    expect(asked).toBe(10); // at 0, 1, 3, 7, 15, 23 … seconds
    isAway = false;
    await clock.advance(8000);
    await expect.poll(away.states).toEqual(['delivered']);
    expect(away.troubles.splice(0)).toHaveLength(10);
  });

  it('gives back what is under way when it stops, and another takes it at once', async () => {
    const first = room.work({ send: never });
    await room.add('mailto:b@beta.example');
    await expect.poll(() => room.sent.length).toBe(1);
    await first[Symbol.asyncDispose]();
    expect(await room.states()).toEqual(['waiting']);
    await using second = room.work({ send: answered });
    await expect.poll(room.states).toEqual(['delivered']);
    expect(second.underWay).toBe(0);
  });
});

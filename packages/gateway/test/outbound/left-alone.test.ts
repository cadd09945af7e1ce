import { createFakeClock, type FakeClock } from '@isched/testkit';
import { receiverLane } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, comeAgain, openPostRoom, type PostRoom } from './post-room.ts';

const second = 1000;
const lane = receiverLane('https://shared.example/');

describe('a receiver that does not answer', () => {
  let clock: FakeClock;
  let room: PostRoom;
  beforeEach(async () => {
    clock = createFakeClock();
    room = await openPostRoom(clock);
  });
  afterEach(() => room[Symbol.asyncDispose]());

  const paused = () => room.house.store.read((view) => view.queue.paused(clock.now(), 9));
  /** The worker sleeps, and who keeps its leases. */
  const quiet = () => expect.poll(() => clock.sleepers).toBe(2);
  const passes = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 1) {
      await clock.advance(second);
      await room.house.store.transaction(() => Promise.resolve());
    }
  };

  it('is left alone by all nodes once one has found it so, and then asked with one request', async () => {
    const first = room.work({ send: comeAgain });
    for (const name of ['a', 'b', 'c']) {
      await room.add(`mailto:${name}@beta.example`);
      await quiet();
    }
    await expect.poll(() => room.sent.length).toBe(3);
    expect(await paused()).toEqual([{ lane, until: clock.now() + 30 * second }]);
    await first[Symbol.asyncDispose]();

    await using _ = room.work({ send: answered });
    for (const name of ['d', 'e', 'f']) await room.add(`mailto:${name}@beta.example`);
    await passes(29);
    expect(room.sent).toHaveLength(3);
    await passes(1);
    await expect.poll(async () => (await room.states()).slice(3)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await paused()).toEqual([]);
    expect(await room.house.store.transaction((tx) => tx.queue.troubleOf(lane))).toBeUndefined();
  });

  it('is not asked about another domain of its own either, whose receiver was just found', async () => {
    await using _ = room.work({ send: comeAgain });
    for (const name of ['a', 'b', 'c']) {
      await room.add(`mailto:${name}@beta.example`);
      await quiet();
    }
    await expect.poll(() => room.sent.length).toBe(3);
    await room.add('mailto:x@gamma.example');
    await quiet();
    await passes(20);
    expect(room.sent).toHaveLength(3);
    expect((await room.deliveries()).at(-1)).toMatchObject({ state: 'waiting', lane, tries: 0 });
  });
});

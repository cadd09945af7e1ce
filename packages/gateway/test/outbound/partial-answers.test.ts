import type { Sender } from '@isched/ischedule';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverLane } from '../../src/ports/lane.ts';
import { answered, located, openPostRoom, type PostRoom, uid } from './post-room.ts';

const [bob, carol] = ['mailto:b@beta.example', 'mailto:c@gamma.example'];

/** Answers for the first recipient at once, and for the others never. */
const forTheFirst: Sender['send'] = async ({ recipients, ...message }, { signal } = {}) => {
  const [first, ...others] = recipients;
  await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  return [
    ...(await answered({ ...message, recipients: first ? [first] : [] })),
    ...others.map((recipient) => {
      const cause: unknown = signal?.reason;
      return { recipient, attempts: [], status: 'retry', tries: 'usual', cause } as const;
    }),
  ];
};

describe('answers for some recipients', () => {
  let clock: FakeClock;
  let room: PostRoom;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock);
  });
  afterEach(() => room[Symbol.asyncDispose]());
  const passes = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1000) {
      await clock.advance(1000);
      await room.house.store.transaction(() => Promise.resolve());
    }
  };

  it('count when the time for the batch is over, and the receiver counts as one that answers', async () => {
    await using _ = room.work({ send: forTheFirst, options: { deadlineMs: 10_000 } });
    await room.add(bob, carol);
    await expect.poll(() => room.sent.length).toBe(1);
    await passes(11_000);
    await expect.poll(room.states).toEqual(['delivered', 'waiting']);
    expect((await room.house.reasons(uid)).toSorted()).toEqual(['sent-answered', 'sent-retry']);
    const lane = receiverLane(located.status === 'located' ? located.receiverId : '');
    expect(await room.house.store.transaction((tx) => tx.queue.troubleOf(lane))).toBeUndefined();
  });

  it('count when the worker stops; for the others nothing was tried', async () => {
    const worker = room.work({ send: forTheFirst });
    await room.add(bob, carol);
    await expect.poll(() => room.sent.length).toBe(1);
    await worker[Symbol.asyncDispose]();
    expect(await room.deliveries()).toMatchObject([{ state: 'delivered' }, { state: 'waiting', tries: 0 }]);
    expect(await room.house.reasons(uid)).toEqual(['sent-answered']);
  });
});

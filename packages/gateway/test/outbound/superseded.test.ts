import type { Location } from '@isched/ischedule';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { epochMs } from '@isched/values';
import type { NodeId, SupersededDelivery } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverLane } from '../../src/ports/lane.ts';
import { answered, located, never, openPostRoom, type PostRoom, uid } from './post-room.ts';

const bob = 'mailto:b@beta.example';

describe('a message under way that a newer one has made pointless', () => {
  let clock: FakeClock;
  let room: PostRoom;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock);
  });
  afterEach(() => room[Symbol.asyncDispose]());

  /** What the time-line and the events tell of each delivery. */
  const told = () =>
    room.house.store.read(async (view) => {
      const events = (await view.decisions.events({ limit: 100 })) ?? [];
      const ofEvents = events.map(({ decision: { reason, delivery } }) => [reason, delivery.id, delivery.state]);
      const line = await view.decisions.ofMeeting(uid, 100);
      expect(line.map(({ reason, delivery }) => [reason, delivery?.id, delivery?.state])).toEqual(ofEvents);
      return ofEvents;
    });

  it('says so where it was given back because the worker stopped', async () => {
    const worker = room.work({ send: never });
    await room.add(bob);
    await expect.poll(() => room.sent.length).toBe(1);
    await room.add(bob);
    await worker[Symbol.asyncDispose]();
    expect(await room.states()).toEqual(['superseded', 'waiting']);
    expect(await told()).toEqual([['superseded', '1', 'superseded']]);
  });

  it('says so where it was given back to wait in another lane', async () => {
    const found = Promise.withResolvers<Location>();
    const lane = receiverLane(located.status === 'located' ? located.receiverId : '');
    const pausedUntil = epochMs(clock.now() + 60_000);
    await room.house.store.transaction((tx) =>
      tx.queue.setTrouble(lane, { failures: 3, pauseMs: 60_000, pausedUntil }),
    );
    await using _ = room.work({ send: answered, deps: { locator: { locate: () => found.promise } } });
    await room.add(bob);
    await expect.poll(room.states).toEqual(['leased']);
    await room.add(bob);
    found.resolve(located);
    await expect.poll(told).toEqual([['superseded', '1', 'superseded']]);
    expect(await room.states()).toEqual(['superseded', 'waiting']);
  });

  it('says so where its node died', async () => {
    await room.add(bob);
    const wish = { limit: 9, perLane: 9, perBatch: 9, skipLanes: [], now: clock.now() };
    await room.house.store.transaction((tx) =>
      tx.queue.lease({ ...wish, node: 'dead' as NodeId, until: epochMs(clock.now() + 30_000) }),
    );
    await room.add(bob);
    await clock.advance(31_000);
    const ended: string[] = [];
    const superseded = ({ submission }: SupersededDelivery): void => void ended.push(submission.id);
    await using _ = room.work({ send: answered, deps: { superseded } });
    await expect.poll(room.states).toEqual(['superseded', 'delivered']);
    expect(ended).toEqual(['1']);
    await expect.poll(told).toEqual([
      ['superseded', '1', 'superseded'],
      ['sent-answered', '2', 'delivered'],
    ]);
  });
});

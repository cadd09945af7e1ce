import { createFakeClock, type FakeClock } from '@isched/testkit';
import { epochMs } from '@isched/values';
import type { QueueFilter, Store, StoreView, SubmissionId } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followToTheEnd, followWhileUnderWay } from '../../src/outbound/follow.ts';
import { createNotices } from '../../src/outbound/notices.ts';
import { openPostRoom, type PostRoom } from './post-room.ts';

const submission = '1' as SubmissionId;
const recipients = Array.from({ length: 250 }, (_, index) => `mailto:u${index}@beta.example`);

describe('who waits for a message with many recipients', () => {
  let clock: FakeClock;
  let room: PostRoom;
  let looks: number[];
  let store: Store;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock);
    await room.add(...recipients);
    looks = [];
    store = counting(room.house.store);
  });
  afterEach(() => room[Symbol.asyncDispose]());

  /** Notes how many deliveries each look has read. */
  const counting = (inner: Store): Store => ({
    transaction: (act, options) => inner.transaction(act, options),
    read: (look, options) =>
      inner.read(async (view) => {
        let read = 0;
        const list: StoreView['queue']['list'] = async (filter: QueueFilter, page) => {
          const found = await view.queue.list(filter, page);
          read += found.length;
          return found;
        };
        const result = await look({ ...view, queue: { ...view.queue, list } });
        looks.push(read);
        return result;
      }, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  });
  const end = (state: 'delivered' | 'waiting', dueAt = clock.now()) =>
    room.house.store.transaction(async (tx) => {
      const now = clock.now();
      const wish = { node: 'n' as never, limit: 10, perLane: 10, perBatch: 250, skipLanes: [] };
      for (const batch of await tx.queue.lease({ ...wish, now, until: epochMs(now + 1000) })) {
        const settlements = batch.deliveries.map(({ id: delivery }) => {
          const told = { delivery, reason: 'r', attempts: [] };
          return state === 'waiting' ? { ...told, state, dueAt } : { ...told, state };
        });
        await tx.queue.settle(batch.lease, settlements, now);
      }
    });
  const deps = () => ({ store, clock, notices: createNotices(clock) });

  it('reads one of them to see that it has to wait, and all of them once at the end', async () => {
    const following = followToTheEnd(submission, { waitMs: 10_000 }, deps());
    await expect.poll(() => looks).toEqual([1]);
    await end('delivered');
    await clock.advance(500);
    const found = await following;
    expect(found.map(({ state }) => state)).toEqual(recipients.map(() => 'delivered'));
    expect(looks).toEqual([1, 250]);
  });

  it('is told all of them when the time is over', async () => {
    const following = followToTheEnd(submission, { waitMs: 600 }, deps());
    await expect.poll(() => looks).toEqual([1]);
    await clock.advance(500);
    await expect.poll(() => looks).toEqual([1, 1]);
    await clock.advance(100);
    expect((await following).map(({ state }) => state)).toEqual(recipients.map(() => 'waiting'));
  });

  it('does not wait for retries that are due later', async () => {
    await end('waiting', epochMs(clock.now() + 60_000));
    const found = await followWhileUnderWay(submission, { waitMs: 10_000 }, deps());
    expect(found).toHaveLength(250);
    expect(looks).toEqual([500]);
  });

  it('waits for one that is due in time, wherever it stands', async () => {
    await end('waiting', epochMs(clock.now() + 60_000));
    await room.house.store.transaction(async (tx) => {
      const [last] = await tx.queue.list({ recipient: 'mailto:u249@beta.example' }, { limit: 1 });
      const terms = { now: clock.now(), limit: 1 };
      await tx.queue.hold({ delivery: last?.id }, terms);
      await tx.queue.release({ delivery: last?.id }, terms);
    });
    const following = followWhileUnderWay(submission, { waitMs: 10_000 }, deps());
    await expect.poll(() => looks).toEqual([250]);
    await end('delivered');
    await clock.advance(500);
    expect((await following).at(-1)?.state).toBe('delivered');
  });
});

import type { RecipientOutcome, Sender } from '@isched/ischedule';
import { requestStatus } from '@isched/itip';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { epochMs } from '@isched/values';
import { LeaseLost, type NodeId, type Store, StoreUnavailable } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, never, openPostRoom, type PostRoom, uid } from './post-room.ts';

const start = '2026-11-23T12:00:00Z';
const second = 1000;

describe('the lease of a batch', () => {
  let clock: FakeClock;
  let room: PostRoom;
  beforeEach(async () => {
    clock = createFakeClock(start);
    room = await openPostRoom(clock);
    await room.add('mailto:b@beta.example');
  });
  afterEach(() => room[Symbol.asyncDispose]());

  /** When the only lease ends, as long as nothing else waits. */
  const leaseEnd = () => room.house.store.read((view) => view.queue.nextDue({ skipLanes: [] }));
  const passes = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += second) {
      await clock.advance(second);
      await room.house.store.transaction(() => Promise.resolve()); // what the tick began is in the store
    }
  };

  it('lets another node take over the work of one that died, after the short lease and not before', async () => {
    const dead = room.work({ send: answeredBy('dead'), clock: createFakeClock(start) }); // its clock stands still
    await expect.poll(() => room.sent.length).toBe(1);
    const living = room.work({ send: answered, options: { leaseMs: 30 * second } });
    await passes(29 * second);
    expect(room.sent).toHaveLength(1);
    await passes(second);
    await expect.poll(room.states).toEqual(['delivered']);
    expect(room.sent).toHaveLength(2);

    letGo();
    await expect.poll(() => dead.underWay).toBe(0);
    expect(room.troubles.splice(0)).toEqual([expect.any(LeaseLost)]);
    expect(await room.house.reasons(uid)).toEqual(['sent-answered']);
    await living[Symbol.asyncDispose]();
    await dead[Symbol.asyncDispose]();
  });

  it('is kept while a slow receiver is waited for, up to the deadline', async () => {
    await using slow = room.work({ send: answeredBy('slow'), options: { leaseMs: 30 * second } });
    await using other = room.work({ send: answered, options: { leaseMs: 30 * second } });
    await expect.poll(() => room.sent.length).toBe(1);
    await passes(85 * second);
    expect(await leaseEnd()).toBeGreaterThan(clock.now());
    expect([slow.underWay, other.underWay]).toEqual([1, 0]);
    letGo();
    await expect.poll(room.states).toEqual(['delivered']);
    expect(room.sent).toHaveLength(1);
  });

  it('stops the request of a worker that lost it, which settles nothing', async () => {
    let reason: unknown;
    await using _ = room.work({
      send: (message, { signal } = {}) => {
        signal?.addEventListener('abort', () => (reason = signal.reason));
        return never(message, { signal: signal as AbortSignal });
      },
      options: { leaseMs: 30 * second },
    });
    await expect.poll(() => room.sent.length).toBe(1);
    const [taken] = await room.house.store.transaction((tx) =>
      tx.queue.lease({
        node: 'thief' as NodeId,
        limit: 1,
        perLane: 1,
        perBatch: 1,
        skipLanes: [],
        now: epochMs(clock.now() + 3_600_000),
        until: epochMs(clock.now() + 7_200_000),
      }),
    );
    expect(taken?.deliveries).toHaveLength(1);
    await passes(15 * second);
    await expect.poll(() => reason).toBeInstanceOf(LeaseLost);
    expect(room.troubles.splice(0)).toEqual([expect.any(LeaseLost)]);
    expect(await room.states()).toEqual(['leased']);
    expect(await room.house.reasons(uid)).toEqual([]);
  });

  it('outlives a store that is away for less than a lease, and ends with one that stays away', async () => {
    let away = false;
    const store: Store = {
      ...room.house.store,
      read: (work, options) => room.house.store.read(work, options),
      transaction: (work, options) =>
        away ? Promise.reject(new StoreUnavailable('failed', 'away')) : room.house.store.transaction(work, options),
    };
    await using worker = room.work({ send: never, store, options: { leaseMs: 30 * second } });
    await expect.poll(() => room.sent.length).toBe(1);
    away = true;
    await passes(25 * second);
    away = false;
    await passes(second * 10);
    expect(await leaseEnd()).toBeGreaterThan(clock.now());
    expect(worker.underWay).toBe(1);
    away = true;
    await passes(40 * second);
    expect(worker.underWay).toBe(0);
    expect(room.troubles.splice(0).at(-1)).toBeInstanceOf(StoreUnavailable);
  });

  let letGo: () => void = () => undefined;
  /** Answers once it is let go. */
  const answeredBy =
    (description: string): Sender['send'] =>
    async ({ recipients }, { signal } = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      letGo = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      await promise;
      return recipients.map(
        (recipient): RecipientOutcome => ({
          recipient,
          attempts: [],
          status: 'answered',
          requestStatus: requestStatus('2.0'),
          description,
        }),
      );
    };
});

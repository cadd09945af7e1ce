import { calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { Sender } from '@isched/ischedule';
import { readItipMessage } from '@isched/itip';
import { createFakeClock, createFakeFallback, type FakeClock, type FakeFallback } from '@isched/testkit';
import { type DomainName, epochMs } from '@isched/values';
import { laneFallback, LeaseLost, type Store } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { enqueue } from '../../src/outbound/enqueue.ts';
import type { FallbackPolicy } from '../../src/outbound/fallback.ts';
import { createOverdue } from '../../src/outbound/overdue.ts';
import { laneHere } from '../../src/ports/lane.ts';
import { supersedesOf } from '../../src/outbound/supersedes.ts';
import type { Worker } from '../../src/outbound/worker.ts';
import { answered, comeAgain, openPostRoom, type PostRoom, uid, type WorkerParts } from './post-room.ts';

const second = 1000;
const hour = 3_600_000;
const day = 24 * hour;
const bob = parseCalAddress('mailto:b@beta.example');
const carol = parseCalAddress('mailto:c@gamma.example');
const away = { status: 'retry', cause: 'the mail system is away' } as const;
/** One day of five belongs to iSchedule. */
const policy: FallbackPolicy = {
  reserveMs: 4 * day,
  lifetimeMs: 2 * day,
  mayFallBack: ({ to }) => to !== 'strict.example',
};

const meetingTimes = {
  uid,
  sequence: 0,
  stamp: '20261123T000000Z',
  start: '20300101T100000Z',
  end: '20300101T110000Z',
};

const notOffered: Sender['send'] = async ({ recipients }) =>
  recipients.map((recipient) => ({ recipient, attempts: [], status: 'not-offered' }));

describe('a message that iSchedule cannot carry', () => {
  let clock: FakeClock;
  let room: PostRoom;
  let fallback: FakeFallback;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock, { alice: 'UTC' });
    fallback = createFakeFallback();
  });
  afterEach(() => room[Symbol.asyncDispose]());

  const work = (parts: WorkerParts): Worker =>
    room.work({ ...parts, deps: { fallback: { way: fallback, policy }, ...parts.deps } });
  const passes = async (ms: number, step = second): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      await clock.advance(step);
      await room.house.store.transaction(() => Promise.resolve());
    }
  };
  const overdue = (own = policy) =>
    createOverdue({
      busyTimes: () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } }),
      fallback: own,
    });
  const putOwnObject = async (): Promise<void> => {
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:x',
      'BEGIN:VEVENT',
      `UID:${uid}`,
      'DTSTART:20300101T100000Z',
    ];
    const text = [...lines, 'ORGANIZER:mailto:alice@example.org', `ATTENDEE:${bob}`, 'END:VEVENT', 'END:VCALENDAR', ''];
    await room.house.store.transaction(async (tx) => {
      const user = await tx.directory.findUser('mailto:alice@example.org');
      if (!user) throw new Error('alice is gone');
      await tx.objects.put(
        { user: user.id, calendar: user.defaultCalendar, uid, text: text.join('\r\n'), changedAt: clock.now() },
        { busy: { periods: [], covers: { start: epochMs(0), end: epochMs(0) } } },
      );
    });
  };
  const addOther = async (): Promise<void> => {
    const itip = readItipMessage(parseCalendar(invitation({ ...meetingTimes, uid: 'other@alpha.example' })));
    const message = { itip, originator: parseCalAddress('mailto:alice@example.org'), recipients: [carol] };
    const terms = { ownDomains: new Set<DomainName>(), lifetimeMs: 5 * day, now: clock.now() };
    await room.house.store.transaction((tx) => enqueue(tx, message, terms));
  };
  const scheduleStatus = async () => /SCHEDULE-STATUS="?([\d.]+)/.exec((await room.house.stored('alice')).join())?.[1];

  it('goes another way where no service is offered, told in sentences and on the sender’s own object', async () => {
    await putOwnObject();
    fallback.before = async () => expect(await scheduleStatus()).toBe('1.0');
    await using _ = work({ send: notOffered });
    await room.add(bob);
    await expect.poll(room.states).toEqual(['mailed']);
    expect(fallback.taken).toMatchObject([{ recipient: bob, message: { originator: 'mailto:alice@example.org' } }]);
    expect(fallback.taken[0]?.message.itip.uid).toBe(uid);
    expect(await room.house.reasons(uid)).toEqual(['fallback-not-offered', 'mailed']);
    expect(await scheduleStatus()).toBe('1.1');
    expect(room.sent).toHaveLength(1);
  });

  it('ends as it did where there is no other way', async () => {
    await using _ = room.work({ send: notOffered });
    await room.add(bob);
    await expect.poll(room.states).toEqual(['dead']);
    expect(await room.house.reasons(uid)).toEqual(['sent-not-offered']);
  });

  it('goes another way for those alone whom iSchedule did not reach', async () => {
    const send: Sender['send'] = async ({ recipients }, options) => [
      ...(await answered({ recipients: recipients.slice(0, 1) } as never, options)),
      ...(await notOffered({ recipients: recipients.slice(1) } as never, options)),
    ];
    await using _ = work({ send });
    await room.add(bob, carol, 'mailto:d@strict.example');
    await expect.poll(room.states).toEqual(['delivered', 'mailed', 'dead']);
    expect(fallback.taken.map(({ recipient }) => recipient)).toEqual([carol]);
  });

  it('is handed over again, under the same key, where the node died before it could write down that it had been taken', async () => {
    const standing = createFakeClock('2026-11-23T12:00:00Z');
    const { promise: dies, resolve: comesBack } = Promise.withResolvers<void>();
    const first = createFakeFallback();
    await room.add(bob);
    const dying = work({
      send: notOffered,
      clock: standing,
      deps: {
        fallback: {
          policy,
          way: {
            async handOver(message, options) {
              const outcomes = await first.handOver(message, options);
              await dies;
              return outcomes;
            },
          },
        },
      },
    });
    await expect.poll(() => first.taken.length).toBe(1);
    const living = work({ send: notOffered });
    await passes(31 * second);
    await expect.poll(room.states).toEqual(['mailed']);
    expect(fallback.taken.map(({ idempotencyKey }) => idempotencyKey)).toEqual([first.taken[0]?.idempotencyKey]);
    comesBack();
    await expect.poll(() => dying.underWay).toBe(0);
    expect(room.troubles.splice(0)).toEqual([expect.any(LeaseLost)]);
    expect(await room.house.reasons(uid)).toEqual(['fallback-not-offered', 'mailed']);
    await living[Symbol.asyncDispose]();
    await dying[Symbol.asyncDispose]();
  });

  it('waits for the other way, left alone while it is away, and keeps its key', async () => {
    fallback.will(bob, away);
    const keys: unknown[] = [];
    fallback.before = async ({ recipients }) => void keys.push(...recipients.map((one) => one.idempotencyKey));
    await using _ = work({ send: notOffered });
    await room.add(bob);
    await expect.poll(() => room.house.reasons(uid)).toEqual(['fallback-not-offered', 'mail-retry']);
    expect(await room.deliveries()).toMatchObject([{ state: 'waiting', lane: laneFallback, tries: 1 }]);
    fallback.will(bob, { status: 'taken' });
    await passes(75 * second);
    await expect.poll(room.states).toEqual(['mailed']);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(2);
    expect(room.sent).toHaveLength(1);
  });

  it('is settled by nobody who has lost it', async () => {
    let reason: unknown;
    const hanging = {
      handOver: (_: unknown, { signal }: { readonly signal?: AbortSignal | undefined } = {}) =>
        new Promise<never>((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason as Error);
          });
        }),
    };
    await using worker = work({ send: notOffered, deps: { fallback: { way: hanging, policy } } });
    await room.add(bob);
    await expect.poll(async () => (await room.deliveries())[0]?.lane).toBe(laneFallback);
    await expect.poll(room.states).toEqual(['leased']);
    const later = epochMs(clock.now() + hour);
    await room.house.store.transaction((tx) =>
      tx.queue.lease({
        node: 'thief' as never,
        limit: 1,
        perLane: 4,
        perBatch: 1,
        skipLanes: [],
        now: later,
        until: epochMs(later + hour),
      }),
    );
    await passes(15 * second);
    await expect.poll(() => reason).toBeInstanceOf(LeaseLost);
    await expect.poll(() => worker.underWay).toBe(0);
    expect(room.troubles.splice(0)).toEqual([expect.any(LeaseLost)]);
    expect(await room.house.reasons(uid)).toEqual(['fallback-not-offered']);
  });

  it('is not sent by iSchedule any more once that took too long, also where its lane was left alone', async () => {
    await room.add(bob, 'mailto:d@strict.example');
    const trying = work({ send: comeAgain });
    await expect.poll(() => room.house.reasons(uid)).toEqual(['sent-retry', 'sent-retry']);
    await trying[Symbol.asyncDispose]();
    const late = overdue();
    await clock.advance(day - second);
    await late.handOver(room.house.store, { now: clock.now(), limit: 10 });
    expect((await room.deliveries()).filter(({ lane }) => lane === laneFallback)).toEqual([]);
    await clock.advance(second);
    expect(await late.handOver(room.house.store, { now: clock.now(), limit: 10 })).toBe(2);
    expect((await room.deliveries()).map(({ lane }) => lane)).toEqual([
      laneFallback,
      'receiver:https://shared.example/',
    ]);

    room.sent.length = 0;
    await using _ = work({ send: answered });
    await expect.poll(room.states).toEqual(['mailed', 'delivered']);
    expect(room.sent).toEqual([['mailto:d@strict.example']]);
    expect(fallback.taken.map(({ recipient }) => recipient)).toEqual([bob]);
    expect((await room.house.reasons(uid)).slice(2).toSorted()).toEqual([
      'fallback-too-long',
      'mailed',
      'sent-answered',
    ]);
  });

  it('goes another way, with time to do so, where nobody worked until it was over; given up where it may not', async () => {
    await putOwnObject();
    await room.add(bob, 'mailto:d@strict.example');
    await clock.advance(6 * day);
    const ended = await overdue().end(room.house.store, { now: clock.now(), limit: 10 });
    expect(ended).toBe(2);
    expect(await room.deliveries()).toMatchObject([
      { state: 'waiting', lane: laneFallback, submission: { expiresAt: clock.now() + 2 * day } },
      { state: 'dead', reason: 'sent-given-up' },
    ]);
    expect(await scheduleStatus()).toBe('1.0');
    fallback.will(bob, away);
    const worker = work({ send: answered });
    await expect.poll(() => room.house.reasons(uid)).toContain('mail-retry');
    await worker[Symbol.asyncDispose]();
    await clock.advance(2 * day);
    await overdue().end(room.house.store, { now: clock.now(), limit: 10 });
    expect(await room.states()).toEqual(['dead', 'dead']);
    expect(room.sent).toEqual([]);
  });

  it('never is what waits for a user of this house: given up, and no step is taken over and over', async () => {
    const carolHere = 'mailto:carol@own.example';
    const itip = readItipMessage(parseCalendar(invitation(meetingTimes)));
    const message = { itip, originator: parseCalAddress('mailto:alice@example.org'), recipients: [carolHere] };
    const ownDomains = new Set(['own.example' as DomainName]);
    const terms = { ownDomains, lifetimeMs: 5 * day, now: clock.now() };
    await room.house.store.transaction((tx) =>
      enqueue(tx, { ...message, recipients: message.recipients.map(parseCalAddress) }, terms),
    );
    expect(await room.deliveries()).toMatchObject([{ lane: 'here', state: 'waiting' }]);
    await clock.advance(6 * day);
    expect(await overdue().end(room.house.store, { now: clock.now(), limit: 1 })).toBe(1);
    expect(await room.deliveries()).toMatchObject([{ state: 'dead', reason: 'sent-given-up' }]);
  });

  it('never is what a worker finds waiting too long for a user of this house', async () => {
    await room.add(bob);
    await room.house.store.transaction((tx) => tx.queue.setLane('beta.example' as DomainName, laneHere));
    await clock.advance(6 * day);
    await using _ = work({ send: answered });
    await expect.poll(room.states).toEqual(['dead']);
    expect(fallback.taken).toEqual([]);
  });

  it('is written on the sender’s own object once, however many there are, where its time is over', async () => {
    await putOwnObject();
    let written = 0;
    await room.add(bob, carol);
    await clock.advance(6 * day);
    const counting = createOverdue({
      busyTimes() {
        written += 1;
        return { periods: [], covers: { start: epochMs(0), end: epochMs(0) } };
      },
    });
    expect(await counting.end(room.house.store, { now: clock.now(), limit: 10 })).toBe(2);
    expect(written).toBe(1);
    expect(await scheduleStatus()).toBe('5.1');
  });

  it('is ended also where another message can not be', async () => {
    await putOwnObject();
    await room.add(bob);
    await addOther();
    await clock.advance(6 * day);
    const broken = createOverdue({
      busyTimes: () => {
        throw new Error('no busy times');
      },
    });
    const ending = broken.end(room.house.store, { now: clock.now(), limit: 1 });
    await expect(ending).rejects.toMatchObject({ errors: [{ message: 'no busy times' }] });
    expect(await room.states()).toEqual(['waiting', 'dead']);
  });

  it('is left alone by who looked before an operator gave it more time', async () => {
    await room.add(bob);
    await clock.advance(6 * day);
    const { store } = room.house;
    let looked = false;
    const slow: Store = {
      ...store,
      transaction: (act) => store.transaction(act),
      async read(look) {
        const found = await store.read(look);
        if (!looked) {
          looked = true;
          const expiresAt = epochMs(clock.now() + day);
          const terms = { now: clock.now(), limit: 1, expiresAt, supersedesOf };
          await store.transaction((tx) => tx.queue.retry({}, terms));
        }
        return found;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    expect(await overdue().end(slow, { now: clock.now(), limit: 10 })).toBe(0);
    expect(await room.states()).toEqual(['waiting']);
  });

  it('is looked at page by page, each once a round', async () => {
    const none = { ...policy, mayFallBack: () => false };
    await room.add(...Array.from({ length: 5 }, (_, index) => `mailto:u${index}@beta.example`));
    await clock.advance(2 * day);
    const late = overdue(none);
    const look = () => late.handOver(room.house.store, { now: clock.now(), limit: 2 });
    expect([await look(), await look(), await look(), await look()]).toEqual([2, 2, 1, 2]);
  });

  it('waits where this node knows no other way, for one that does', async () => {
    await room.add(bob);
    await clock.advance(2 * day);
    await overdue().handOver(room.house.store, { now: clock.now(), limit: 10 });
    const without = room.work({ send: answered });
    await passes(5 * second);
    expect(await room.states()).toEqual(['waiting']);
    await without[Symbol.asyncDispose]();
    await using _ = work({ send: answered });
    await expect.poll(room.states).toEqual(['mailed']);
    expect(room.sent).toEqual([]);
    expect(calAddressKey(fallback.taken[0]?.recipient ?? carol)).toBe(bob);
  });
});

import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import { type ItipMessage, readItipMessage, requestStatus } from '@isched/itip';
import { createFakeClock, createFakeFallback, type FakeClock } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { LeaseLost, type Store } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { enqueue, enqueueReply, MessageTooLarge } from '../../src/outbound/enqueue.ts';
import { answered, openPostRoom, type PostRoom, uid, type WorkerParts } from './post-room.ts';

const times = { stamp: '20261123T000000Z', start: '20300101T100000Z', end: '20300101T110000Z' };
const minute = 60_000;
const [bob, carol, erin] = ['b', 'c', 'e'].map((name) => parseCalAddress(`mailto:${name}@here.example`));
if (!bob || !carol || !erin) throw new TypeError('no addresses');
const far = parseCalAddress('mailto:b@beta.example');

/** A message whose text has about so many octets. */
function messageOf(octets: number): ItipMessage {
  const line = `COMMENT:${'x'.repeat(60_000)}\r\n`;
  const text = invitation({ uid, sequence: 0, ...times }).replace(
    'END:VEVENT',
    `${line.repeat(Math.ceil(octets / line.length))}END:VEVENT`,
  );
  return readItipMessage(parseCalendar(text, { maxOctets: 100_000_000 }));
}

describe('a message that our own work fails on', () => {
  let clock: FakeClock;
  let room: PostRoom;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    room = await openPostRoom(clock);
  });
  afterEach(() => room[Symbol.asyncDispose]());

  const terms = () => ({
    ownDomains: new Set([parseDomainName('here.example')]),
    lifetimeMs: 432_000_000,
    now: clock.now(),
  });
  const add = async (recipients: readonly (typeof bob)[], octets = 0): Promise<void> => {
    const message = { itip: messageOf(octets), originator: parseCalAddress('mailto:alice@alpha.example'), recipients };
    await room.house.store.transaction((tx) => enqueue(tx, message, terms()));
    room.wakeUp.wake();
  };
  const passes = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5000) {
      await clock.advance(5000);
      await room.house.store.transaction(() => Promise.resolve());
    }
  };
  /** The same store, whose batches have lost their text. */
  const forgetful = (): Store => ({
    ...room.house.store,
    read: (work, options) => room.house.store.read(work, options),
    transaction: (work, options) =>
      room.house.store.transaction(
        (tx) =>
          work({
            ...tx,
            queue: {
              ...tx.queue,
              lease: async (wish) =>
                (await tx.queue.lease(wish)).map((batch) => ({
                  ...batch,
                  submission: { ...batch.submission, text: '' },
                })),
            },
          }),
        options,
      ),
  });

  it.each<readonly [string, typeof bob, WorkerParts['deps']]>([
    ['here', bob, {}],
    ['elsewhere', far, {}],
    [
      'another way',
      far,
      {
        fallback: {
          way: createFakeFallback(),
          policy: { reserveMs: 0, lifetimeMs: minute, mayFallBack: () => true },
        },
      },
    ],
  ])('ends at once where the text is gone: %s', async (...[, recipient, deps = {}]) => {
    await using _ = room.work({ send: answered, store: forgetful(), deps });
    await add([recipient]);
    await expect.poll(room.states).toEqual(['dead']);
    expect(await room.house.reasons(uid)).toEqual(['message-gone']);
    expect(room.sent).toEqual([]);
  });

  it('is tried a few times, each of them told, and then given up', async () => {
    await using _ = room.work({
      send: answered,
      deps: { deliverWithin: () => Promise.reject(new TypeError('nobody thought of this')) },
    });
    await add([bob]);
    await expect.poll(() => room.house.reasons(uid)).toEqual(['work-failed']);
    expect(await room.deliveries()).toMatchObject([
      { state: 'waiting', tries: 1, detail: 'TypeError: nobody thought of this' },
    ]);
    await passes(20 * minute);
    expect(await room.states()).toEqual(['dead']);
    expect(await room.house.reasons(uid)).toEqual([...Array<string>(4).fill('work-failed'), 'work-given-up']);
    expect(room.troubles.splice(0)).toHaveLength(5);
  });

  it('keeps no others of this house from theirs: those that failed together are tried one by one', async () => {
    await using _ = room.work({
      send: answered,
      deps: {
        deliverWithin: (_tx, { recipients }) =>
          recipients.includes(carol)
            ? Promise.reject(new TypeError('this calendar breaks'))
            : Promise.resolve(
                recipients.map(() => ({ requestStatus: requestStatus('2.0'), reason: 'new-invitation', replies: [] })),
              ),
      },
    });
    await add([bob, carol, erin]);
    await expect.poll(room.states).toEqual(['waiting', 'waiting', 'waiting']);
    await expect.poll(() => room.house.reasons(uid)).toHaveLength(3);
    await passes(2 * minute);
    await expect.poll(room.states).toEqual(['delivered', 'waiting', 'delivered']);
    room.troubles.length = 0;
  });

  it('is settled as it went where only the note on the sender’s own object fails', async () => {
    await using home = await openPostRoom(clock, { alice: 'UTC' });
    await home.house.store.transaction(async (tx) => {
      const user = await tx.directory.findUser('mailto:alice@example.org');
      if (!user) throw new TypeError('alice is gone');
      const text = invitation({ uid, sequence: 0, ...times })
        .replace('METHOD:REQUEST\r\n', '')
        .replace('END:VEVENT', `ATTENDEE:${far}\r\nEND:VEVENT`);
      const busy = { periods: [], covers: { start: clock.now(), end: clock.now() } };
      await tx.objects.put(
        { user: user.id, calendar: user.defaultCalendar, uid, text, changedAt: clock.now() },
        { busy },
      );
    });
    const busyTimes = (): never => {
      throw new TypeError('this object breaks');
    };
    await using _ = home.work({ send: answered, deps: { busyTimes } });
    await home.add(far);
    await expect.poll(home.states).toEqual(['delivered']);
    expect(await home.house.reasons(uid)).toEqual(['sent-answered']);
    expect(home.sent).toHaveLength(1);
    expect(home.troubles.splice(0)).toMatchObject([{ message: 'this object breaks' }]);
  });

  it('is left to whoever has it now where the lease was lost', async () => {
    await using _ = room.work({
      send: answered,
      deps: { deliverWithin: () => Promise.reject(new LeaseLost('the lease ran out')) },
    });
    await add([bob]);
    await expect.poll(() => room.troubles.length).toBe(1);
    expect(await room.states()).toEqual(['leased']);
    expect(await room.house.reasons(uid)).toEqual([]);
    room.troubles.length = 0;
  });

  it('is read as long as it may be stored, beyond what is taken from strangers', async () => {
    await using _ = room.work({ send: answered });
    await add([far], 3_000_000);
    await expect.poll(room.states).toEqual(['delivered']);
  });

  it('is not put into the queue where it is longer than any calendar of ours keeps', async () => {
    await expect(add([far], 9_000_000)).rejects.toThrow(MessageTooLarge);
    const reply = { itip: messageOf(9_000_000), from: bob, to: [far] };
    expect(await room.house.store.transaction((tx) => enqueueReply(tx, reply, terms()))).toBe(false);
    expect(await room.house.reasons(uid)).toEqual(['message-too-large']);
    expect(await room.states()).toEqual([]);
  });
});

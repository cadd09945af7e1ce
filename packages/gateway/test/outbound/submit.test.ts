import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { type DomainName, epochMs } from '@isched/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { OriginatorNotOurs, type Submission } from '../../src/outbound/ask.ts';
import { createNotices } from '../../src/outbound/notices.ts';
import { createSubmit, type Submit, type Submitted } from '../../src/outbound/submit.ts';
import { IdempotencyKeyReused } from '../../src/ports/delivery-queue.ts';
import { type House, openHouse } from '../inbound/house.ts';

const uid = 's@example.org';
const alice = parseCalAddress('mailto:alice@example.org');
const bob = parseCalAddress('mailto:b@beta.example');
const carol = parseCalAddress('mailto:c@gamma.example');
const textOf = (sequence: number): string =>
  invitation({ uid, sequence, stamp: '20261123T000000Z', start: '20300101T100000Z', end: '20300101T110000Z' });
const invite = (sequence = 0): Submission => ({
  itip: readItipMessage(parseCalendar(textOf(sequence))),
  originator: alice,
  recipients: [bob],
});
const question = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:x',
  'METHOD:REQUEST',
  'BEGIN:VFREEBUSY',
  'UID:q',
  'DTSTAMP:20261123T000000Z',
  'DTSTART:20300101T000000Z',
  'DTEND:20300102T000000Z',
  `ORGANIZER:${alice}`,
  `ATTENDEE:${bob}`,
  'END:VFREEBUSY',
  'END:VCALENDAR',
  '',
].join('\r\n');

describe('a message that is submitted', () => {
  let clock: FakeClock;
  let house: House;
  let woken = 0;
  const asked: Submission[] = [];
  let submit: Submit;
  beforeEach(async () => {
    clock = createFakeClock();
    house = await openHouse({ alice: 'UTC' });
    woken = 0;
    asked.length = 0;
    submit = createSubmit({
      store: house.store,
      ask: async (submission) => {
        asked.push(submission);
        return [{ recipient: bob, attempts: [], status: 'not-offered' }];
      },
      ownDomains: new Set(['example.org' as DomainName]),
      busyTimes: () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } }),
      lifetimeMs: 3_600_000,
      clock,
      notices: createNotices(clock),
      wake: () => void (woken += 1),
    });
  });
  afterEach(() => house[Symbol.asyncDispose]());

  const queued = () => house.store.read((view) => view.queue.list({}, { limit: 10 }));
  const idOf = (submitted: Submitted): string => (submitted.kind === 'queued' ? submitted.id : '');

  it('is in the queue and in the sender’s own calendar, or in neither', async () => {
    expect(await submit(invite())).toMatchObject({
      kind: 'queued',
      repeated: false,
      deliveries: [{ state: 'waiting' }],
    });
    expect(await queued()).toMatchObject([{ recipient: bob, submission: { expiresAt: clock.now() + 3_600_000 } }]);
    expect(await house.stored('alice')).toEqual([expect.stringContaining(`UID:${uid}`)]);
    expect(woken).toBe(1);
  });

  it('[IS-3.1] is sent in the name of our own users only', async () => {
    const stranger = { ...invite(), originator: parseCalAddress('mailto:eve@beta.example') };
    await expect(submit(stranger)).rejects.toThrow(OriginatorNotOurs);
    expect(await queued()).toEqual([]);
  });

  it('changes nothing the second time under the same key, and is refused when it is another', async () => {
    const first = await submit(invite(), { idempotencyKey: 'once' });
    const again = await submit(invite(), { idempotencyKey: 'once' });
    expect([idOf(again), again]).toMatchObject([idOf(first), { repeated: true }]);
    await expect(submit(invite(1), { idempotencyKey: 'once' })).rejects.toThrow(IdempotencyKeyReused);
    expect(await queued()).toHaveLength(1);
    expect(await house.stored('alice')).toEqual([expect.not.stringContaining('SEQUENCE:1')]);
  });

  it('is taken where the sender’s own object has grown beyond what is taken from strangers', async () => {
    const comment = `COMMENT:${'x'.repeat(60_000)}\r\n`;
    const long = textOf(0)
      .replace('METHOD:REQUEST\r\n', '')
      .replace('END:VEVENT', `${comment.repeat(30)}END:VEVENT`);
    await house.store.transaction(async (tx) => {
      const user = await tx.directory.findUser(alice);
      if (!user) throw new TypeError('alice is gone');
      await tx.objects.put(
        { user: user.id, calendar: user.defaultCalendar, uid, text: long, changedAt: clock.now() },
        { busy: { periods: [], covers: { start: epochMs(0), end: epochMs(0) } } },
      );
    });
    const end = textOf(1).replace('METHOD:REQUEST', 'METHOD:CANCEL');
    const itip = readItipMessage(parseCalendar(end));
    expect(await submit({ itip, originator: alice, recipients: [bob] })).toMatchObject({ kind: 'queued' });
    expect(await house.stored('alice')).toEqual([expect.stringContaining('STATUS:CANCELLED')]);
  });

  it('is another message under the same key where it goes to somebody else, or comes from somebody else', async () => {
    const mallory = parseCalAddress('mailto:mallory@example.org');
    await submit(invite(), { idempotencyKey: 'once' });
    for (const other of [{ recipients: [carol] }, { recipients: [bob, carol] }, { originator: mallory }]) {
      await expect(submit({ ...invite(), ...other }, { idempotencyKey: 'once' })).rejects.toThrow(IdempotencyKeyReused);
    }
    await house.store.transaction((tx) => tx.queue.drop({ uid }, { now: clock.now(), limit: 9 }));
    await house.store.transaction((tx) => tx.queue.forgetTexts(epochMs(clock.now() + 1), 9));
    await expect(submit(invite(1), { idempotencyKey: 'once' })).rejects.toThrow(IdempotencyKeyReused);
    expect(await submit(invite(), { idempotencyKey: 'once' })).toMatchObject({ repeated: true });
    expect(await queued()).toHaveLength(1);
  });

  it('takes nothing back in the sender’s own calendar, and supersedes nothing, where it comes behind a newer one', async () => {
    await submit(invite(2));
    await submit(invite(1));
    expect(await house.stored('alice')).toEqual([expect.stringContaining('SEQUENCE:2')]);
    expect((await queued()).map(({ state, blocked }) => [state, blocked])).toEqual([
      ['waiting', false],
      ['waiting', true],
    ]);
  });

  it('[IS-6.9, IS-5.26] is asked at once when it is a question, and neither queued nor sent another way', async () => {
    const itip = readItipMessage(parseCalendar(question));
    const answer = await submit({ itip, originator: alice, recipients: [bob] });
    expect(answer).toEqual({ kind: 'asked', outcomes: [{ recipient: bob, attempts: [], status: 'not-offered' }] });
    expect(asked).toHaveLength(1);
    expect([await queued(), woken]).toEqual([[], 0]);
  });
});

import { calAddressKey, formatCalendar } from '@isched/icalendar';
import type { DeliveryResult } from '@isched/ischedule';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AddressedReply } from '../../src/inbound/address-reply.ts';
import { createDeliver, type ReplyQueue } from '../../src/inbound/deliver.ts';
import { type ConfiguredUser, provisionUsers } from '../../src/inbound/provision-users.ts';
import { type House, openHouse } from './house.ts';
import { at, calendarText, event, fromWire } from './messages.ts';

let house: House;
let sent: AddressedReply[];
beforeEach(async () => {
  house = await openHouse({});
  sent = [];
});
afterEach(() => house[Symbol.asyncDispose]());

const room = (auto_schedule: ConfiguredUser['auto_schedule'], more: Partial<ConfiguredUser> = {}): Promise<void> =>
  provisionUsers(house.store, [{ address: at('room'), aliases: [], time_zone: 'UTC', auto_schedule, ...more }]);

const queue: ReplyQueue = { add: async (_, reply) => void sent.push(reply), added: () => undefined };
const deliver = (text: string, options?: Parameters<typeof fromWire>[1]) =>
  createDeliver(house, { replies: queue })(fromWire(text, options), {});

/** Asks the room for an hour of the first of December, beginning at this time, `hh:mm`. */
const ask = (uid: string, from: string, ...more: readonly string[]): string =>
  event('REQUEST', ['room'], `DTSTART:20261201T${from.replace(':', '')}00Z`, 'DURATION:PT1H', ...more).replace(
    'u1@',
    `${uid}@`,
  );

const codes = (results: readonly DeliveryResult[]) => results.map((result) => result.requestStatus.code);
const answers = () => sent.map(({ itip }) => /PARTSTAT=([A-Z-]+)/.exec(formatCalendar(itip.calendar))?.[1]);
const copies = async () => (await house.stored('room')).map((text) => /PARTSTAT=([A-Z-]+)/.exec(text)?.[1]);

describe('a room that answers by itself', () => {
  it('accepts what finds it free, in its calendar and to the organizer', async () => {
    await room('automatic');
    expect(codes(await deliver(ask('m1', '09:00')))).toEqual(['2.0']);
    expect(await copies()).toEqual(['ACCEPTED']);
    expect(answers()).toEqual(['ACCEPTED']);
    expect(sent).toMatchObject([{ from: at('room'), to: ['mailto:a@example.com'], itip: { method: 'REPLY' } }]);
    const [decision] = await house.store.read((view) => view.decisions.ofMeeting('m1@example.com', 10));
    expect(decision).toMatchObject({ reason: 'resource-accepted', detail: 'new-invitation', method: 'REQUEST' });
  });

  it('[IS-5.38] declines with 4.0 what finds it taken; what it declined takes no time', async () => {
    await room('automatic');
    await deliver(ask('m1', '09:00'));
    expect(codes(await deliver(ask('m2', '09:30')))).toEqual(['4.0']);
    expect(codes(await deliver(ask('m3', '10:00')))).toEqual(['2.0']);
    expect(answers()).toEqual(['ACCEPTED', 'DECLINED', 'ACCEPTED']);
    expect(await house.reasons('m2@example.com')).toEqual(['resource-declined']);
  });

  it('is promised once, however many ask at the same moment', async () => {
    await room('automatic');
    const asked = Array.from({ length: 12 }, (_, index) => ask(`m${index}`, '09:00'));
    const results = await Promise.all(asked.map((text) => deliver(text)));
    expect(codes(results.flat()).toSorted()).toEqual(['2.0', ...Array.from({ length: 11 }, () => '4.0')]);
    expect((await copies()).filter((status) => status === 'ACCEPTED')).toHaveLength(1);
    expect(answers().filter((status) => status === 'ACCEPTED')).toHaveLength(1);
  });

  it('keeps its word, and is free again when the meeting is called off', async () => {
    await room('automatic');
    await deliver(ask('m1', '09:00'));
    await deliver(ask('m1', '09:00', 'SEQUENCE:1', 'SUMMARY:Another name', 'DTSTAMP:20261122T113000Z'));
    expect(answers()).toEqual(['ACCEPTED']);
    expect(await copies()).toEqual(['ACCEPTED']);
    const off = event('CANCEL', ['room'], 'SEQUENCE:2', 'STATUS:CANCELLED', 'DTSTAMP:20261122T114000Z');
    await deliver(off.replace('u1@', 'm1@'));
    expect(codes(await deliver(ask('m2', '09:00')))).toEqual(['2.0']);
  });

  it('asks itself again when the meeting moves into the time of another', async () => {
    await room('automatic');
    await deliver(ask('m1', '09:00'));
    await deliver(ask('m2', '14:00'));
    const moved = ask('m2', '09:30', 'SEQUENCE:1', 'DTSTAMP:20261122T113000Z');
    expect(codes(await deliver(moved))).toEqual(['4.0']);
    expect(answers()).toEqual(['ACCEPTED', 'ACCEPTED', 'DECLINED']);
  });

  it('declines single instances of a series', async () => {
    await room('automatic');
    await deliver(ask('m1', '09:00'));
    expect(codes(await deliver(ask('series', '09:00', 'RRULE:FREQ=DAILY;COUNT=3')))).toEqual(['2.0']);
    expect(await house.reasons('series@example.com')).toEqual(['resource-answered']);
    const text = formatCalendar(sent[1]?.itip.calendar ?? { kind: 'component', name: 'VCALENDAR', children: [] });
    expect(text.match(/PARTSTAT=[A-Z]+|RECURRENCE-ID[^\r]*/g)?.toSorted()).toEqual([
      'PARTSTAT=ACCEPTED',
      'PARTSTAT=DECLINED',
      'RECURRENCE-ID:20261201T090000Z',
    ]);
  });

  it('knows the series it promised itself to before, beyond what is worked out ahead', async () => {
    await room('automatic');
    await deliver(ask('series', '09:00', 'RRULE:FREQ=WEEKLY'));
    await house.clock.advance(Date.parse('2028-11-01T00:00:00Z') - house.clock.now());
    const late = ask('m1', '09:30').replace('DTSTART:20261201', 'DTSTART:20281128');
    expect(codes(await deliver(late))).toEqual(['4.0']); // Tuesdays
  });

  it.each([
    ['decline-always', ['2.0', '2.0'], ['DECLINED', 'DECLINED']],
    ['accept-always', ['2.0', '2.0'], ['ACCEPTED', 'ACCEPTED']],
    ['accept-if-free', ['2.0', '2.0'], ['ACCEPTED']],
    ['decline-if-busy', ['2.0', '4.0'], ['DECLINED']],
    ['none', ['2.0', '2.0'], []],
  ] as const)('%s answers the first and the second who ask with %j', async (mode, expected, said) => {
    await room(mode);
    expect([...codes(await deliver(ask('m1', '09:00'))), ...codes(await deliver(ask('m2', '09:00')))]).toEqual(
      expected,
    );
    expect(answers()).toEqual(said);
  });

  it('can be booked so many days ahead', async () => {
    await room('automatic', { booking_days: 5 });
    expect(codes(await deliver(ask('m1', '09:00')))).toEqual(['4.0']);
    expect(await house.reasons('m1@example.com')).toEqual(['resource-not-bookable-yet']);
    expect(formatCalendar(sent[0]!.itip.calendar)).toContain('COMMENT:Can be booked until 2026-11-27');
    await house.clock.advance(Date.parse('2026-11-27T12:00:00Z') - house.clock.now());
    expect(codes(await deliver(ask('m2', '09:00')))).toEqual(['2.0']);
  });

  it('is not to be had after that, says its free-busy time', async () => {
    await room('automatic', { booking_days: 5 });
    const search = calendarText(
      'METHOD:REQUEST',
      'BEGIN:VFREEBUSY',
      'UID:f1@example.com',
      'DTSTAMP:20261122T120000Z',
      'ORGANIZER:mailto:a@example.com',
      'ATTENDEE:mailto:room@example.org',
      'DTSTART:20261125T000000Z',
      'DTEND:20261202T000000Z',
      'END:VFREEBUSY',
    );
    const [result] = await deliver(search);
    const lines = formatCalendar(result!.replies[0]!.calendar).split('\r\n');
    expect(lines.filter((line) => line.startsWith('FREEBUSY'))).toEqual([
      'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261127T120000Z/20261202T000000Z',
    ]);
    await room('accept-always', { booking_days: 5 });
    const [always] = await deliver(search);
    expect(formatCalendar(always!.replies[0]!.calendar)).not.toContain('FREEBUSY;');
  });

  it('says when a rule is too much to work out', async () => {
    await room('automatic');
    expect(codes(await deliver(ask('m1', '09:00', 'RRULE:FREQ=SECONDLY')))).toEqual(['3.6']);
    expect(await house.reasons('m1@example.com')).toEqual(['resource-rule-too-complex']);
  });

  it('answers under the name it was asked by', async () => {
    await room('automatic', { aliases: [at('room-7')] });
    await deliver(event('REQUEST', ['room-7']));
    expect(sent).toMatchObject([{ from: at('room-7'), to: ['mailto:a@example.com'] }]);
  });

  it('gives a repeat the first answer, and sends nothing twice', async () => {
    await room('automatic');
    await deliver(ask('m1', '09:00'));
    await deliver(ask('m2', '09:00'));
    expect(codes(await deliver(ask('m2', '09:00')))).toEqual(['4.0']);
    expect(answers()).toEqual(['ACCEPTED', 'DECLINED']);
  });
});

describe('what a message gives rise to', () => {
  it('a REFRESH is answered to who asked, not to everybody on the list', async () => {
    await provisionUsers(house.store, [{ address: at('b'), aliases: [], time_zone: 'UTC' }]);
    const people = ['mailto:a@example.com', 'mailto:c@example.net'].map((address) => `ATTENDEE:${address}`);
    const text = event('REQUEST', [], 'ORGANIZER:mailto:b@example.org', ...people).replace('METHOD:REQUEST\r\n', '');
    await house.store.transaction(async (tx) => {
      const user = await tx.directory.findUser(calAddressKey(at('b')));
      if (!user) throw new Error('nobody there');
      const covers = { periods: [], covers: { start: house.clock.now(), end: house.clock.now() } };
      const object = {
        user: user.id,
        calendar: user.defaultCalendar,
        uid: 'u1@example.com',
        text,
        changedAt: house.clock.now(),
      };
      await tx.objects.put(object, { busy: covers });
    });
    const refresh = calendarText(
      'METHOD:REFRESH',
      'BEGIN:VEVENT',
      'UID:u1@example.com',
      'DTSTAMP:20261122T120000Z',
      'ORGANIZER:mailto:b@example.org',
      'ATTENDEE:mailto:a@example.com',
      'END:VEVENT',
    );
    await deliver(refresh, { recipients: [at('b')] });
    expect(sent).toMatchObject([{ from: at('b'), to: ['mailto:a@example.com'], itip: { method: 'REQUEST' } }]);
  });
});

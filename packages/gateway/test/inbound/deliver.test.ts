import type { DeliveryResult } from '@isched/ischedule';
import { StoreUnavailable, type Store } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainReason } from '../../src/decisions/catalogue.ts';
import { createDeliver, createDeliverInbound } from '../../src/inbound/deliver.ts';
import { inboundFromHere } from '../../src/inbound/inbound-message.ts';
import { type House, openHouse } from './house.ts';
import { at, event, fromWire, organizer } from './messages.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse({ b: 'UTC', c: 'Europe/Berlin' });
});
afterEach(() => house[Symbol.asyncDispose]());

const statuses = (results: readonly DeliveryResult[]) => results.map((result) => result.requestStatus.code);
const deliver = (text: string, options?: Parameters<typeof fromWire>[1]) =>
  createDeliver(house)(fromWire(text, options), {});

describe('what a message does to calendars', () => {
  it('[IS-5.16] stores an invitation for each recipient before it answers 2.0', async () => {
    const results = await deliver(event('REQUEST', ['b', 'c'], 'SUMMARY:Zoë 🗓', 'X-KEPT;A="b;c":  as is '));
    expect(statuses(results)).toEqual(['2.0', '2.0']);
    for (const user of ['b', 'c']) {
      const [text, ...others] = await house.stored(user);
      expect(others).toEqual([]);
      expect(text).toContain('UID:u1@example.com\r\n');
      expect(text).toContain('SUMMARY:Zoë 🗓\r\n');
      expect(text).not.toContain('METHOD');
    }
    expect(await house.reasons()).toEqual(['new-invitation', 'new-invitation']);
  });

  it('[IS-5.23] answers 3.7 for somebody unknown, in the order asked, and serves the others', async () => {
    const results = await deliver(event('REQUEST', ['x', 'b', 'y']));
    expect(statuses(results)).toEqual(['3.7', '2.0', '3.7']);
    expect(await house.stored('b')).toHaveLength(1);
    expect(await house.reasons()).toEqual(['unknown-user', 'new-invitation', 'unknown-user']);
  });

  it('follows an invitation through change and cancellation', async () => {
    await deliver(event('REQUEST', ['b'], 'SEQUENCE:0'));
    const moved = ['DTSTART:20261202T090000Z', 'DTEND:20261202T100000Z', 'DTSTAMP:20261122T113000Z', 'SEQUENCE:1'];
    expect(statuses(await deliver(event('REQUEST', ['b'], ...moved)))).toEqual(['2.0']);
    expect((await house.stored('b'))[0]).toContain('DTSTART:20261202T090000Z');
    const gone = ['DTSTART:20261202T090000Z', 'DTSTAMP:20261122T114000Z', 'SEQUENCE:2', 'STATUS:CANCELLED'];
    expect(statuses(await deliver(event('CANCEL', ['b'], ...gone)))).toEqual(['2.0']);
    expect((await house.stored('b'))[0]).toContain('STATUS:CANCELLED');
    expect(await house.reasons()).toEqual(['new-invitation', 'rescheduled', 'cancelled']);
  });

  it('[IS-5.21] lets no object grow without end, and keeps what was stored before', async () => {
    const series = event('REQUEST', ['b'], 'RRULE:FREQ=DAILY');
    const changed = (index: number): string => {
      const day = new Date(Date.UTC(2026, 11, 1 + index)).toISOString().slice(0, 10).replaceAll('-', '');
      return event('REQUEST', ['b'], `RECURRENCE-ID:${day}T090000Z`, `DTSTART:${day}T110000Z`);
    };
    const componentOf = (text: string): string => /BEGIN:VEVENT.*END:VEVENT\r\n/s.exec(text)?.[0] ?? '';
    const many = Array.from({ length: 2_499 }, (_, index) => componentOf(changed(index)));
    await seed(house.store, series.replace('END:VCALENDAR', `${many.join('')}END:VCALENDAR`));
    const before = await house.stored('b');
    expect(statuses(await deliver(changed(2_499)))).toEqual(['3.10']);
    expect(await house.stored('b')).toEqual(before);
    expect(await house.reasons()).toEqual(['object-too-large']);
    expect(statuses(await deliver(changed(7).replace('SEQUENCE:0', 'SEQUENCE:1')))).toEqual(['2.0']);
  });

  it("records an attendee's answer in the organizer's calendar", async () => {
    const here = ['ORGANIZER:mailto:b@example.org', 'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:a@example.com'];
    await seed(house.store, event('REQUEST', [], ...here));
    const reply = event(
      'REPLY',
      [],
      here[0] ?? '',
      'ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.com',
      'DTSTAMP:20261122T120000Z',
    );
    expect(statuses(await deliver(reply, { recipients: [at('b')] }))).toEqual(['2.0']);
    expect((await house.stored('b'))[0]).toMatch(/ATTENDEE;PARTSTAT=ACCEPTED[;:]/);
  });

  it('leaves everything as it was where a message must not have an effect', async () => {
    await deliver(event('REQUEST', ['b']));
    const before = await house.stored('b');
    const foreign = event('REQUEST', ['b'], 'ORGANIZER:mailto:evil@example.net', 'SEQUENCE:9', 'SUMMARY:taken over');
    const results = await deliver(foreign, { originator: at('evil', 'example.net') });
    expect(statuses(results)).toEqual(['3.8']);
    expect(await house.stored('b')).toEqual(before);
    expect(await house.reasons()).toEqual(['new-invitation', 'organizer-differs']);
  });

  it('delivers to more people than one transaction takes, results in order', async () => {
    const people = Array.from({ length: 23 }, (_, index) => `u${index}`);
    await using big = await openHouse(
      Object.fromEntries(people.filter((_, index) => index % 5 !== 0).map((local) => [local, 'UTC'])),
    );
    const small = createDeliver(big, { limits: { maxRecipientsAtOnce: 4 } });
    const results = await small(fromWire(event('REQUEST', people)), {});
    expect(statuses(results)).toEqual(people.map((_, index) => (index % 5 === 0 ? '3.7' : '2.0')));
    expect(await big.stored('u22')).toHaveLength(1);
  });

  it('explains every reason it gives', async () => {
    await deliver(event('REQUEST', ['b', 'x']));
    await deliver(event('REQUEST', ['b', 'x']));
    for (const reason of await house.reasons()) expect(explainReason(reason)?.text).toMatch(/\w.*\.$/);
  });
});

describe('once', () => {
  const invitation = event('REQUEST', ['b', 'x'], 'SEQUENCE:0');

  it('[DO-7.2, IS-7.6, Q5] answers a repeat as the first time, with no second effect, whatever its message id', async () => {
    const first = await deliver(invitation);
    const stored = await house.stored('b');
    const again = await deliver(invitation, { messageId: 'another' });
    expect(again.map((result) => result.requestStatus)).toEqual(first.map((result) => result.requestStatus));
    expect(await house.stored('b')).toEqual(stored);
    expect(await house.reasons()).toEqual(['new-invitation', 'unknown-user', 'repeated', 'repeated']);
  });

  it('[DO-7.2] answers as the first time even when the calendar has changed since', async () => {
    await deliver(event('REQUEST', ['b'], 'SEQUENCE:0'));
    const newer = event('REQUEST', ['b'], 'SEQUENCE:1', 'DTSTAMP:20261122T113000Z', 'SUMMARY:newer');
    await deliver(newer);
    const [again] = await deliver(event('REQUEST', ['b'], 'SEQUENCE:0'));
    expect(again).toMatchObject({ requestStatus: { code: '2.0' }, reason: 'new-invitation' });
    expect((await house.stored('b'))[0]).toContain('SUMMARY:newer');
  });

  it('[DO-7.2] has one effect of fifty copies at once', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => deliver(invitation)));
    expect(new Set(results.map((result) => statuses(result).join()))).toEqual(new Set(['2.0,3.7']));
    expect(await house.stored('b')).toHaveLength(1);
    const reasons = await house.reasons();
    expect(reasons.filter((reason) => reason === 'new-invitation')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'repeated')).toHaveLength(98);
  });

  it('[DO-7.1] forgets a message only after the time it is remembered', async () => {
    const remembering = createDeliver(house, { limits: { rememberMs: 1000 } });
    await remembering(fromWire(invitation), {});
    await house.clock.advance(999);
    await remembering(fromWire(invitation), {});
    await house.clock.advance(1);
    await remembering(fromWire(invitation), {});
    expect((await house.reasons()).filter((_, index) => index % 2 === 0)).toEqual([
      'new-invitation',
      'repeated',
      'duplicate',
    ]);
  });

  it("[DO-7.3] has iTIP's own order to rely on under new ids and signatures", async () => {
    await deliver(event('REQUEST', ['b'], 'SEQUENCE:1', 'SUMMARY:newer', 'DTSTAMP:20261122T113000Z'));
    const older = event('REQUEST', ['b'], 'SEQUENCE:0', 'SUMMARY:older');
    expect(statuses(await deliver(older, { messageId: 'm9' }))).toEqual(['2.0']);
    expect((await house.stored('b'))[0]).toContain('SUMMARY:newer');
    expect(await house.reasons()).toEqual(['new-invitation', 'outdated']);
  });

  it('takes the same content from another originator, or to another recipient, for another message', async () => {
    await deliver(invitation, { recipients: [at('b')] });
    const [other] = await deliver(invitation, { recipients: [at('c')] });
    expect(other).toMatchObject({ reason: 'new-invitation' });
    const [foreign] = await deliver(invitation, { recipients: [at('b')], originator: at('evil', 'example.net') });
    expect(foreign).toMatchObject({ reason: 'sender-not-organizer', requestStatus: { code: '3.8' } });
  });

  it('knows the recipients of one message that came in two requests', async () => {
    const both = event('REQUEST', ['b', 'c']);
    await deliver(both, { recipients: [at('b')] });
    await deliver(both, { recipients: [at('b'), at('c')] });
    expect(await house.reasons()).toEqual(['new-invitation', 'repeated', 'new-invitation']);
  });

  it('answers nothing and keeps nothing where the store fails, and takes the next copy as new', async () => {
    let failures = 1;
    const store: Store = {
      ...house.store,
      read: (work, options) => house.store.read(work, options),
      transaction: (work, options) => {
        const fails = failures-- > 0;
        return house.store.transaction(async (tx) => {
          const result = await work(tx);
          if (fails) throw new StoreUnavailable('failed', 'the disk is gone');
          return result;
        }, options);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
    const failing = createDeliver({ store, clock: house.clock });
    await expect(failing(fromWire(invitation), {})).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await house.stored('b')).toEqual([]);
    expect(await house.reasons()).toEqual([]);
    expect(statuses(await failing(fromWire(invitation), {}))).toEqual(['2.0', '3.7']);
  });
});

describe('messages from here', () => {
  it('are delivered without being remembered', async () => {
    const { itip } = fromWire(event('REQUEST', ['b']));
    const local = createDeliverInbound(house);
    const message = inboundFromHere({ itip, originator: organizer, recipients: [at('b')] });
    expect(statuses(await local(message))).toEqual(['2.0']);
    await local(message);
    expect(await house.reasons()).toEqual(['new-invitation', 'duplicate']);
  });
});

/** Puts an object of user b in place, as if b had made it. */
async function seed(store: Store, text: string): Promise<void> {
  await store.transaction(async (tx) => {
    const user = await tx.directory.findUser('mailto:b@example.org');
    if (!user) throw new Error('no user b');
    const object = {
      user: user.id,
      calendar: user.defaultCalendar,
      uid: 'u1@example.com',
      text: text.replace(/METHOD:.*\r\n/, ''),
      changedAt: house.clock.now(),
    };
    await tx.objects.put(object, {
      busy: { periods: [], covers: { start: house.clock.now(), end: house.clock.now() } },
    });
  });
}

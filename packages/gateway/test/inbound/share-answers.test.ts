import {
  type CalAddress,
  calAddressKey,
  type Component,
  formatCalendar,
  parseCalendar,
  properties,
} from '@isched/icalendar';
import { type ItipMessage, type ParticipationStatus, readItipMessage, respond } from '@isched/itip';
import type { DomainName } from '@isched/values';
import { epochMs } from '@isched/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliverInbound, type InboundOptions } from '../../src/inbound/deliver.ts';
import { inboundFromHere } from '../../src/inbound/inbound-message.ts';
import type { ShareAnswers } from '../../src/inbound/share-answer.ts';
import { enqueueReply } from '../../src/outbound/enqueue.ts';
import { type House, openHouse } from './house.ts';
import { at, event } from './messages.ts';

/** A message on its way from one house to the other; all addresses are at example.org, and the houses share them out. */
interface Letter {
  readonly itip: ItipMessage;
  readonly from: CalAddress;
  readonly to: CalAddress;
}

const everybody: ShareAnswers = { upTo: 50, mayTell: () => true };
const people = { one: ['a', 'b'], two: ['c', 'd'] } as const;

let houses: readonly [House, House];
let letters: Letter[];
beforeEach(async () => {
  const open = (names: readonly string[]) => openHouse(Object.fromEntries(names.map((name) => [name, 'UTC'])));
  houses = [await open(people.one), await open(people.two)];
  letters = [];
});
afterEach(async () => {
  for (const house of houses) await house[Symbol.asyncDispose]();
});

function houseOf(address: CalAddress): House {
  const there = people.one.some((name) => calAddressKey(at(name)) === calAddressKey(address));
  return houses[there ? 0 : 1];
}

async function copyOf(name: string): Promise<Component> {
  const [text = ''] = await houseOf(at(name)).stored(name);
  return parseCalendar(text);
}

async function keep(name: string, text: string): Promise<void> {
  const { store, clock } = houseOf(at(name));
  await store.transaction(async (tx) => {
    const user = await tx.directory.findUser(calAddressKey(at(name)));
    if (!user) throw new Error('nobody there');
    const covers = { start: epochMs(0), end: epochMs(0) };
    const object = {
      user: user.id,
      calendar: user.defaultCalendar,
      uid: 'u1@example.com',
      text,
      changedAt: clock.now(),
    };
    await tx.objects.put(object, { busy: { periods: [], covers } });
  });
}

/** One letter arrives; what comes of it is on its way. */
async function arrive({ itip, from, to }: Letter, options: InboundOptions): Promise<void> {
  const house = houseOf(to);
  await house.clock.advance(1000);
  const replies: InboundOptions['replies'] = {
    add: async (_, reply) =>
      reply.to.forEach((each) => void letters.push({ itip: reply.itip, from: reply.from, to: each })),
    added: () => undefined,
  };
  const text = formatCalendar(itip.calendar); // as it would by the wire
  const message = inboundFromHere({ itip: readItipMessage(parseCalendar(text)), originator: from, recipients: [to] });
  await createDeliverInbound(house, { replies, ...options })(message);
}

/** Everybody answers before anybody hears of the others. */
async function answer(name: string, participationStatus: ParticipationStatus): Promise<void> {
  const { clock } = houseOf(at(name));
  const done = respond(await copyOf(name), { user: at(name), participationStatus, now: clock.now() });
  await keep(name, formatCalendar(done.stored));
  letters.push({ itip: done.message, from: at(name), to: at('a') });
}

/** A's meeting of four, which the others have got. */
async function meet(): Promise<void> {
  const request = event('REQUEST', ['b', 'c', 'd'], 'ORGANIZER:mailto:a@example.org', 'SUMMARY:x');
  await keep('a', request.replace('METHOD:REQUEST\r\n', ''));
  const itip = readItipMessage(parseCalendar(request));
  for (const name of ['b', 'c', 'd']) await arrive({ itip, from: at('a'), to: at(name) }, {});
}

/** Delivers until nothing is under way. */
async function settle(options: InboundOptions): Promise<readonly string[]> {
  const log: string[] = [];
  for (let letter = letters.shift(); letter; letter = letters.shift()) {
    log.push(`${letter.itip.method} to ${letter.to.slice(7, 8)}`);
    if (log.length > 100) throw new Error(`messages go round in circles: ${log.join(', ')}`);
    await arrive(letter, options);
  }
  return log;
}

async function answersIn(name: string): Promise<readonly string[]> {
  const [component] = (await copyOf(name)).children.filter((child) => child.kind === 'component');
  return properties(component as Component, 'ATTENDEE').map(
    ({ value, parameters }) =>
      `${value.slice(7, 8)} ${parameters.find((each) => each.name === 'PARTSTAT')?.values[0] ?? 'NEEDS-ACTION'}`,
  );
}

describe('attendees on two systems, told what the others answered', () => {
  it('T114: know it in the end, and then nobody says anything any more', async () => {
    await meet();
    await answer('b', 'ACCEPTED');
    await answer('c', 'DECLINED');
    await answer('d', 'TENTATIVE');
    const log = await settle({ shareAnswers: everybody });
    for (const name of ['a', 'b', 'c', 'd'])
      expect(await answersIn(name)).toEqual(['b ACCEPTED', 'c DECLINED', 'd TENTATIVE']);
    // three answers and two notices for each of them; who was told of an older state of their own says it once more
    expect(log.filter((each) => each.startsWith('REQUEST'))).toHaveLength(6);
    expect(log.filter((each) => each.startsWith('REPLY')).length).toBeLessThanOrEqual(6);
  });

  it('T114: the organizer’s copy says whom a notice is on its way to', async () => {
    await meet();
    await answer('b', 'ACCEPTED');
    await arrive(letters.shift() as Letter, { shareAnswers: everybody });
    expect(letters.map(({ to, itip }) => `${itip.method} ${to}`).toSorted()).toEqual([
      'REQUEST mailto:c@example.org',
      'REQUEST mailto:d@example.org',
    ]);
    const text = formatCalendar(await copyOf('a')).replaceAll(/\r\n /g, '');
    expect(text.match(/SCHEDULE-STATUS=1\.0[^\r]*/g)).toHaveLength(2);
    expect(text).not.toMatch(/^SEQUENCE/m);
  });

  it.each([
    ['T120: the configuration does not say so', {}],
    ['T120: there are too many of them', { shareAnswers: { ...everybody, upTo: 2 } }],
    [
      'one of them might get it by mail',
      { shareAnswers: { ...everybody, mayTell: ({ to }: { readonly to: CalAddress }) => to !== at('d') } },
    ],
    ['nobody would send it', { shareAnswers: everybody, replies: undefined }],
  ] as const)('are not, where %s', async (_, options) => {
    await meet();
    await answer('b', 'ACCEPTED');
    expect(await settle(options)).toEqual(['REPLY to a']);
    expect(await answersIn('a')).toEqual(['b ACCEPTED', 'c NEEDS-ACTION', 'd NEEDS-ACTION']);
    expect(await answersIn('c')).toEqual(['b NEEDS-ACTION', 'c NEEDS-ACTION', 'd NEEDS-ACTION']);
    expect(formatCalendar(await copyOf('a'))).not.toContain('SCHEDULE-STATUS=1.0');
  });
});

describe('an answer that waits to be sent', () => {
  it('T117: goes out, though its meeting was deleted meanwhile', async () => {
    await meet();
    await answer('c', 'DECLINED');
    const [letter] = letters;
    const { store, clock } = houseOf(at('c'));
    const terms = { ownDomains: new Set<DomainName>(), lifetimeMs: 1000, now: clock.now() };
    await store.transaction((tx) => enqueueReply(tx, { ...(letter as Letter), to: [at('a')] }, terms));
    await store.transaction(async (tx) => {
      const user = await tx.directory.findUser(calAddressKey(at('c')));
      if (user) await tx.objects.remove(user.id, 'u1@example.com');
    });
    const waiting = await store.read((view) => view.queue.list({}, { limit: 10 }));
    expect(waiting).toMatchObject([{ state: 'waiting', recipient: calAddressKey(at('a')) }]);
    const text = await store.read((view) => view.queue.text(waiting[0]!.submission.id));
    expect(text).toContain('PARTSTAT=DECLINED');
  });
});

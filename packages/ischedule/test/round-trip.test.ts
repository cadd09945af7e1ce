import { parseCalendar, properties, propertyValue, subcomponents } from '@isched/icalendar';
import { freeBusyReply, requestStatus } from '@isched/itip';
import type { GuardedFetch } from '@isched/runtime';
import { createFakeClock, createSeededRandom, createZoneDns } from '@isched/testkit';
import { epochMs } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPeerCapabilities } from '../src/capabilities/cached.ts';
import { ownCapabilities } from '../src/capabilities/capabilities.ts';
import { createLocator } from '../src/discovery/locate.ts';
import type { AuthenticatedMessage, Deliver } from '../src/message.ts';
import { createReceiver } from '../src/receiver/receiver.ts';
import { meaningOf } from '../src/sender/outcomes.ts';
import { createSender } from '../src/sender/sender.ts';
import type { CalendarMediaType } from '../src/wire/names.ts';
import { address, itipOf, organizer, start, end } from './support/messages.ts';
import { identityOf, signerFor, verifierFor } from './support/signing.ts';

/** Our sender, and our receiver for example.org, with nothing between them. */
function house(deliver: Deliver) {
  const clock = createFakeClock();
  const dns = createZoneDns({
    'example.org': '$TTL 300\n@ SOA a. b. 1 1 1 1 1\n_ischedules._tcp SRV 0 0 443 cal.example.org.\n',
  });
  const own = ownCapabilities({ serialNumber: 1, administrator: 'mailto:admin@example.org' });
  const delivered: AuthenticatedMessage[] = [];
  const receiver = createReceiver({
    capabilities: { current: () => own },
    verifier: verifierFor(clock, 'example.com'),
    alignment: { dns, allow: () => false },
    deliver: async (message, abortable) => {
      delivered.push(message);
      return deliver(message, abortable);
    },
  });
  const fetch: GuardedFetch = async ({ method, url, fields, content = new Uint8Array() }) => {
    const { pathname, search } = new URL(url);
    return receiver.handle({ method, target: `${pathname}${search}`, fields, readContent: async () => content });
  };
  const sender = createSender({
    locator: createLocator({ dns, random: createSeededRandom(1) }),
    capabilities: createPeerCapabilities({ fetch, clock }),
    fetch,
    signer: signerFor(clock),
    signingKeys: { forOriginator: async () => identityOf('example.com') },
    clock,
    random: createSeededRandom(2),
  });
  return { sender, delivered };
}

const store: Deliver = async ({ recipients }) =>
  recipients.map(() => ({ requestStatus: requestStatus('2.0'), reason: 'stored', replies: [] }));
const answer: Deliver = async ({ itip, recipients }) =>
  recipients.map(({ address: user }) => ({
    requestStatus: requestStatus('2.0'),
    reason: 'answered',
    replies: [freeBusyReply(itip, { user, periods: [], now: epochMs(0) })],
  }));

describe('what our sender sends, our receiver takes', () => {
  const localPart = fc
    .stringMatching(/^[A-Za-z0-9äöüß.+_'-]{1,12}$/)
    .filter((text) => !text.startsWith('.') && !text.endsWith('.'));
  const summary = fc
    .string({ unit: 'binary', maxLength: 60 })
    .map((text) => text.replace(/[\u0000-\u001f\u007f\\;,]/g, ''));

  it('[IS-3.24, IS-3.38, IS-5.3, IS-5.16, Q17] whoever it is for, and whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(localPart, { minLength: 1, maxLength: 5, selector: (text) => text.toLowerCase() }),
        summary,
        fc.constantFrom('mailto:', 'MAILTO:', 'Mailto:'),
        async (people, text, scheme) => {
          const { sender, delivered } = house(store);
          const attendees = people.map((person) => `${scheme}${person}@Example.org`);
          const itip = itipOf({
            lines: [organizer, start, end, `SUMMARY:${text}`, ...attendees.map((attendee) => `ATTENDEE:${attendee}`)],
          });
          const outcomes = await sender.send({
            originator: address('mailto:Bernard@example.com'),
            recipients: attendees.map(address),
            itip,
          });
          expect(outcomes.map(meaningOf)).toEqual(attendees.map(() => 'done'));
          expect(delivered.map(({ recipients }) => recipients.map((one) => one.text))).toEqual([
            people.map((person) => `mailto:${person}@Example.org`),
          ]);
          expect(propertyValue(delivered[0]!.itip.components[0]!, 'SUMMARY')).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each<CalendarMediaType>(['text/calendar', 'application/calendar+json'])(
    '[IS-5.4, IS-6.3, IS-6.5, IS-3.33] a search, in %s',
    async (mediaType) => {
      const { sender, delivered } = house(answer);
      const people = ['mailto:a@example.org', 'mailto:b@example.org'];
      const itip = itipOf({
        component: 'VFREEBUSY',
        lines: [
          organizer,
          start,
          end,
          ...people.map((one) => `ATTENDEE:${one}`),
          'ATTENDEE:mailto:c@elsewhere.example',
        ],
      });
      const outcomes = await sender.send({
        originator: address('mailto:bernard@example.com'),
        recipients: people.map(address),
        itip,
        mediaType,
      });
      expect(delivered[0]?.itip.attendees).toEqual(people);
      expect(outcomes.map((outcome) => outcome.status === 'answered' && outcome.calendarDataType)).toEqual([
        mediaType,
        mediaType,
      ]);
      if (mediaType !== 'text/calendar') return;
      const calendars = outcomes.map((outcome) =>
        parseCalendar((outcome.status === 'answered' && outcome.calendarData) || ''),
      );
      expect(
        calendars.map((calendar) => properties(subcomponents(calendar)[0]!, 'ATTENDEE').map(({ value }) => value)),
      ).toEqual(people.map((one) => [one]));
    },
  );

  it('[IS-3.3, IS-2.32] to 600 people in three requests', async () => {
    const { sender, delivered } = house(store);
    const people = Array.from({ length: 600 }, (_, index) => `mailto:u${index}@example.org`);
    const itip = itipOf({ lines: [organizer, start, ...people.map((one) => `ATTENDEE:${one}`)] });
    const outcomes = await sender.send({
      originator: address('mailto:bernard@example.com'),
      recipients: people.map(address),
      itip,
    });
    expect(outcomes.map(({ recipient }) => recipient)).toEqual(people);
    expect(new Set(outcomes.map(meaningOf))).toEqual(new Set(['done']));
    expect(delivered.map(({ recipients }) => recipients.length)).toEqual([250, 250, 100]);
  });

  it.each([
    ['IS-3.28', 'REPLY', 'mailto:cyrus@example.com', 'mailto:boss@example.org'],
    ['IS-3.29', 'REFRESH', 'mailto:cyrus@example.com', 'mailto:boss@example.org'],
    ['IS-3.30, IS-3.36', 'COUNTER', 'mailto:cyrus@example.com', 'mailto:boss@example.org'],
  ])('[%s] %s to the organizer', async (_ids, method, originator, recipient) => {
    const { sender, delivered } = house(store);
    const attendee = method === 'COUNTER' ? [] : [`ATTENDEE;PARTSTAT=ACCEPTED:${originator}`];
    const itip = itipOf({ method, lines: [`ORGANIZER:${recipient}`, start, end, ...attendee] });
    const outcomes = await sender.send({ originator: address(originator), recipients: [address(recipient)], itip });
    expect(outcomes.map(meaningOf)).toEqual(['done']);
    expect(delivered[0]?.itip).toMatchObject({ method, attendees: [originator] });
  });

  it.each(['CANCEL', 'ADD', 'DECLINECOUNTER'])(
    '[IS-3.25, IS-3.26, IS-3.27, IS-3.36] %s to attendees',
    async (method) => {
      const { sender } = house(store);
      const attendees = method === 'DECLINECOUNTER' ? ['ATTENDEE:mailto:cyrus@example.org'] : [];
      const itip = itipOf({ method, lines: [organizer, start, end, 'SEQUENCE:2', ...attendees] });
      const outcomes = await sender.send({
        originator: address('mailto:bernard@example.com'),
        recipients: [address('mailto:cyrus@example.org')],
        itip,
      });
      expect(outcomes.map(meaningOf)).toEqual(['done']);
    },
  );
});

import { hash } from 'node:crypto';
import {
  calAddressKey,
  parseCalAddress,
  parseCalendar,
  properties,
  propertyValue,
  subcomponents,
} from '@isched/icalendar';
import { readScheduleAnswer } from '@isched/ischedule';
import { refusedReasons } from '@isched/itip';
import type { HttpResponse } from '@isched/runtime';
import { epochMs, octetsFromText, parseDomainName } from '@isched/values';
import type { AddressKey } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type House, openHouse } from './support/house.ts';

// What peers' messages do to the calendars kept here, seen from outside: requests in, statuses and objects out.
const bob = 'mailto:bob@example.net';
const org = 'mailto:org@example.com';
let house: House;
beforeEach(async () => {
  house = await openHouse([bob, 'mailto:carol@example.net'], 1795358000);
});
afterEach(() => house[Symbol.asyncDispose]());

const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

/** A message of one or more events, each given by its lines. */
function calendar(method: string, ...events: readonly (readonly string[])[]): string {
  const needsZone = events.flat().some((line) => line.includes('TZID='));
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    `METHOD:${method}`,
    ...(needsZone ? berlin : []),
    ...events.flatMap((lines) => ['BEGIN:VEVENT', 'UID:one@example.com', ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

const people = [`ORGANIZER:${org}`, `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:${bob}`];
const early = ['DTSTAMP:20261122T100000Z', 'SEQUENCE:0'];
const later = ['DTSTAMP:20261122T110000Z', 'SEQUENCE:1'];
const meeting = [...people, ...early, 'DTSTART:20300107T090000Z', 'DTEND:20300107T100000Z', 'SUMMARY:Meeting'];
const weekly = (start: string): readonly string[] => [
  ...people,
  ...early,
  start,
  'DURATION:PT1H',
  'RRULE:FREQ=WEEKLY;COUNT=4',
  'SUMMARY:Weekly',
];

function statusOf(response: HttpResponse): string | undefined {
  const answer = readScheduleAnswer(response.content);
  return answer.kind === 'responses'
    ? answer.responses[0]?.requestStatus?.split(';')[0]
    : `error ${answer.error.element}`;
}

async function send(text: string, from = org): Promise<string | undefined> {
  return statusOf(await house.send(text, from, bob));
}

/** Start, as an instant, and status of every instance that bob's calendar still holds as taking place. */
async function takingPlace(): Promise<readonly string[]> {
  const [text = ''] = await house.objectsOf(bob);
  const events = subcomponents(parseCalendar(text)).filter(({ name }) => name === 'VEVENT');
  const master = events.find((event) => !propertyValue(event, 'RECURRENCE-ID'));
  const gone = new Set<string>();
  for (const { value, parameters } of master ? properties(master, 'EXDATE') : []) {
    for (const one of value.split(',')) gone.add(instantOf(one, isZoned(parameters)));
  }
  for (const event of events) {
    const [id] = properties(event, 'RECURRENCE-ID');
    if (id && propertyValue(event, 'STATUS') === 'CANCELLED') gone.add(instantOf(id.value, isZoned(id.parameters)));
  }
  return ['20300107', '20300114', '20300121', '20300128'].filter((day) => !gone.has(`${day}T090000Z`));
}

function isZoned(parameters: readonly { readonly name: string }[]): boolean {
  return parameters.some(({ name }) => name === 'TZID');
}

/** January in Berlin is an hour ahead of UTC. */
function instantOf(value: string, isBerlin: boolean): string {
  if (!isBerlin) return value;
  return value.replace(/T(\d\d)/, (_all, hour: string) => `T${String(Number(hour) - 1).padStart(2, '0')}`) + 'Z';
}

describe('instances', () => {
  const local = 'DTSTART;TZID=Europe/Berlin:20300107T100000';
  const utc = 'DTSTART:20300107T090000Z';

  it.each([
    ['in UTC, of a series with TZID', local, 'RECURRENCE-ID:20300114T090000Z'],
    ['with TZID, of a series in UTC', utc, 'RECURRENCE-ID;TZID=Europe/Berlin:20300114T100000'],
    ['with TZID, of a series with TZID', local, 'RECURRENCE-ID;TZID=Europe/Berlin:20300114T100000'],
  ])('[Q47] a RECURRENCE-ID %s finds its instance', async (_how, start, recurrenceId) => {
    expect(await send(calendar('REQUEST', weekly(start)))).toBe('2.0');
    const cancelled = [...people, ...later, recurrenceId, 'STATUS:CANCELLED'];
    expect(await send(calendar('CANCEL', cancelled))).toBe('2.0');
    expect(await takingPlace()).toEqual(['20300107', '20300121', '20300128']);
  });

  it('[Q47] an instance that moves by a RECURRENCE-ID in UTC is one override of its own', async () => {
    await send(calendar('REQUEST', weekly(local)));
    const moved = [...people, ...later, 'RECURRENCE-ID:20300114T090000Z', 'DTSTART:20300115T090000Z', 'DURATION:PT1H'];
    expect(await send(calendar('REQUEST', moved))).toBe('2.0');
    const again = moved.map((line) => line.replace('T110000Z', 'T120000Z').replace('SEQUENCE:1', 'SEQUENCE:2'));
    expect(
      await send(
        calendar(
          'REQUEST',
          again.map((line) => line.replace('20300115', '20300116')),
        ),
      ),
    ).toBe('2.0');
    const [text = ''] = await house.objectsOf(bob);
    expect(text.match(/^RECURRENCE-ID/gm)).toHaveLength(1);
    expect(text).toContain('20300116T090000Z');
  });

  it('[Q48] a CANCEL may hold several instances without master', async () => {
    await send(calendar('REQUEST', weekly(utc)));
    const cancelled = ['20300114T090000Z', '20300128T090000Z'].map((id) => [
      ...people,
      ...later,
      `RECURRENCE-ID:${id}`,
      'STATUS:CANCELLED',
    ]);
    expect(await send(calendar('CANCEL', ...cancelled))).toBe('2.0');
    expect(await takingPlace()).toEqual(['20300107', '20300121']);
  });

  it('[Q48] a REQUEST with EXDATE takes an instance away', async () => {
    await send(calendar('REQUEST', weekly(utc)));
    const excluding = [...weekly(utc).filter((line) => !early.includes(line)), ...later, 'EXDATE:20300121T090000Z'];
    expect(await send(calendar('REQUEST', excluding))).toBe('2.0');
    expect(await takingPlace()).toEqual(['20300107', '20300114', '20300128']);
  });
});

describe('what peers write differently', () => {
  it('[Q49] an organizer in another case is the same', async () => {
    await send(calendar('REQUEST', meeting));
    const cancelled = [`ORGANIZER:MAILTO:ORG@Example.com`, ...people.slice(1), ...later, 'STATUS:CANCELLED'];
    expect(await send(calendar('CANCEL', cancelled))).toBe('2.0');
    expect((await house.objectsOf(bob))[0]).toContain('STATUS:CANCELLED');
  });

  it("[Q50] a REQUEST with the same SEQUENCE brings news of others, and leaves one's own answer alone", async () => {
    const accepted = meeting.map((line) => line.replace('NEEDS-ACTION;RSVP=TRUE', 'ACCEPTED'));
    const carol = (answer: string): string => `ATTENDEE;PARTSTAT=${answer}:mailto:carol@example.net`;
    await send(calendar('REQUEST', [...accepted, carol('NEEDS-ACTION')]));
    const refreshed = [...meeting, carol('DECLINED')].map((line) => line.replace('T100000Z', 'T113000Z'));
    const same = refreshed.map((line) => (line.startsWith('DTEND') ? 'DTEND:20300107T100000Z' : line));
    expect(await send(calendar('REQUEST', same))).toBe('2.0');
    const [text = ''] = await house.objectsOf(bob);
    expect(text.replace(/\r\n /g, '')).toMatch(/ATTENDEE[^\r]*PARTSTAT=ACCEPTED[^\r]*:mailto:bob@example\.net/);
    expect(text.replace(/\r\n /g, '')).toMatch(/ATTENDEE[^\r]*PARTSTAT=DECLINED[^\r]*:mailto:carol@example\.net/);
  });

  it('[Q45, Q22] private properties and parameters of peers do no harm', async () => {
    const odd = [
      ...meeting.map((line) => line.replace('ATTENDEE;', 'ATTENDEE;X-DTSTAMP=20261122T100000Z;X-SEQUENCE=7;')),
      'X-CALENDARSERVER-ACCESS:CONFIDENTIAL',
      'X-CALENDARSERVER-PRIVATE-COMMENT:nothing for us',
      'X-CALENDARSERVER-MASK-UID:another@example.com',
    ];
    expect(await send(calendar('REQUEST', odd))).toBe('2.0');
    expect(await house.objectsOf(bob)).toHaveLength(1);
  });
});

describe('statuses', () => {
  it('[IS-5.35] of every reason to refuse are final ones of class 3 or 5', () => {
    const statuses = Object.values(refusedReasons).map(({ status }) => status);
    expect(statuses).not.toHaveLength(0);
    for (const status of statuses) expect(status).toMatch(/^[35]\.\d+$/);
  });

  it('[IS-5.35] of what is done, outdated or there already are 2.0, never 1.0 or 1.2', async () => {
    const statuses = [
      await send(calendar('REQUEST', meeting)),
      await send(calendar('REQUEST', meeting)),
      await send(
        calendar(
          'REQUEST',
          [...meeting, 'LOCATION:Here'].map((line) => line.replace('T100000Z', 'T113000Z')),
        ),
      ),
      await send(calendar('CANCEL', [...people, 'DTSTAMP:20200101T000000Z', 'SEQUENCE:0', 'STATUS:CANCELLED'])),
    ];
    expect(new Set(statuses)).toEqual(new Set(['2.0']));
  });

  it('[IS-5.37] 3.8 where another organizer sends: nothing changes', async () => {
    await send(calendar('REQUEST', meeting));
    const before = await house.snapshot();
    const evil = 'mailto:evil@example.org';
    const taken = [`ORGANIZER:${evil}`, ...people.slice(1), ...later, 'DTSTART:20300107T090000Z', 'SUMMARY:Mine now'];
    expect(await send(calendar('REQUEST', taken), evil)).toBe('3.8');
    expect(await house.snapshot()).toEqual(before);
  });

  it('[IS-5.39] 5.1 while the same message is still being delivered to the recipient, and 2.0 once that has stopped', async () => {
    const text = calendar('REQUEST', meeting);
    await claimElsewhere(text);
    expect(await send(text)).toBe('5.1');
    expect(await house.objectsOf(bob)).toEqual([]);
    await house.clock.advance(60_001);
    expect(await send(text)).toBe('2.0');
  });

  it('[IS-5.40] 5.2 for an answer to an entry that is not here', async () => {
    const reply = [`ORGANIZER:${bob}`, `ATTENDEE;PARTSTAT=ACCEPTED:${org}`, ...early];
    expect(await send(calendar('REPLY', reply))).toBe('5.2');
    expect(await house.objectsOf(bob)).toEqual([]);
  });
});

/** As another node does that has begun with a message and not come to its end. */
async function claimElsewhere(text: string): Promise<void> {
  const key = {
    signingDomain: parseDomainName('example.com'),
    originator: calAddressKey(parseCalAddress(org)) as AddressKey,
    recipient: calAddressKey(parseCalAddress(bob)) as AddressKey,
    method: 'REQUEST',
    contentHash: hash('sha256', octetsFromText(text), 'base64url'),
  };
  const now = house.clock.now();
  await house.store.transaction((tx) => tx.received.claim(key, { now, until: epochMs(now + 60_000) }));
}

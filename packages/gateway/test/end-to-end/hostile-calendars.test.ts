import { formatUtc } from '@isched/icalendar';
import { systemClock } from '@isched/runtime';
import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { alice, bob } from '../../src/cli/commands/demo/messages.ts';
import { calendar, event, expectProper, many, signed, useVictim, type Victim, wire } from './support/victim.ts';

let victim: Victim;
useVictim((made) => (victim = made));

const jcal = 'application/calendar+json';
const tooMany = [403, 'max-instances'] as const;
const noCalendar = [400, 'invalid-calendar-data'] as const;
const noMessage = [400, 'invalid-scheduling-message'] as const;
const taken = [200, undefined] as const;

/** A day of 2030 and after, in iCalendar's form. */
const day = (index: number): string => formatUtc(epochMs(Date.UTC(2030, 0, 1) + index * 86_400_000)).slice(0, 8);

/** Observances without end, and an event that is in their zone. */
function inZoneOf(observances: number, rule: string): string {
  const observance = ['BEGIN:STANDARD', 'DTSTART:19700101T000000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0000', rule];
  const zone = [
    'BEGIN:VTIMEZONE',
    'TZID:Bomb',
    ...Array.from({ length: observances }, () => [...observance, 'END:STANDARD']),
    'END:VTIMEZONE',
  ];
  return event(['RRULE:FREQ=DAILY;COUNT=900'])
    .replace('BEGIN:VEVENT', [...zone.flat(), 'BEGIN:VEVENT'].join('\r\n'))
    .replace('DTSTART:20300101T100000Z', 'DTSTART;TZID=Bomb:20300101T100000')
    .replace('DTEND:20300101T110000Z', 'DTEND;TZID=Bomb:20300101T110000');
}

describe('a signed invitation', () => {
  it.each([
    ['[IS-4.20] every second for ever', tooMany, ['RRULE:FREQ=SECONDLY']],
    ['[IS-4.20] every second of a day that never comes', taken, ['RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30']],
    ['[IS-4.20] a thousand million days', tooMany, ['RRULE:FREQ=DAILY;COUNT=1000000000']],
    ['[IS-4.20] every minute of the century', tooMany, ['RRULE:FREQ=MINUTELY;UNTIL=20991231T000000Z']],
    ['[IS-4.20] five days that never come', tooMany, ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5']],
    ['[IS-4.20] every day for ever, as people do', taken, ['RRULE:FREQ=DAILY']],
    ['at an interval of ages', taken, ['RRULE:FREQ=DAILY;INTERVAL=2147483647']],
    [
      'on the last second of each year, found among all of them',
      taken,
      [
        `RRULE:FREQ=YEARLY;BYHOUR=${many(24, String, ',')};BYMINUTE=${many(60, String, ',')};BYSECOND=${many(60, String, ',')};BYSETPOS=-1`,
      ],
    ],
    ['with 20,000 rules', tooMany, Array.from({ length: 20_000 }, () => 'RRULE:FREQ=DAILY;COUNT=3')],
    ['[IS-4.20] with 24,000 dates', tooMany, Array.from({ length: 24_000 }, (_, n) => `RDATE:${day(n)}T120000Z`)],
    [
      'with 50,000 exceptions',
      [413, 'max-content-length'],
      ['RRULE:FREQ=DAILY', ...Array.from({ length: 50_000 }, (_, n) => `EXDATE:${day(n % 9_000)}T100000Z`)],
    ],
    [
      'with 40,000 exceptions, too many to work out',
      tooMany,
      ['RRULE:FREQ=DAILY', ...Array.from({ length: 40_000 }, (_, n) => `EXDATE:${day(n % 9_000)}T100000Z`)],
    ],
    [
      '[IS-4.14] with alarms 20,000 deep',
      noCalendar,
      [...Array(20_000).fill('BEGIN:VALARM'), ...Array(20_000).fill('END:VALARM')],
    ],
    ['[IS-4.14] with a line of a megabyte', noCalendar, [`DESCRIPTION:${'x'.repeat(1_040_000)}`]],
    ['[IS-4.14] with a line of a megabyte in folds', noCalendar, [`DESCRIPTION:${'x\r\n '.repeat(250_000)}`]],
    ['[IS-4.14] with 200,000 parameters', noCalendar, [`X-A${';P=1'.repeat(200_000)}:1`]],
    ['[IS-4.14] with a NUL', noCalendar, ['DESCRIPTION:a\0b']],
    [
      '[IS-4.15] of 10,001 people',
      noMessage,
      Array.from({ length: 10_001 }, (_, n) => `ATTENDEE:mailto:u${n}@x.example`),
    ],
  ] as const)('%s is answered as it should be', async (_, [status, fault], lines) => {
    const answer = await victim.ask(wire(await signed({ text: event(lines) }, victim.attacker)));
    expect([answer.status, answer.fault]).toEqual([status, fault]);
    expectProper(answer);
  });

  it.each([
    [
      '[IS-4.14] of octets that are no UTF-8',
      noCalendar,
      Buffer.concat([Buffer.from(event()), Buffer.from([0xff, 0xfe])]),
    ],
    ['[IS-4.14] of 20,000 events', noCalendar, calendar(Array(20_000).fill('BEGIN:VEVENT\r\nEND:VEVENT'))],
    ['in a zone that changes every second', taken, inZoneOf(1, 'RRULE:FREQ=SECONDLY')],
    ['in a zone that changes a hundred times a day', taken, inZoneOf(100, 'RRULE:FREQ=DAILY')],
    ['[IS-4.14] in a zone of 5,000 rules', noCalendar, inZoneOf(5_000, 'RRULE:FREQ=DAILY')],
  ] as const)('%s is answered as it should be', async (_, [status, fault], text) => {
    const answer = await victim.ask(wire(await signed({ text }, victim.attacker)));
    expect([answer.status, answer.fault]).toEqual([status, fault]);
    expectProper(answer);
  });

  it.each([
    ['half a million brackets', '['.repeat(500_000)],
    ['closed brackets, 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a prototype', '["vcalendar",[["__proto__",{"__proto__":1},"text","x"]],[]]'],
  ])('[IS-4.14] in JSON of %s is no calendar', async (_, text) => {
    const answer = await victim.ask(wire(await signed({ text, contentType: jcal }, victim.attacker)));
    expect([answer.status, answer.fault]).toEqual(noCalendar);
    expectProper(answer);
  });
});

it('busy time among rules made to be worked out for ever is told in time', async () => {
  const costly = 'RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=1,2,3;BYMINUTE=1,2,3;BYSETPOS=77,-1';
  for (let n = 0; n < 40; n++) {
    const answer = await victim.ask(wire(await signed({ text: event([costly]) }, victim.attacker)));
    expect(answer.requestStatus).toBe('2.0;Success');
  }
  const text = calendar([
    'BEGIN:VFREEBUSY',
    'UID:question',
    `DTSTAMP:${formatUtc(systemClock.now())}`,
    'DTSTART:20900601T000000Z',
    'DTEND:20910601T000000Z',
    `ORGANIZER:${alice}`,
    `ATTENDEE:${bob}`,
    'END:VFREEBUSY',
  ]);
  const question = { text, contentType: 'text/calendar; component=VFREEBUSY; method=REQUEST' };
  const answer = await victim.ask(wire(await signed(question, victim.attacker)));
  expect([answer.status, answer.requestStatus]).toEqual([200, '2.0;Success']);
});

import type { Component } from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { describe, expect, it } from 'vitest';
import {
  busyPeriods,
  checkMessage,
  ItipError,
  type ItipMessage,
  onUpdate,
  readItipMessage,
  reply,
} from '../../src/index.ts';
import { address, context, message, now, process, vcalendar, vevent } from '../support/calendar.ts';

const b = 'ATTENDEE:mailto:b@example.com';
const invited = ['DTSTAMP:20261101T000000Z', 'DTSTART:20261109T100000Z', 'DTEND:20261109T110000Z', b];

function many(count: number, make: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function day(index: number): string {
  return new Date(Date.UTC(2026, 10, 9 + index, 10)).toISOString().replaceAll(/[-:]|\.000/g, '');
}

function answerFor(recurrenceId: string): ItipMessage {
  const lines = ['DTSTAMP:20261102T000000Z', `RECURRENCE-ID:${recurrenceId}`];
  return message('REPLY', vevent(...lines, 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.com'));
}

// Each of these ends within a test's time, whatever the numbers in it; that is what is proved beside the outcome.
describe('rules without end', () => {
  it.each([
    ['FREQ=DAILY;COUNT=1000000000', '20361109T100000Z', 'answered'],
    ['FREQ=SECONDLY;COUNT=1000000000', '20361109T100000Z', 'rule-invalid'],
    ['FREQ=SECONDLY', '29991109T100000Z', 'rule-invalid'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', '20280228T100000Z', 'no-such-instance'],
    ['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', '29991109T100000Z', 'no-such-instance'],
    ['FREQ=NEVER', '20261110T100000Z', 'rule-invalid'],
    ['FREQ=DAILY;INTERVAL=99999999999', '20361109T100000Z', 'rule-invalid'],
  ])('an answer to an instance of %s at %s is: %s', (rule, recurrenceId, reason) => {
    const stored = vcalendar(undefined, vevent(...invited, `RRULE:${rule}`));
    const { judgement } = process(answerFor(recurrenceId), stored, context('mailto:o@example.com'));
    expect(judgement.reason).toBe(reason);
  });

  it('a refused rule earns 3.6 and changes nothing', () => {
    const stored = vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=SECONDLY'));
    const done = process(answerFor('29991109T100000Z'), stored, context('mailto:o@example.com'));
    expect(done.judgement).toMatchObject({ status: 'refused', requestStatus: { code: '3.6' } });
    expect(done.stored).toBe(stored);
  });
});

describe('large numbers', () => {
  it('50,000 exceptions come in with an update', () => {
    const stored = vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=DAILY'));
    const dates = many(500, (line) => `EXDATE:${many(100, (at) => day(line * 100 + at)).join(',')}`);
    const later = invited.map((line) => line.replace('DTSTAMP:202611', 'DTSTAMP:202612'));
    const request = message('REQUEST', vevent(...later, 'RRULE:FREQ=DAILY', ...dates));
    expect(process(request, stored, context('mailto:b@example.com')).judgement.reason).toBe('updated');
  });

  it('50,000 exceptions are there when an answer comes', () => {
    const dates = many(500, (line) => `EXDATE:${many(100, (at) => day(line * 100 + at)).join(',')}`);
    const stored = vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=DAILY', ...dates));
    const organizer = context('mailto:o@example.com');
    expect(process(answerFor(day(49_999)), stored, organizer).judgement.reason).toBe('no-such-instance');
    expect(process(answerFor(day(50_000)), stored, organizer).judgement.reason).toBe('answered');
  });

  const instances = (stamp: string, count: number): readonly string[] =>
    many(count, (at) =>
      vevent(`DTSTAMP:${stamp}`, `RECURRENCE-ID:${day(at)}`, `DTSTART:${day(at)}`, `SUMMARY:${stamp} ${at}`, b),
    );

  it('1,000 instances without a series, then again, then cancelled', () => {
    const me = context('mailto:b@example.com');
    const first = process(message('REQUEST', ...instances('20261101T000000Z', 1000)), undefined, me);
    expect(first.judgement.reason).toBe('instance-invitation');
    const second = process(message('REQUEST', ...instances('20261102T000000Z', 1000)), first.stored, me);
    expect(second.judgement.reason).toBe('updated');
    expect(second.text.match(/SUMMARY:20261102/g)).toHaveLength(1000);
    const third = process(message('CANCEL', ...instances('20261103T000000Z', 1000)), second.stored, me);
    expect(third.judgement.reason).toBe('instances-cancelled');
  });

  it('more components, or attendees, than a message may have', () => {
    const code = (make: () => ItipMessage): string => {
      try {
        make();
        return 'read';
      } catch (error) {
        return error instanceof ItipError ? error.code : 'something else';
      }
    };
    expect(code(() => message('REQUEST', ...instances('20261101T000000Z', 1001)))).toBe('too-many-components');
    const crowd = many(10_001, (at) => `ATTENDEE:mailto:p${at}@example.com`);
    const large = vcalendar('REQUEST', vevent(...invited, ...crowd));
    expect(code(() => readItipMessage(large))).toBe('too-many-attendees');
    expect(code(() => readItipMessage(large, { limits: { maxComponents: 1, maxAttendees: 20_000 } }))).toBe('read');
  });

  it('5,000 attendees, of whom each answer of one is recorded', () => {
    const crowd = many(5000, (at) => `ATTENDEE;RSVP=TRUE:mailto:p${at}@example.com`);
    const stored = vcalendar(undefined, vevent(...invited, ...crowd));
    const { text } = process(answerFor('20261109T100000Z'), stored, context('mailto:o@example.com'));
    expect(text).toContain('mailto:p4999@example.com');
    const said = message(
      'REPLY',
      vevent('DTSTAMP:20261102T000000Z', 'ATTENDEE;PARTSTAT=TENTATIVE:mailto:p4999@example.com'),
    );
    const done = process(said, stored, context('mailto:o@example.com'));
    expect(done.text).toMatch(/^ATTENDEE;PARTSTAT=TENTATIVE.*:mailto:p4999@example\.com$/m);
  });

  it('1,000 time zones, each used once', () => {
    const zones = many(1000, (at) =>
      [
        'BEGIN:VTIMEZONE',
        `TZID:Zone ${at}`,
        'BEGIN:STANDARD',
        'DTSTART:19700101T000000',
        'RRULE:FREQ=YEARLY;BYMONTH=1',
        'TZOFFSETFROM:+0100',
        'TZOFFSETTO:+0100',
        'END:STANDARD',
        'END:VTIMEZONE',
      ].join('\n'),
    );
    const times = many(999, (at) =>
      vevent('DTSTAMP:20261101T000000Z', `RECURRENCE-ID:${day(at)}`, `DTSTART;TZID=Zone ${at}:20261109T100000`, b),
    );
    const me = context('mailto:b@example.com');
    const first = process(message('REQUEST', ...zones, ...times), undefined, me);
    expect(first.judgement.reason).toBe('instance-invitation');
    const again = times.map((text) =>
      text.replace('DTSTAMP:20261101', 'DTSTAMP:20261102').replace('T100000', 'T110000'),
    );
    expect(process(message('REQUEST', ...zones, ...again), first.stored, me).judgement.status).toBe('merge');
  });

  it('a check of a message that breaks every rule tells 200 of them', () => {
    const broken = many(1000, (at) => `BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:${day(at)}\nNOBODY-KNOWS:1\nEND:VEVENT`);
    expect(checkMessage(message('REQUEST', ...broken))).toHaveLength(200);
  });
});

describe('values nobody can read', () => {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['a start that is no date', ['DTSTART:tomorrow']],
    ['a RECURRENCE-ID that is no date', ['RECURRENCE-ID:yesterday', 'DTSTART:20261109T100000Z']],
    ['an unknown zone', ['DTSTART;TZID=Atlantis:20261109T100000']],
    ['a SEQUENCE beyond all numbers', [`SEQUENCE:${'9'.repeat(400)}`, 'DTSTART:20261109T100000Z']],
    ['a duration that is none', ['DTSTART:20261109T100000Z', 'DURATION:soon']],
    ['a rule that is none', ['DTSTART:20261109T100000Z', 'RRULE:often']],
    ['exceptions that are none', ['DTSTART:20261109T100000Z', 'RRULE:FREQ=DAILY', 'EXDATE:,,;']],
    ['no start at all', []],
  ];

  it.each(lines)('%s: judged, with a code, in every method', (_, own) => {
    const stored: readonly (Component | undefined)[] = [
      undefined,
      vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=DAILY;COUNT=3')),
      vcalendar(undefined, vevent('DTSTAMP:20261101T000000Z', ...own, b)),
    ];
    for (const method of ['REQUEST', 'REPLY', 'CANCEL', 'ADD', 'REFRESH', 'COUNTER', 'DECLINECOUNTER', 'PUBLISH']) {
      const sent = message(method, vevent('DTSTAMP:20261102T000000Z', ...own, b));
      for (const before of stored) {
        for (const user of ['mailto:b@example.com', 'mailto:o@example.com']) {
          const { judgement } = process(sent, before, context(user));
          expect(['merge', 'ignored', 'refused']).toContain(judgement.status);
        }
      }
    }
  });

  it('are no reason not to answer', () => {
    const stored = vcalendar(undefined, vevent('DTSTAMP:20261101T000000Z', 'DTSTART:tomorrow', b));
    const said = reply(stored, { user: address('mailto:b@example.com'), participationStatus: 'DECLINED', now });
    expect(said.method).toBe('REPLY');
  });

  it('make busy time fail with a code of iCalendar', () => {
    const stored = vcalendar(undefined, vevent('DTSTART:20261109T100000Z', 'RRULE:FREQ=SECONDLY'));
    const range = { start: now, end: epochMs(now + 365 * 86_400_000) };
    expect(() => busyPeriods([stored], range)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/recurrence/) }),
    );
  });

  it('an organizer’s change of what nobody can work out fails with a code, too', () => {
    const before = vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=SECONDLY'));
    const override = vevent(
      'DTSTAMP:20261101T000000Z',
      'RECURRENCE-ID:29991109T100000Z',
      'DTSTART:29991109T110000Z',
      b,
    );
    const after = vcalendar(undefined, vevent(...invited, 'RRULE:FREQ=SECONDLY'), override);
    expect(() => onUpdate(before, after, { user: address('mailto:o@example.com'), now })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/recurrence/) }),
    );
  });
});

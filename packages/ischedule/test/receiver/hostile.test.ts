import { describe, expect, it } from 'vitest';
import { calendarText, cyrus, invitation, organizer, start } from '../support/messages.ts';
import { faultOf, fieldsOf, receiverWorld, trustingVerifier } from '../support/receiver.ts';

/** As many as fit, made of their number. */
const many = (count: number, line: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => line(index));
const withLines = (...lines: readonly string[]): string => calendarText({ lines: [organizer, cyrus, start, ...lines] });
const zone = (index: number): string =>
  `BEGIN:VTIMEZONE\r\nTZID:Z${index}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE`;
const override = (index: number): string =>
  `BEGIN:VEVENT\r\nUID:one@example.com\r\nDTSTAMP:20261122T120000Z\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:203001${10 + (index % 20)}T100000Z\r\n${start}\r\n${organizer}\r\n${cyrus}\r\nEND:VEVENT`;
const everything = (from: number, to: number): string => many(to - from, (index) => String(from + index)).join(',');

/** Contents whose signature has passed: what is left to a peer who is known, and means no good. The runner's time limit counts. */
describe('contents that are made to keep us busy', () => {
  it.each<readonly [what: string, content: string, answer: string]>([
    ['9,000 people', withLines(...many(9_000, (index) => `ATTENDEE;RSVP=TRUE:mailto:user${index}@example.org`)), '200'],
    [
      '18,000 extra dates',
      withLines(...many(300, () => `RDATE:${many(60, () => '20310101T100000Z').join(',')}`)),
      'max-instances',
    ],
    [
      '54,000 exceptions',
      withLines(
        'RRULE:FREQ=DAILY;COUNT=900',
        ...many(900, () => `EXDATE:${many(60, () => '20310101T100000Z').join(',')}`),
      ),
      'max-instances',
    ],
    ['a thousand million instances', withLines('RRULE:FREQ=SECONDLY;COUNT=1000000000'), 'max-instances'],
    ['a rule that never comes true', withLines('RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5'), 'max-instances'],
    [
      'a rule of every second of a year',
      withLines(
        `RRULE:FREQ=YEARLY;BYHOUR=${everything(0, 24)};BYMINUTE=${everything(0, 60)};BYSECOND=${everything(0, 60)}`,
      ),
      'max-instances',
    ],
    ['a long way to the next instance', withLines('RRULE:FREQ=YEARLY;INTERVAL=2147483647;COUNT=3'), '200'],
    [
      '900 zones',
      calendarText({
        ...invitation,
        lines: [...invitation.lines, ...many(900, (index) => `RDATE;TZID=Z${index}:20310101T100000`)],
        more: many(900, zone),
      }),
      '200',
    ],
    [
      '900 overrides of all that follows',
      calendarText({
        ...invitation,
        lines: [...invitation.lines, 'RRULE:FREQ=DAILY;COUNT=990'],
        more: many(900, override),
      }),
      '200',
    ],
    ['60,000 open components', `BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(60_000)}`, 'invalid-calendar-data'],
    ['a line of a megabyte', withLines(`X-LONG:${'x'.repeat(900_000)}`), 'invalid-calendar-data'],
    ['a line of 200,000 folds', withLines(`X-LONG:${many(200_000, () => 'x').join('\r\n ')}`), 'invalid-calendar-data'],
    [
      '10,000 parameters',
      withLines(`X-MANY;${many(10_000, (index) => `X${index}=1`).join(';')}:x`),
      'invalid-calendar-data',
    ],
  ])('[IS-4.14, IS-4.20] %s', async (_what, content, answer) => {
    const world = receiverWorld({ verifier: trustingVerifier });
    const fields = fieldsOf({ contentType: 'text/calendar' });
    const response = await world.ask({ fields, content });
    expect(response.status === 200 ? '200' : faultOf(response)).toBe(answer);
  });

  it.each<readonly [what: string, content: string]>([
    ['a million brackets', '['.repeat(1_000_000)],
    [
      '20,000 components',
      JSON.stringify([
        'vcalendar',
        [['method', {}, 'text', 'REQUEST']],
        many(20_000, () => '').map(() => ['vevent', [], []]),
      ]),
    ],
  ])('[IS-4.14] jCal of %s', async (_what, content) => {
    const world = receiverWorld({ verifier: trustingVerifier });
    expect(faultOf(await world.ask({ fields: fieldsOf({ contentType: 'application/calendar+json' }), content }))).toBe(
      'invalid-calendar-data',
    );
  });
});

describe('fields that are made to keep us busy', () => {
  const asked = async (name: string, value: string): Promise<string | undefined> => {
    const fields = [...fieldsOf().filter((field) => field.name !== name), { name, value }];
    return faultOf(await receiverWorld({ verifier: trustingVerifier }).ask({ fields }));
  };

  it.each([
    ['Content-Type', `text/calendar; a=${' '.repeat(400_000)}"`, 'invalid-calendar-data-type'],
    ['Content-Type', `text/calendar${';'.repeat(400_000)}`, 'invalid-calendar-data-type'],
    ['iSchedule-Version', ','.repeat(400_000), 'version-not-supported'],
    ['Originator', `mailto:${'a@'.repeat(200_000)}`, 'originator-invalid'],
    ['Originator', ','.repeat(400_000), 'originator-missing'],
    ['Recipient', `mailto:a@b.example${','.repeat(400_000)}`, 'recipient-missing'],
    ['Recipient', many(15_000, () => 'mailto:a@b.example').join(','), 'invalid-calendar-data'],
  ])('[IS-4.1, IS-4.27] %s: %.30s', async (name, value, fault) => {
    expect(await asked(name, value)).toBe(fault);
  });
});

import { describe, expect, it } from 'vitest';
import { parseCalendar } from '../../src/parse.ts';
import { checkDates, type DateLimits } from '../../src/recurrence/check-dates.ts';
import { calendarOf, eventCalendar, instant } from '../support/calendars.ts';

const limits: DateLimits = {
  earliest: instant('1970-01-01T00:00:00Z'),
  latest: instant('2100-01-01T00:00:00Z'),
  maxInstances: 1_000,
};

const codes = (text: string): readonly string[] =>
  checkDates(parseCalendar(text), limits).map(({ property, code }) => `${property} ${code}`);

const series = (...lines: readonly string[]): readonly string[] =>
  codes(eventCalendar('DTSTART:20260105T090000Z', ...lines));

describe('checkDates', () => {
  it.each([
    ['one event', []],
    ['1,000 instances', ['RRULE:FREQ=DAILY;COUNT=1000']],
    ['a daily meeting without end', ['RRULE:FREQ=DAILY']],
    ['a rule that hardly makes anything', ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30']],
    ['an end just before the last date', ['RRULE:FREQ=YEARLY;UNTIL=20991231T235959Z']],
    ['an override', ['RECURRENCE-ID:20260105T090000Z']],
  ])('finds nothing wrong with %s', (_, lines) => {
    expect(series(...lines)).toEqual([]);
  });

  it.each([
    ['1,001 instances', ['RRULE:FREQ=DAILY;COUNT=1001'], ['RRULE too-many-instances']],
    ['COUNT=10^9', ['RRULE:FREQ=DAILY;COUNT=1000000000'], ['RRULE too-many-instances', 'RRULE after-max-date']],
    ['seconds without end', ['RRULE:FREQ=SECONDLY'], ['RRULE too-many-instances']],
    ['hours without end', ['RRULE:FREQ=HOURLY'], ['RRULE too-many-instances']],
    ['a late UNTIL', ['RRULE:FREQ=YEARLY;UNTIL=21000201T000000Z'], ['RRULE after-max-date']],
    ['a COUNT that goes far', ['RRULE:FREQ=YEARLY;COUNT=100'], ['RRULE after-max-date']],
    ['a late RDATE', ['RDATE:21010101T000000Z'], ['RDATE after-max-date']],
    ['an early EXDATE', ['EXDATE:19690101T000000Z,19680101T000000Z'], ['EXDATE before-min-date']],
    ['a long event', ['DTEND:21010101T000000Z'], ['DTEND after-max-date']],
    ['a broken rule', ['RRULE:FREQ=NEVER'], ['RRULE invalid-recurrence']],
    ['a broken date', ['EXDATE:yesterday'], ['EXDATE invalid-date', 'RRULE invalid-date']],
    ['an unknown zone', ['DTEND;TZID=Bogus:20260105T100000'], ['DTEND unknown-zone', 'RRULE unknown-zone']],
    ['an unknown calendar', ['RRULE:RSCALE=KLINGON;FREQ=YEARLY'], ['RRULE unsupported-recurrence']],
  ])('finds what is wrong with %s', (_, lines, findings) => {
    expect(series(...lines)).toEqual(findings);
  });

  it('finds dates before the first that is taken', () => {
    expect(codes(eventCalendar('DTSTART:19691231T235959Z', 'RRULE:FREQ=DAILY'))).toEqual(['DTSTART before-min-date']);
  });

  it('looks at the periods of free-busy, too', () => {
    const text = calendarOf(
      'BEGIN:VFREEBUSY',
      'UID:1',
      'DTSTART:20260101T000000Z',
      'FREEBUSY:20991231T000000Z/P2D',
      'END:VFREEBUSY',
    );
    expect(codes(text)).toEqual(['FREEBUSY after-max-date']);
  });

  it('[IS-2.37] never looks at the dates inside VTIMEZONE', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Z',
      'BEGIN:STANDARD',
      'DTSTART:16010101T000000',
      'RDATE:29990101T000000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    expect(codes(calendarOf(...zone, 'BEGIN:VEVENT', 'UID:1', 'DTSTART;TZID=Z:20260105T090000', 'END:VEVENT'))).toEqual(
      [],
    );
  });
});

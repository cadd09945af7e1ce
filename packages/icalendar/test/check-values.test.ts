import { describe, expect, it } from 'vitest';
import { checkValues } from '../src/check-values.ts';
import { parseCalendar } from '../src/parse.ts';
import { eventCalendar } from './support/calendars.ts';

const codes = (...event: readonly string[]): readonly string[] =>
  checkValues(parseCalendar(eventCalendar(...event))).map(({ property, code }) => `${property} ${code}`);

describe('checkValues', () => {
  it('finds nothing in what is right', () => {
    expect(
      codes(
        'DTSTART;TZID=Europe/Berlin:20260105T090000',
        'DTEND;TZID=Europe/Berlin:20260105T100000',
        'RRULE:FREQ=WEEKLY;BYDAY=MO',
        'EXDATE;TZID=Europe/Berlin:20260112T090000,20260119T090000',
        'RDATE;VALUE=PERIOD:20260201T090000Z/PT1H',
        'ORGANIZER:mailto:a@example.com',
        'SEQUENCE:3',
        'GEO:37.386013;-122.082932',
        'TRIGGER;VALUE=DATE-TIME:20260105T080000Z',
        'X-A:whatever',
      ),
    ).toEqual([]);
  });

  it.each([
    ['DTSTART:20260230T090000', 'DTSTART invalid-date'],
    ['DTSTART;VALUE=DATE:20260101T090000', 'DTSTART invalid-date'],
    ['EXDATE:20260101T090000,2026', 'EXDATE invalid-date'],
    ['RRULE:FREQ=SOMETIMES', 'RRULE invalid-recurrence'],
    ['DURATION:1 hour', 'DURATION invalid-duration'],
    ['RDATE:20260101T090000Z/20260230T090000Z', 'RDATE invalid-date'],
    ['SEQUENCE:three', 'SEQUENCE invalid-value'],
    ['X-A;VALUE=BOOLEAN:MAYBE', 'X-A invalid-value'],
    ['GEO:north', 'GEO invalid-value'],
    ['ATTENDEE:no address', 'ATTENDEE invalid-cal-address'],
    ['X-A;VALUE=UTC-OFFSET:+5744', 'X-A invalid-value'],
  ])('finds what is wrong with %s', (line, finding) => {
    expect(codes(line)).toEqual([finding]);
  });

  it('finds ends that do not fit their start', () => {
    expect(codes('DTSTART:20260105T090000Z', 'DTEND:20260105T080000Z')).toEqual(['DTEND end-before-start']);
    expect(codes('DTSTART;VALUE=DATE:20260105', 'DTEND:20260105T080000Z')).toEqual(['DTEND mixed-date-kinds']);
    expect(codes('DTSTART:20260105T090000Z', 'DTEND:20260105T100000Z', 'DURATION:PT1H')).toEqual([
      'DTEND end-and-duration',
    ]);
  });
});

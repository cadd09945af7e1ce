import { describe, expect, it } from 'vitest';
import { civilDate, dayNumber, weekdayOf } from '../src/civil.ts';
import { makeProperty } from '../src/component.ts';
import {
  dateTimeOf,
  formatDateValue,
  formatPeriod,
  formatUtc,
  parseDateValue,
  parsePeriod,
  readDates,
  readDateValue,
  secondsOf,
} from '../src/date-time.ts';
import { durationOfSeconds, exactSeconds, formatDuration, nominalDays, parseDuration } from '../src/duration.ts';
import { codeOf, instant } from './support/calendars.ts';

describe('dates', () => {
  it.each(['20261122', '20261122T143008', '20261122T143008Z', '20240229', '00010101', '99991231T235960'])(
    'reads and writes %s',
    (text) => {
      expect(formatDateValue(parseDateValue(text))).toBe(text);
    },
  );

  it.each([
    '20260229',
    '20261301',
    '20260431',
    '20260100',
    '2026-11-22',
    '20261122T1430',
    '20261122T240000',
    '20261122T006000',
    '20261122T143008+01',
    '20261122t143008z',
    '-0011130T100000',
    '19970901T1300Z',
    '',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseDateValue(text))).toBe('invalid-date');
  });

  it('writes points in time in UTC', () => {
    expect(formatUtc(instant('2026-11-22T14:30:08.999Z'))).toBe('20261122T143008Z');
    expect(formatUtc(instant('1969-12-31T23:59:59Z'))).toBe('19691231T235959Z');
  });

  it('reckons as Date does, also before 1970', () => {
    for (const day of [-719_162, -141_428, -1, 0, 58, 59, 60, 11_016, 20_000, 47_540, 2_932_896]) {
      const date = new Date(day * 86_400_000);
      expect(civilDate(day)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      });
      expect(dayNumber(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(day);
      expect(weekdayOf(day)).toBe((date.getUTCDay() + 6) % 7);
    }
  });

  it('goes from seconds to a time and back', () => {
    const value = parseDateValue('20261122T143008');
    expect(dateTimeOf(secondsOf(value), false)).toEqual(value);
    expect(secondsOf(value)).toBe(Date.UTC(2026, 10, 22, 14, 30, 8) / 1000);
  });
});

describe('durations', () => {
  it.each(['P1D', 'PT15M', '-PT5M', 'P1DT2H3M4S', 'P2W', 'PT1H0M5S', 'P0D', '-P1DT1H'])(
    'reads and writes %s',
    (text) => {
      expect(formatDuration(parseDuration(text))).toBe(text);
    },
  );

  it('splits what is nominal from what is exact', () => {
    const duration = parseDuration('-P1W6DT15H');
    expect(nominalDays(duration)).toBe(-13);
    expect(exactSeconds(duration)).toBe(-54_000);
    expect(formatDuration(duration)).toBe('-P13DT15H');
  });

  it('is made of seconds', () => {
    expect(formatDuration(durationOfSeconds(5_400))).toBe('PT1H30M');
    expect(formatDuration(durationOfSeconds(-90))).toBe('-PT1M30S');
  });

  it.each(['', 'P', 'PT', 'P1', '1D', 'PT1D', '-PT1W1D2H3M4S', 'P1Y', 'P99999999999D', 'P1.5D'])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => parseDuration(text))).toBe('invalid-duration');
    },
  );
});

describe('periods', () => {
  it.each(['19970101T180000Z/19970102T070000Z', '19970101T180000Z/PT5H30M'])('reads and writes %s', (text) => {
    expect(formatPeriod(parsePeriod(text))).toBe(text);
  });

  it.each([
    ['19970101T180000Z', 'invalid-period'],
    ['19970101/19970102', 'invalid-period'],
    ['19970101T180000Z/', 'invalid-date'],
    ['19970101T180000Z/P', 'invalid-duration'],
  ])('refuses %s', (text, code) => {
    expect(codeOf(() => parsePeriod(text))).toBe(code);
  });
});

describe('readDates', () => {
  it('reads lists, and the zone where it counts', () => {
    const line = makeProperty('EXDATE', '20260101T090000, 20260102T090000Z,20260103', { TZID: 'Europe/Berlin' });
    expect(readDates(line).map(({ value, tzid }) => [formatDateValue(value as never), tzid])).toEqual([
      ['20260101T090000', 'Europe/Berlin'],
      ['20260102T090000Z', undefined],
      ['20260103', undefined],
    ]);
  });

  it('reads periods', () => {
    const [date] = readDates(makeProperty('RDATE', '20260101T090000/PT1H', { TZID: 'Europe/Berlin', VALUE: 'PERIOD' }));
    expect(date).toMatchObject({ tzid: 'Europe/Berlin', value: { kind: 'period', end: { hours: 1 } } });
  });

  it('reads a day that lacks VALUE=DATE', () => {
    expect(readDateValue(makeProperty('DTSTART', '20081006')).value).toEqual({
      kind: 'date',
      year: 2008,
      month: 10,
      day: 6,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { formatDateValue, formatUtc, parseDateValue } from '../../src/date-time.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import type { TimeZone } from '../../src/zones/time-zone.ts';
import { instant } from '../support/calendars.ts';

const zone = (name: string): TimeZone => ianaZone(name) ?? expect.fail(`no zone ${name}`);
const utcOf = (name: string, local: string): string => formatUtc(zone(name).toEpoch(parseDateValue(local)));

describe('IANA zones', () => {
  // RFC 5545 §3.3.5 and the tz database.
  it.each<[string, string, string, string?]>([
    ['Europe/Berlin', '20260105T090000', '20260105T080000Z'],
    ['Europe/Berlin', '20260705T090000', '20260705T070000Z'],
    ['Europe/Berlin', '20260329T023000', '20260329T013000Z', 'in the gap: the offset before it'],
    ['Europe/Berlin', '20261025T023000', '20261025T003000Z', 'twice: the first'],
    ['America/New_York', '20071104T013000', '20071104T053000Z', 'the example of RFC 5545'],
    ['America/New_York', '20070311T023000', '20070311T073000Z', 'the example of RFC 5545'],
    ['Australia/Lord_Howe', '20261004T021500', '20261003T154500Z', 'a gap of half an hour'],
    ['Asia/Kolkata', '20260105T090000', '20260105T033000Z'],
    ['Pacific/Apia', '20111229T120000', '20111229T220000Z', 'the day before the one left out'],
    ['Pacific/Apia', '20111231T120000', '20111230T220000Z', 'the day after'],
    ['Africa/Casablanca', '20260301T090000', '20260301T090000Z', 'Ramadan: UTC for a month'],
    ['Europe/Berlin', '20260105', '20260104T230000Z', 'a day: its midnight'],
    ['Europe/Berlin', '20260705T070000Z', '20260705T070000Z', 'UTC is what it says'],
    ['Europe/Berlin', '18000101T000000', '17991231T230632Z', "the sun's time"],
    ['Europe/Berlin', '95000705T090000', '95000705T070000Z', 'the year 9500'],
  ])('%s %s is %s (%s)', (name, local, utc) => {
    expect(utcOf(name, local)).toBe(utc);
  });

  it('agree with Intl at odd times of many years, both ways', () => {
    const names = [
      'Europe/London',
      'America/Sao_Paulo',
      'Africa/Cairo',
      'Asia/Gaza',
      'America/St_Johns',
      'Asia/Tehran',
    ];
    for (const name of names) {
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: name,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      for (let at = Date.UTC(1950, 0, 1); at < Date.UTC(2100, 0, 1); at += 1_234_567_891) {
        const local = zone(name).toLocal(instant(new Date(at).toISOString()));
        expect(formatDateValue(local), `${name} ${at}`).toBe(
          format.format(at).replace(' ', 'T').replaceAll(/[-:]/g, ''),
        );
      }
    }
  });

  it('are known by their aliases and in any case', () => {
    expect(ianaZone('US/Pacific')?.ianaName).toBe('US/Pacific');
    expect(ianaZone('europe/berlin')?.ianaName).toBe('Europe/Berlin');
    expect(utcOf('US/Pacific', '20260705T090000')).toBe('20260705T160000Z');
  });

  it.each(['', 'Nowhere', 'Europe/Nowhere', '+01:00', 'Europe/Berlin\u0000', 'a'.repeat(10_000), '__proto__'])(
    'are not called %j',
    (name) => {
      expect(ianaZone(name)).toBeUndefined();
    },
  );
});

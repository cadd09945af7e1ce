import { describe, expect, it } from 'vitest';
import { parseCalendar, parseDateValue, zonesOf } from '../../src/index.ts';

const calendarWith = (tzid: string, offset: string) =>
  parseCalendar(
    [
      'BEGIN:VCALENDAR',
      'BEGIN:VTIMEZONE',
      `TZID:${tzid}`,
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      `TZOFFSETFROM:${offset}`,
      `TZOFFSETTO:${offset}`,
      'END:STANDARD',
      'END:VTIMEZONE',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  );

const noonIn = (tzid: string, offset: string): number | undefined =>
  zonesOf(calendarWith(tzid, offset)).zone(tzid)?.toEpoch(parseDateValue('20261201T120000'));

describe('definitions that are remembered', () => {
  it('two objects may mean different zones by one name, in any order and however often', () => {
    for (let round = 0; round < 3; round++) {
      expect(noonIn('Office', '+0100')).toBe(Date.UTC(2026, 11, 1, 11));
      expect(noonIn('Office', '-0500')).toBe(Date.UTC(2026, 11, 1, 17));
    }
  });

  it('one that can not be read stays unknown', () => {
    expect([noonIn('Nowhere', 'soon'), noonIn('Nowhere', 'soon')]).toEqual([undefined, undefined]);
  });

  it('no more than some are kept, and those that were forgotten are read again', () => {
    const offsets = Array.from({ length: 200 }, (_, index) => `+${String(index % 14).padStart(2, '0')}00`);
    const expected = offsets.map((_, index) => Date.UTC(2026, 11, 1, 12 - (index % 14)));
    const ask = (): unknown => offsets.map((offset, index) => noonIn(`Room ${index}`, offset));
    expect(ask()).toEqual(expected);
    expect(ask()).toEqual(expected);
  });
});

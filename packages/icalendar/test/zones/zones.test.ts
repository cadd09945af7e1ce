import { describe, expect, it } from 'vitest';
import { formatUtc, parseDateValue } from '../../src/date-time.ts';
import { formatCalendar } from '../../src/format.ts';
import { parseCalendar } from '../../src/parse.ts';
import { embeddedZone } from '../../src/zones/embedded-zone.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import { timeZoneComponent } from '../../src/zones/time-zone-component.ts';
import { zonesOf } from '../../src/zones/zones.ts';
import { parseComponents } from '../../src/parse.ts';
import { calendarOf, codeOf, instant } from '../support/calendars.ts';
import { corpusFiles, corpusJson, hasCorpus } from '../support/corpus.ts';

/** Offsets from `winter` to `summer` in April and back in October, from `year` on. */
const definition = (tzid: string, winter: string, summer: string, year = 1970): readonly string[] => [
  'BEGIN:VTIMEZONE',
  `TZID:${tzid}`,
  'BEGIN:STANDARD',
  `DTSTART:${year}1025T030000`,
  `TZOFFSETFROM:${summer}`,
  `TZOFFSETTO:${winter}`,
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  `DTSTART:${year}0426T020000`,
  `TZOFFSETFROM:${winter}`,
  `TZOFFSETTO:${summer}`,
  'RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=-1SU',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

const event = (tzid: string, local: string): readonly string[] => [
  'BEGIN:VEVENT',
  'UID:1',
  `DTSTART;TZID="${tzid}":${local}`,
  'END:VEVENT',
];

function utcOf(content: readonly string[], tzid: string, local: string): string | undefined {
  const calendar = parseCalendar(calendarOf(...content, ...event(tzid, local)));
  const zone = zonesOf(calendar).zone(tzid);
  return zone && formatUtc(zone.toEpoch(parseDateValue(local)));
}

describe('zonesOf', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['/mozilla.org/20050126_1/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['/softwarestudio.org/Olson_20011030_5/America/Chicago', 'America/Chicago'],
    ['posix/Europe/Vaduz', 'Europe/Vaduz'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['w. europe standard time', 'Europe/Berlin'],
    ['(UTC-05:00) Eastern Time (US & Canada)', 'America/New_York'],
    ['(UTC+07:00) Bangkok, Hanoi, Jakarta', 'Asia/Bangkok'],
    ['tzone://Microsoft/Utc', 'UTC'],
    ['US-Eastern', 'America/New_York'],
  ])('knows %s as %s', (tzid, ianaName) => {
    const zone = zonesOf(undefined).zone(tzid);
    expect(zone).toMatchObject({ id: tzid, ianaName });
  });

  it.each([
    ['(GMT +01:00)', '20260705T090000', '20260705T080000Z'],
    ['UTC-3', '20260705T090000', '20260705T120000Z'],
    ['+0530', '20260705T090000', '20260705T033000Z'],
  ])('takes %s for an offset', (tzid, local, utc) => {
    expect(utcOf([], tzid, local)).toBe(utc);
  });

  it.each(['Bogus', 'America/Example', '/Europe/CUSTOM', 'tzone://Microsoft/Custom', 'UTC+99'])(
    'does not know %s',
    (tzid) => {
      expect(zonesOf(undefined).zone(tzid)).toBeUndefined();
    },
  );

  it('puts a fallback in the place of the unknown', () => {
    expect(zonesOf(undefined, { fallback: ianaZone('Asia/Tokyo') }).zone('Bogus')?.ianaName).toBe('Asia/Tokyo');
  });

  it('has a zone for floating times', () => {
    const zones = zonesOf(undefined);
    expect(zones.floating('Europe/Berlin').ianaName).toBe('Europe/Berlin');
    expect(codeOf(() => zones.floating('Bogus'))).toBe('unknown-zone');
  });

  it('reads a definition under a name of its own', () => {
    const custom = definition('Our Office', '-0500', '-0400');
    expect(utcOf(custom, 'Our Office', '20260705T090000')).toBe('20260705T130000Z');
    expect(utcOf(custom, 'Our Office', '20260105T090000')).toBe('20260105T140000Z');
    expect(utcOf(custom, 'Our Office', '20260426T023000')).toBe('20260426T073000Z');
    expect(utcOf(custom, 'Our Office', '20261025T023000')).toBe('20261025T063000Z');
  });

  it('finds a definition whose name is escaped', () => {
    const outlook = definition('Canberra\\, Melbourne\\, Sydney', '+1000', '+1000');
    expect(utcOf(outlook, 'Canberra, Melbourne, Sydney', '20260105T090000')).toBe('20260104T230000Z');
  });

  it("prefers an object's definition to a vendor's name", () => {
    expect(
      utcOf(definition('W. Europe Standard Time', '+0300', '+0300'), 'W. Europe Standard Time', '20260705T090000'),
    ).toBe('20260705T060000Z');
  });

  it('prefers the IANA zone to a stale definition of it', () => {
    // Mexico gave up daylight saving in 2022.
    expect(utcOf(definition('America/Mexico_City', '-0600', '-0500'), 'America/Mexico_City', '20260705T090000')).toBe(
      '20260705T150000Z',
    );
  });

  it('prefers a definition that never agrees with the IANA zone it is called by', () => {
    expect(utcOf(definition('Europe/Berlin', '-0500', '-0400'), 'Europe/Berlin', '20260705T090000')).toBe(
      '20260705T130000Z',
    );
  });

  it('prefers a definition with summer time to a name that has none', () => {
    expect(utcOf(definition('GMT', '+0000', '+0100'), 'GMT', '20260705T090000')).toBe('20260705T080000Z');
  });

  it('does not hold against a definition what it says of times before its first onset', () => {
    expect(utcOf(definition('Australia/Sydney', '+0000', '+0000', 2030), 'Australia/Sydney', '20260705T090000')).toBe(
      '20260704T230000Z',
    );
  });

  it.each([
    ['no observance', ['BEGIN:VTIMEZONE', 'TZID:Z', 'END:VTIMEZONE']],
    [
      'no offset',
      ['BEGIN:VTIMEZONE', 'TZID:Z', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'END:STANDARD', 'END:VTIMEZONE'],
    ],
    ['an offset of 57 hours', definition('Z', '+5744', '+5744')],
    ['a rule that is none', definition('Z', '+0100', '+0200').map((line) => line.replace('YEARLY', 'SOMETIMES'))],
    [
      'a change every second',
      definition('Z', '+0100', '+0200').map((line) => line.replace(/^RRULE.*/, 'RRULE:FREQ=SECONDLY')),
    ],
  ])('takes a definition with %s for none', (_, broken) => {
    const calendar = parseCalendar(calendarOf(...broken));
    expect(zonesOf(calendar).zone('Z')).toBeUndefined();
  });

  it('looks at no more than some hundred zones', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => definition(`Z${index}`, '+0100', '+0200', 1601)).flat();
    const zones = zonesOf(parseCalendar(calendarOf(...many)));
    const known = Array.from({ length: 1_000 }, (_, index) => zones.zone(`Z${index}`)).filter(
      (zone) => zone !== undefined,
    );
    expect(known.length).toBe(250);
  });
});

describe('timeZoneComponent', () => {
  it('defines a zone as Intl knows it, for this year and the next', () => {
    for (const name of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'US/Pacific']) {
      const component = timeZoneComponent(name) ?? expect.fail(name);
      const defined = embeddedZone(component);
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2028, 0, 1); at += 5 * 86_400_000) {
        const now = instant(new Date(at).toISOString());
        expect(defined.localOfEpoch(now), `${name} ${at}`).toBe(ianaZone(name)?.localOfEpoch(now));
      }
    }
  });

  it('goes by the name it was asked for, and is written with CRLF', () => {
    const component = timeZoneComponent('US/Pacific');
    expect(component && formatCalendar(component)).toMatch(
      /^BEGIN:VTIMEZONE\r\nTZID:US\/Pacific\r\n(?:[^\r\n]+\r\n)+$/,
    );
  });

  it('is nothing for a zone nobody knows', () => {
    expect(timeZoneComponent('Europe/Nowhere')).toBeUndefined();
  });
});

describe.skipIf(!hasCorpus)('zones of the corpus (skipped: no corpus here)', () => {
  it('definitions made from the tz database agree with Intl', () => {
    const files = corpusFiles().filter(({ file }) => file.startsWith('vtimezone-libical/'));
    expect(files.length).toBeGreaterThan(20);
    for (const { file, octets } of files) {
      const [root] = parseComponents(Buffer.from(octets).toString());
      const component = root?.name === 'VTIMEZONE' ? root : root?.children.find((child) => child.name === 'VTIMEZONE');
      if (component?.kind !== 'component') expect.fail(file);
      const zone = embeddedZone(component);
      const tzid = component.children.find((child) => child.name === 'TZID');
      const name = tzid?.kind === 'property' ? tzid.value : '';
      const iana = zonesOf(undefined).zone(name);
      // A year that the database no longer changes; Morocco and Gaza are changed by decree.
      for (let at = Date.UTC(2024, 0, 1); at < Date.UTC(2025, 0, 1); at += 3 * 86_400_000) {
        const now = instant(new Date(at).toISOString());
        expect(zone.localOfEpoch(now), `${file} ${new Date(at).toISOString()}`).toBe(iana?.localOfEpoch(now));
      }
    }
  });

  it('every Windows name of CLDR means its zone for the world', () => {
    interface MapZone {
      readonly mapZone: Readonly<Record<string, string>>;
    }
    const cldr = corpusJson('ics/cldr-windowszones/windowsZones.json') as {
      readonly supplemental: { readonly windowsZones: { readonly mapTimezones: readonly MapZone[] } };
    };
    const world = cldr.supplemental.windowsZones.mapTimezones.filter(({ mapZone }) => mapZone['_territory'] === '001');
    expect(world.length).toBeGreaterThan(130);
    for (const { mapZone } of world) {
      const { _other: windowsName = '', _type: names = '' } = mapZone;
      const [expected = ''] = names.split(' ');
      const found = zonesOf(undefined).zone(windowsName);
      const now = instant('2026-07-01T00:00:00Z');
      expect(found?.localOfEpoch(now), windowsName).toBe(ianaZone(expected)?.localOfEpoch(now));
    }
  });
});

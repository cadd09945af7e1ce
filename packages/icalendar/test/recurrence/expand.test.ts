import { describe, expect, it } from 'vitest';
import { formatDateValue, formatUtc } from '../../src/date-time.ts';
import { parseCalendar, parseComponents } from '../../src/parse.ts';
import type { Expansion } from '../../src/recurrence/expand.ts';
import { type InstancesOptions, instancesOf } from '../../src/recurrence/instances-of.ts';
import { supportedRscales } from '../../src/recurrence/other-calendar.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import { calendarOf, codeOf, eventCalendar, range } from '../support/calendars.ts';
import { corpusText, hasCorpus } from '../support/corpus.ts';

function expandText(text: string, options?: InstancesOptions): Expansion {
  return instancesOf(parseCalendar(text), undefined, options);
}

/** `start/end` of each instance in UTC; `*` where a component of its own describes it. */
function listed(expansion: Expansion): readonly string[] {
  return expansion.instances.map(
    ({ start, end, overridden }) => `${formatUtc(start)}/${formatUtc(end)}${overridden ? '*' : ''}`,
  );
}

const event = (...lines: readonly string[]): readonly string[] => ['BEGIN:VEVENT', 'UID:1', ...lines, 'END:VEVENT'];

describe('instances of one component', () => {
  it('have the length of DTEND, exactly, also across a change of the clock', () => {
    const text = eventCalendar(
      'DTSTART;TZID=Europe/Berlin:20260327T220000',
      'DTEND;TZID=Europe/Berlin:20260328T060000',
      'RRULE:FREQ=DAILY;COUNT=2',
    );
    expect(listed(expandText(text))).toEqual([
      '20260327T210000Z/20260328T050000Z',
      '20260328T210000Z/20260329T050000Z',
    ]);
  });

  it('have the nominal length of DURATION', () => {
    const text = eventCalendar(
      'DTSTART;TZID=Europe/Berlin:20260328T120000',
      'DURATION:P1D',
      'RRULE:FREQ=DAILY;COUNT=1',
    );
    expect(listed(expandText(text))).toEqual(['20260328T110000Z/20260329T100000Z']);
  });

  it.each([
    ['a day', ['DTSTART;VALUE=DATE:20260105'], '20260105T000000Z/20260106T000000Z'],
    ['days', ['DTSTART;VALUE=DATE:20260105', 'DTEND;VALUE=DATE:20260108'], '20260105T000000Z/20260108T000000Z'],
    ['a time without end', ['DTSTART:20260105T090000Z'], '20260105T090000Z/20260105T090000Z'],
    [
      'an end before the start',
      ['DTSTART:20260105T090000Z', 'DTEND:20260105T080000Z'],
      '20260105T090000Z/20260105T090000Z',
    ],
  ])('last, for %s', (_, lines, expected) => {
    expect(listed(expandText(eventCalendar(...lines)))).toEqual([expected]);
  });

  it('are read in the default zone, when floating or days', () => {
    const defaultZone = 'America/New_York';
    expect(listed(expandText(eventCalendar('DTSTART:20260105T090000'), { defaultZone }))).toEqual([
      '20260105T140000Z/20260105T140000Z',
    ]);
    expect(
      listed(expandText(eventCalendar('DTSTART;VALUE=DATE:20260705'), { defaultZone: ianaZone(defaultZone) })),
    ).toEqual(['20260705T040000Z/20260706T040000Z']);
  });

  it('are those of a VTODO by its DUE, and none of a VTODO at no time', () => {
    const todo = (...lines: readonly string[]): string => calendarOf('BEGIN:VTODO', 'UID:1', ...lines, 'END:VTODO');
    expect(listed(expandText(todo('DUE:20260105T090000Z')))).toEqual(['20260105T090000Z/20260105T090000Z']);
    expect(listed(expandText(todo('SUMMARY:sometime')))).toEqual([]);
  });

  it('are refused in a zone nobody knows', () => {
    expect(codeOf(() => expandText(eventCalendar('DTSTART;TZID=Bogus:20260105T090000')))).toBe('unknown-zone');
  });
});

describe('a range', () => {
  const text = eventCalendar('DTSTART:20260105T090000Z', 'DTEND:20260105T100000Z', 'RRULE:FREQ=DAILY');

  it('has what touches it: starts before its end, ends after its start', () => {
    const window = range('2026-01-06T10:00:00Z', '2026-01-08T09:00:00Z');
    expect(listed(expandText(text, { range: window }))).toEqual(['20260107T090000Z/20260107T100000Z']);
    const wider = range('2026-01-06T09:59:59Z', '2026-01-08T09:00:01Z');
    expect(expandText(text, { range: wider }).instances.length).toBe(3);
  });

  it('has an instance without length, if it lies inside', () => {
    const moments = eventCalendar('DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY');
    const window = range('2026-01-06T09:00:00Z', '2026-01-08T09:00:00Z');
    expect(expandText(moments, { range: window }).instances.length).toBe(2);
  });

  it('finds what began long before', () => {
    const long = eventCalendar('DTSTART:20260105T090000Z', 'DURATION:P30D', 'RRULE:FREQ=YEARLY');
    expect(listed(expandText(long, { range: range('2030-01-20T00:00:00Z', '2030-01-21T00:00:00Z') }))).toEqual([
      '20300105T090000Z/20300204T090000Z',
    ]);
  });

  it('far away is reached without going there', () => {
    const expansion = expandText(text, { range: range('9000-01-01T00:00:00Z', '9000-01-03T00:00:00Z'), maxWork: 100 });
    expect(listed(expansion)).toEqual(['90000101T090000Z/90000101T100000Z', '90000102T090000Z/90000102T100000Z']);
  });

  it('says when there is more than was wanted', () => {
    expect(expandText(text, { maxInstances: 3 })).toMatchObject({ complete: false });
    expect(expandText(text, { maxInstances: 3 }).instances.length).toBe(3);
    const three = eventCalendar('DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY;COUNT=3');
    expect(expandText(three, { maxInstances: 3 })).toMatchObject({ complete: true });
  });
});

describe('rules', () => {
  it('keep their wall clock over changes of the clock', () => {
    const text = eventCalendar('DTSTART;TZID=Europe/Berlin:20260322T023000', 'RRULE:FREQ=WEEKLY;COUNT=3');
    expect(listed(expandText(text)).map((one) => one.slice(0, 16))).toEqual([
      '20260322T013000Z',
      '20260329T013000Z', // in the gap
      '20260405T003000Z',
    ]);
  });

  it('end with UNTIL, which is in UTC, local, or a day', () => {
    const until = (value: string): number =>
      expandText(eventCalendar('DTSTART;TZID=America/New_York:20260105T200000', `RRULE:FREQ=DAILY;UNTIL=${value}`))
        .instances.length;
    expect(until('20260108T010000Z')).toBe(3);
    expect(until('20260108T005959Z')).toBe(2);
    expect(until('20260107T200000')).toBe(3);
    expect(until('20260107')).toBe(3);
    expect(until('20250101T000000Z')).toBe(1);
  });

  it('have DTSTART as their first instance, and count it', () => {
    const text = eventCalendar('DTSTART:20260101T090000Z', 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3');
    expect(listed(expandText(text)).map((one) => one.slice(0, 8))).toEqual(['20260101', '20260105', '20260112']);
    expect(expandText(text.replace('COUNT=3', 'COUNT=1')).instances.length).toBe(1);
  });

  it('of days have no times', () => {
    const text = eventCalendar('DTSTART;VALUE=DATE:20260101', 'RRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=1,2;COUNT=2');
    expect(expandText(text).instances.map(({ recurrenceId }) => formatDateValue(recurrenceId))).toEqual([
      '20260101',
      '20260102',
    ]);
    expect(codeOf(() => expandText(text.replace('DAILY', 'HOURLY')))).toBe('invalid-recurrence');
  });

  it('may be several, and have exceptions of their own', () => {
    const text = eventCalendar(
      'DTSTART:20260105T090000Z',
      'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4',
      'RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=4',
      'EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2',
    );
    expect(listed(expandText(text)).map((one) => one.slice(0, 8))).toEqual([
      '20260106',
      '20260112',
      '20260113',
      '20260126',
    ]);
  });

  it('may reckon in other calendars', () => {
    const text = eventCalendar('DTSTART;VALUE=DATE:20130210', 'RRULE:RSCALE=CHINESE;FREQ=YEARLY;COUNT=3');
    expect(expandText(text).instances.map(({ recurrenceId }) => formatDateValue(recurrenceId))).toEqual([
      '20130210',
      '20140131',
      '20150219',
    ]);
    expect(codeOf(() => expandText(text.replace('CHINESE', 'KLINGON')))).toBe('unsupported-recurrence');
    for (const rscale of supportedRscales) {
      const { instances } = expandText(text.replace('CHINESE', rscale));
      expect(instances.length, rscale).toBe(3);
    }
  });
});

describe('RDATE and EXDATE', () => {
  it('add and take away, in any zone', () => {
    const text = eventCalendar(
      'DTSTART;TZID=Europe/Berlin:20260105T090000',
      'DTEND;TZID=Europe/Berlin:20260105T100000',
      'RRULE:FREQ=DAILY;COUNT=4',
      'RDATE:20260201T120000Z',
      'RDATE;TZID=America/New_York;VALUE=PERIOD:20260202T090000/PT30M,20260203T090000/20260203T110000',
      'EXDATE:20260106T080000Z',
      'EXDATE;TZID=America/New_York:20260107T030000',
      'EXDATE:20260301T000000Z',
    );
    expect(listed(expandText(text))).toEqual([
      '20260105T080000Z/20260105T090000Z',
      '20260108T080000Z/20260108T090000Z',
      '20260201T120000Z/20260201T130000Z',
      '20260202T140000Z/20260202T143000Z',
      '20260203T140000Z/20260203T160000Z',
    ]);
    expect(
      expandText(text)
        .instances.map(({ recurrenceId }) => formatDateValue(recurrenceId))
        .slice(2, 4),
    ).toEqual(['20260201T130000', '20260202T150000']);
  });

  it('of days match times of that day', () => {
    const text = eventCalendar(
      'DTSTART;TZID=Europe/Berlin:20260105T003000',
      'RRULE:FREQ=DAILY;COUNT=3',
      'EXDATE;VALUE=DATE:20260106',
    );
    expect(expandText(text).instances.length).toBe(2);
  });

  it('that repeat an instance make it once', () => {
    const text = eventCalendar(
      'DTSTART:20260105T090000Z',
      'RRULE:FREQ=DAILY;COUNT=2',
      'RDATE:20260105T090000Z,20260106T090000Z',
    );
    expect(expandText(text).instances.length).toBe(2);
  });

  it('can take away everything', () => {
    expect(expandText(eventCalendar('DTSTART:20260105T090000Z', 'EXDATE:20260105T090000Z')).instances).toEqual([]);
  });
});

describe('overrides', () => {
  const master = event(
    'DTSTART;TZID=Europe/Berlin:20260105T090000',
    'DTEND;TZID=Europe/Berlin:20260105T100000',
    'RRULE:FREQ=DAILY;COUNT=4',
  );

  it('[Q47] stand in the place of their instance, named in UTC or in its zone', () => {
    const text = calendarOf(
      ...master,
      ...event('RECURRENCE-ID:20260106T080000Z', 'DTSTART:20260106T120000Z', 'DTEND:20260106T123000Z'),
      ...event(
        'RECURRENCE-ID;TZID=Europe/Berlin:20260107T090000',
        'DTSTART;TZID=America/New_York:20260107T090000',
        'DURATION:PT1H',
      ),
    );
    expect(listed(expandText(text))).toEqual([
      '20260105T080000Z/20260105T090000Z',
      '20260106T120000Z/20260106T123000Z*',
      '20260107T140000Z/20260107T150000Z*',
      '20260108T080000Z/20260108T090000Z',
    ]);
  });

  it('may move an instance into a range or out of it', () => {
    const text = calendarOf(
      ...master,
      ...event('RECURRENCE-ID:20260106T080000Z', 'DTSTART:20260301T080000Z', 'DTEND:20260301T090000Z'),
    );
    expect(listed(expandText(text, { range: range('2026-01-06T00:00:00Z', '2026-01-07T00:00:00Z') }))).toEqual([]);
    expect(listed(expandText(text, { range: range('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z') }))).toEqual([
      '20260301T080000Z/20260301T090000Z*',
    ]);
  });

  it('count beside an EXDATE for the same instance, as some calendars write', () => {
    const text = calendarOf(
      ...event('DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY;COUNT=2', 'EXDATE:20260106T090000Z'),
      ...event('RECURRENCE-ID:20260106T090000Z', 'DTSTART:20260106T110000Z'),
    );
    expect(listed(expandText(text))).toEqual([
      '20260105T090000Z/20260105T090000Z',
      '20260106T110000Z/20260106T110000Z*',
    ]);
  });

  it('of days may be named by a day in a series of times, and by a time in a series of days', () => {
    const times = calendarOf(...master, ...event('RECURRENCE-ID;VALUE=DATE:20260106', 'DTSTART:20260106T120000Z'));
    expect(expandText(times).instances.filter(({ overridden }) => overridden).length).toBe(1);
    expect(expandText(times).instances.length).toBe(4);
    const days = calendarOf(
      ...event('DTSTART;VALUE=DATE:20260105', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...event('RECURRENCE-ID:20260106T000000Z', 'DTSTART;VALUE=DATE:20260110'),
    );
    expect(expandText(days).instances.length).toBe(3);
  });

  it('without a master are all there is', () => {
    const text = calendarOf(
      ...event('RECURRENCE-ID:20260106T080000Z', 'DTSTART:20260106T120000Z', 'DTEND:20260106T130000Z'),
      ...event('RECURRENCE-ID:20260107T080000Z', 'DTSTART:20260107T120000Z', 'DTEND:20260107T130000Z'),
    );
    expect(listed(expandText(text))).toEqual([
      '20260106T120000Z/20260106T130000Z*',
      '20260107T120000Z/20260107T130000Z*',
    ]);
  });

  it('with RANGE=THISANDFUTURE move and change all that follow', () => {
    const text = calendarOf(
      ...master,
      ...event(
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T080000Z',
        'DTSTART;TZID=Europe/Berlin:20260106T110000',
        'DURATION:PT2H',
      ),
      ...event('RECURRENCE-ID:20260107T080000Z', 'DTSTART:20260107T200000Z', 'DURATION:PT5M'),
    );
    expect(listed(expandText(text))).toEqual([
      '20260105T080000Z/20260105T090000Z',
      '20260106T100000Z/20260106T120000Z*',
      '20260107T200000Z/20260107T200500Z*',
      '20260108T100000Z/20260108T120000Z*',
    ]);
  });

  it('are kept apart by UID and by type of component', () => {
    const other = event('RECURRENCE-ID:20260106T080000Z', 'DTSTART:20260106T120000Z').map((line) =>
      line.replace('UID:1', 'UID:2'),
    );
    expect(expandText(calendarOf(...master, ...other)).instances.length).toBe(5);
    expect(instancesOf(parseCalendar(calendarOf(...master, ...other)), '2').instances.length).toBe(1);
  });
});

describe('hostile series', () => {
  const window = range('2026-01-01T00:00:00Z', '2028-01-01T00:00:00Z');
  const everything = (max: number): string => Array.from({ length: max }, (_, index) => index).join(',');

  it.each<readonly [string, string, number | string, number | string]>([
    // what a range of two years has of it, and what an expansion without range comes to
    ['COUNT=10^9', 'FREQ=DAILY;COUNT=1000000000', 726, 1_000],
    ['each second for ever', 'FREQ=SECONDLY', 1_000, 1_000],
    ['10^9 seconds', 'FREQ=SECONDLY;COUNT=1000000000', 1_000, 1_000],
    ['30 February', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 1, 'recurrence-too-complex'],
    ['30 February by seconds', 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', 1, 'recurrence-too-complex'],
    ['the greatest interval of days', 'FREQ=DAILY;INTERVAL=2147483647', 1, 1],
    ['the greatest interval of years', 'FREQ=YEARLY;INTERVAL=2147483647', 1, 1],
    ['a place no hour has', 'FREQ=HOURLY;BYMINUTE=1;BYSETPOS=366', 1, 'recurrence-too-complex'],
    ['a fifth Monday on the first', 'FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1', 1, 'recurrence-too-complex'],
    [
      'each second of the year, but one',
      `FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${everything(24)};BYMINUTE=${everything(60)};BYSECOND=${everything(60)};BYSETPOS=366`,
      2,
      1_000,
    ],
    [
      'a month the Chinese calendar hardly has',
      'RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12L;BYMONTHDAY=30',
      1,
      'recurrence-too-complex',
    ],
  ])('are bounded: %s', (_, rule, inRange, inAll) => {
    const text = eventCalendar('DTSTART:20260105T090000Z', `RRULE:${rule}`);
    const outcome = (options: InstancesOptions): number | string => {
      const expansion = (): number => expandText(text, options).instances.length;
      return typeof inAll === 'string' && options.range === undefined ? codeOf(expansion) : expansion();
    };
    expect(outcome({ range: window })).toBe(inRange);
    expect(outcome({})).toBe(inAll);
  });

  it('with 50,000 EXDATEs are refused', () => {
    const list = Array.from({ length: 1_000 }, () => '20260106T090000Z').join(',');
    const text = eventCalendar(
      'DTSTART:20260105T090000Z',
      'RRULE:FREQ=DAILY',
      ...Array.from({ length: 50 }, () => `EXDATE:${list}`),
    );
    expect(codeOf(() => expandText(text))).toBe('recurrence-too-complex');
  });

  it('with a hundred rules are refused', () => {
    const text = eventCalendar('DTSTART:20260105T090000Z', ...Array.from({ length: 100 }, () => 'RRULE:FREQ=DAILY'));
    expect(codeOf(() => expandText(text))).toBe('recurrence-too-complex');
  });

  it('share one budget, however many there are', () => {
    const many = Array.from({ length: 4_000 }, (_, index) =>
      event('DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30').map((line) =>
        line.replace('UID:1', `UID:${index}`),
      ),
    );
    expect(codeOf(() => expandText(calendarOf(...many.flat())))).toBe('recurrence-too-complex');
  });

  it('with thousands of overrides that reach ahead take no more than once through each', () => {
    const overrides = Array.from({ length: 4_000 }, (_, index) =>
      event(
        `RECURRENCE-ID;RANGE=THISANDFUTURE:20260105T09${String(index % 60).padStart(2, '0')}00Z`,
        'DTSTART:20260105T090000Z',
      ),
    );
    const text = calendarOf(...event('DTSTART:20260105T090000Z', 'RRULE:FREQ=DAILY'), ...overrides.flat());
    expect(expandText(text).instances.length).toBe(1_000);
  });
});

describe.skipIf(!hasCorpus)('the CalConnect recurrence streams (skipped: no corpus here)', () => {
  it.each(['Test-01A', 'Test-02A', 'Test-03A'])('%s makes the dates its text lists', (name) => {
    const [calendar] = parseComponents(corpusText(`rrule/calconnect-recurrence/${name}.ics`));
    const prose = corpusText(`rrule/calconnect-recurrence/${name}.expected.txt`);
    const expected = [...prose.matchAll(/(\d\d)\/(\d\d)\/(\d\d)\s+(\d{4})-(\d{4})/g)].map(
      ([, month, day, year, start, end]) => `20${year}${month}${day}T${start}/${end}`,
    );
    const newYork = ianaZone('America/New_York');
    const local = (at: Parameters<NonNullable<typeof newYork>['toLocal']>[0]): string =>
      newYork ? formatDateValue(newYork.toLocal(at)) : '';
    const got = calendar
      ? instancesOf(calendar, undefined).instances.map(
          ({ start, end }) => `${local(start).slice(0, 13)}/${local(end).slice(9, 13)}`,
        )
      : [];
    expect(expected.length).toBeGreaterThan(2);
    expect(got).toEqual(expected.slice(-got.length));
    expect(got.length).toBeGreaterThan(2);
  });
});

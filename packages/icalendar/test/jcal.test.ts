import { describe, expect, it } from 'vitest';
import { makeComponent, properties } from '../src/component.ts';
import { formatCalendar } from '../src/format.ts';
import { formatJcal, type JcalProperty, parseJcal, parseJcalComponent } from '../src/jcal.ts';
import { parseCalendar, parseComponents } from '../src/parse.ts';
import { calendarOf, codeOf, lines } from './support/calendars.ts';
import { corpusJson, corpusText, hasCorpus } from './support/corpus.ts';

const jcalOf = (line: string): JcalProperty | undefined => formatJcal(parseCalendar(calendarOf(line)))[1][2];
const textOf = (jcal: unknown): string | undefined => {
  const [line] = properties(parseJcalComponent(['vevent', [jcal], []]));
  const text = formatCalendar(makeComponent('X', line ? [line] : []));
  const [, written] = text.replaceAll('\r\n ', '').split('\r\n');
  return written;
};

describe('jCal', () => {
  it.each<readonly [string, JcalProperty]>([
    ['SUMMARY:Meeting\\, with Fred\\nand more', ['summary', {}, 'text', 'Meeting, with Fred\nand more']],
    ['CATEGORIES:Meetings,Work\\, hard', ['categories', {}, 'text', 'Meetings', 'Work, hard']],
    ['GEO:37.386013;-122.082932', ['geo', {}, 'float', [37.386013, -122.082932]]],
    ['REQUEST-STATUS:2.0;Success', ['request-status', {}, 'text', ['2.0', 'Success']]],
    [
      'DTSTART;TZID=Europe/Berlin:20121017T120000',
      ['dtstart', { tzid: 'Europe/Berlin' }, 'date-time', '2012-10-17T12:00:00'],
    ],
    ['DTSTART;VALUE=DATE:20110517', ['dtstart', {}, 'date', '2011-05-17']],
    ['DTSTAMP:20121017T120000Z', ['dtstamp', {}, 'date-time', '2012-10-17T12:00:00Z']],
    [
      'EXDATE:20120901T130000,20120905T130000',
      ['exdate', {}, 'date-time', '2012-09-01T13:00:00', '2012-09-05T13:00:00'],
    ],
    ['DURATION:P1D', ['duration', {}, 'duration', 'P1D']],
    ['TRIGGER;VALUE=DATE-TIME:20121017T120000Z', ['trigger', {}, 'date-time', '2012-10-17T12:00:00Z']],
    ['PERCENT-COMPLETE:42', ['percent-complete', {}, 'integer', 42]],
    ['X-NON-SMOKING;VALUE=BOOLEAN:TRUE', ['x-non-smoking', {}, 'boolean', true]],
    ['TZOFFSETFROM:-0500', ['tzoffsetfrom', {}, 'utc-offset', '-05:00']],
    ['X-TIME;VALUE=TIME:123000', ['x-time', {}, 'time', '12:30:00']],
    [
      'FREEBUSY;FBTYPE=FREE:19970308T160000Z/P1D',
      ['freebusy', { fbtype: 'FREE' }, 'period', ['1997-03-08T16:00:00Z', 'P1D']],
    ],
    [
      'RRULE:FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1;UNTIL=20131001',
      ['rrule', {}, 'recur', { freq: 'MONTHLY', interval: 2, bymonthday: [1, 15, -1], until: '2013-10-01' }],
    ],
    [
      'ATTENDEE;DELEGATED-TO="mailto:a@example.org","mailto:b@example.org":mailto:j@example.org',
      [
        'attendee',
        { 'delegated-to': ['mailto:a@example.org', 'mailto:b@example.org'] },
        'cal-address',
        'mailto:j@example.org',
      ],
    ],
    ['ATTACH;VALUE=BINARY:SGVsbG8=', ['attach', {}, 'binary', 'SGVsbG8=']],
    ['X-COMPLAINT-DEADLINE:20110512T120000Z', ['x-complaint-deadline', {}, 'unknown', '20110512T120000Z']],
    [
      'X-A;X-P=";hidden=value";FOO=baz:real\\,value',
      ['x-a', { 'x-p': ';hidden=value', foo: 'baz' }, 'unknown', 'real\\,value'],
    ],
    ['REFRESH-INTERVAL;VALUE=DURATION:P1W', ['refresh-interval', {}, 'duration', 'P1W']],
  ])('is written and read: %s', (line, jcal) => {
    expect(jcalOf(line)).toEqual(jcal);
    expect(jcalOf(textOf(jcal) ?? '')).toEqual(jcal);
  });

  it('keeps what is not of its type, untouched', () => {
    expect(jcalOf('DTSTART:someday')).toEqual(['dtstart', {}, 'unknown', 'someday']);
    expect(textOf(['dtstart', {}, 'unknown', 'someday'])).toBe('DTSTART:someday');
    expect(jcalOf('RRULE:FREQ=SOMETIMES')).toEqual(['rrule', {}, 'unknown', 'FREQ=SOMETIMES']);
  });

  it('says the type only where it is not the usual one', () => {
    expect(textOf(['dtstart', {}, 'date', '2026-01-05'])).toBe('DTSTART;VALUE=DATE:20260105');
    expect(textOf(['x-a', {}, 'text', 'a,b'])).toBe('X-A;VALUE=TEXT:a\\,b');
    expect(textOf(['summary', {}, 'text', 'a,b'])).toBe('SUMMARY:a\\,b');
  });

  it('joins a parameter that stands twice', () => {
    expect(jcalOf('X-A;P=1;P=2:v')).toEqual(['x-a', { p: ['1', '2'] }, 'unknown', 'v']);
  });

  it('reads a message as the same tree as text', () => {
    const text = calendarOf(
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:a\\nb',
      'BEGIN:VALARM',
      'END:VALARM',
      'END:VEVENT',
    );
    expect(formatCalendar(parseJcal(JSON.stringify(formatJcal(parseCalendar(text)))))).toBe(text);
  });

  it.each<readonly [string, unknown, string]>([
    ['no JSON', '{', 'invalid-jcal'],
    ['no list', '{}', 'invalid-jcal'],
    ['a list of two', ['vcalendar', []], 'invalid-jcal'],
    ['another component', ['vevent', [], []], 'not-a-calendar'],
    ['a property of two', ['vcalendar', [['a', {}]], []], 'invalid-jcal'],
    ['a name that is none', ['vcalendar', [['a:b', {}, 'text', '1']], []], 'invalid-jcal'],
    [
      'a property that would end the component',
      ['vcalendar', [['end', {}, 'unknown', 'VCALENDAR']], []],
      'invalid-jcal',
    ],
    ['a line end in a URI', ['vcalendar', [['url', {}, 'uri', 'a\r\nEND:VCALENDAR']], []], 'invalid-jcal'],
    ['a line end in an unknown value', ['vcalendar', [['x-a', {}, 'unknown', 'a\nb']], []], 'invalid-jcal'],
    ['a line end in a rule', ['vcalendar', [['rrule', {}, 'recur', { freq: 'DAILY\r\nX:1' }]], []], 'invalid-jcal'],
    ['a date that is none', ['vcalendar', [['dtstart', {}, 'date', '2026-02-30']], []], 'invalid-jcal'],
    ['a number for a text', ['vcalendar', [['dtstart', {}, 'date', 5]], []], 'invalid-jcal'],
    ['an object for a text', ['vcalendar', [['summary', {}, 'text', {}]], []], 'invalid-jcal'],
    ['a list too deep', ['vcalendar', [['geo', {}, 'float', [[[1]]]]], []], 'invalid-jcal'],
    [
      'two values where one belongs',
      ['vcalendar', [['dtstart', {}, 'date', '2026-01-01', '2026-01-02']], []],
      'invalid-jcal',
    ],
    ['a parameter that is no text', ['vcalendar', [['a', { p: 1 }, 'text', '1']], []], 'invalid-jcal'],
    ['a parameter VALUE', ['vcalendar', [['a', { value: 'date' }, 'text', '1']], []], 'invalid-jcal'],
    ['parameters in a list', ['vcalendar', [['a', [], 'text', '1']], []], 'invalid-jcal'],
    ['a type that is none', ['vcalendar', [['a', {}, 'x;y', '1']], []], 'invalid-jcal'],
    ['half a million brackets', '['.repeat(500_000), 'invalid-jcal'],
    ['a megabyte too many', `["vcalendar",[["x",{},"text","${'a'.repeat(2_000_000)}"]],[]]`, 'too-large'],
    ['a line too long', ['vcalendar', [['x', {}, 'text', 'a'.repeat(100_000)]], []], 'line-too-long'],
    [
      'too many parameters',
      ['vcalendar', [['x', { p: Array.from({ length: 1_000 }, () => 'a') }, 'text', 'a']], []],
      'too-many-parameters',
    ],
  ])('is refused with %s', (_, json, code) => {
    expect(codeOf(() => parseJcal(json))).toBe(code);
  });

  it('is refused when it is too deep or too wide', () => {
    let deep: unknown = ['a', [], []];
    for (let level = 0; level < 100_000; level++) deep = ['a', [], [deep]];
    expect(codeOf(() => parseJcal(deep))).toBe('too-deep');
    const many = ['vcalendar', Array.from({ length: 60_000 }, () => ['a', {}, 'text', '1']), []];
    expect(codeOf(() => parseJcal(many))).toBe('too-many-properties');
  });

  it('can have parameters of any name without harm', () => {
    const [, , , value] = formatJcal(parseCalendar(calendarOf('X-A;__PROTO__=1:v')))[1][2] ?? [];
    expect(value).toBe('v');
  });
});

interface Pair {
  readonly ics: string;
  readonly jcal: string;
}

describe.skipIf(!hasCorpus)('the jCal of the corpus (skipped: no corpus here)', () => {
  /** The library they were made with turns these into false and 0; here they stay what they were. */
  const garbage: Readonly<Record<string, JcalProperty>> = {
    'boolean.ics': ['x-maybe', {}, 'unknown', 'MAYBE'],
    'float.ics': ['x-floaty', {}, 'unknown', 'my foo!'],
    'integer.ics': ['x-not-an-integer', {}, 'unknown', 'foobar'],
  };
  const pairs = hasCorpus ? (corpusJson('jcal/ical-js/index.json') as { readonly pairs: readonly Pair[] }).pairs : [];

  it.each(pairs)('$ics is $jcal', ({ ics, jcal }) => {
    const expected = corpusJson(`jcal/ical-js/${jcal}`) as [string, JcalProperty[], unknown[]];
    const [component] = parseComponents(corpusText(`jcal/ical-js/${ics}`));
    const written = component && formatJcal(component);
    if (ics in garbage) {
      expect(written?.[1].at(-1)?.slice(1)).toEqual(garbage[ics]?.slice(1));
      expect(written?.[1].slice(0, -1)).toEqual(expected[1].slice(0, -1));
    } else {
      expect(written).toEqual(expected);
    }
  });

  it('b1 of RFC 7265 is its jCal', () => {
    const [component] = parseComponents(corpusText('jcal/rfc7265/b1.ics'));
    expect(component && formatJcal(component)).toEqual(corpusJson('jcal/rfc7265/b1.json'));
  });

  it('b2 of RFC 7265 is read; the twins say different things as printed', () => {
    const component = parseJcal(corpusText('jcal/rfc7265/b2.json'));
    const again = formatJcal(component);
    expect(again[2].map(([name]) => name)).toEqual(['vtimezone', 'vevent', 'vevent']);
    expect(lines(...formatCalendar(component).split('\r\n').slice(0, 1))).toBe('BEGIN:VCALENDAR\r\n');
  });

  const examples = hasCorpus
    ? (corpusJson('jcal/rfc7265/inline-examples.json') as readonly { section: string; jcal: unknown }[])
    : [];
  const propertyExamples = examples.filter(
    ({ jcal }) => Array.isArray(jcal) && jcal.length > 3 && typeof jcal[2] === 'string',
  );

  it.each(propertyExamples)('the example $jcal of section $section comes back', ({ jcal }) => {
    const again = formatJcal(parseJcalComponent(['x', [jcal], []]))[1][0];
    expect(again).toEqual(jcal);
  });
});

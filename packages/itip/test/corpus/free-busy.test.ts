import { formatUtc, parseCalendar, parseDateValue, utcZone } from '@isched/icalendar';
import type { EpochMs, TimeRange } from '@isched/values';
import { describe, expect } from 'vitest';
import { checkCases } from '../../../../conformance/support/corpus-cases.ts';
import {
  type BusyPeriod,
  busyPeriods,
  freeBusyRange,
  freeBusyReply,
  mergeBusy,
  readItipMessage,
} from '../../src/index.ts';
import { address, calendar } from '../support/calendar.ts';
import { corpusJson, corpusNote, corpusText, corpusThere } from '../support/corpus.ts';
import { meaning } from '../support/meaning.ts';

const at = (text: string): EpochMs => utcZone.toEpoch(parseDateValue(text));

/** FREEBUSY lines as typed periods, joined where they touch: order and grouping are free. */
function typed(lines: readonly string[], range: TimeRange): readonly string[] {
  const periods = lines.flatMap((line): readonly BusyPeriod[] => {
    const [, type = 'BUSY', values = ''] = /^FREEBUSY(?:;FBTYPE=([A-Z-]+))?:(.*)$/.exec(line) ?? [];
    return values.split(',').map((value) => {
      const [start = '', end = ''] = value.split('/');
      const hours = /^PT(\d+)H$/.exec(end);
      const until = hours ? ((at(start) + Number(hours[1]) * 3_600_000) as EpochMs) : at(end);
      return { start: at(start), end: until, type: type as BusyPeriod['type'] };
    });
  });
  return texts(mergeBusy(periods, range));
}

const texts = (periods: readonly BusyPeriod[]): readonly string[] =>
  periods.map(({ start, end, type }) => `${type} ${formatUtc(start)}/${formatUtc(end)}`);

interface SabreCase {
  readonly id: string;
  readonly calendars: readonly string[];
  readonly vavailability: string | null;
  readonly reference_timezone: string;
  readonly query: { readonly start: string; readonly end: string };
  readonly expected_freebusy: readonly string[];
}

/** What Cyrus says of each period. */
function asCyrus(periods: readonly BusyPeriod[]): unknown {
  const data = periods.map(({ start, end }) => ({
    start: new Date(start).toISOString().slice(0, 19),
    duration: `PT${(end - start) / 3_600_000}H`,
    timeZone: 'Etc/UTC',
  }));
  return { data, Data: data };
}

interface CyrusStep {
  readonly op: string;
  readonly body?: string;
  readonly path?: readonly (string | number)[];
  readonly equals?: unknown;
  readonly greater_than?: number;
}

function checkCyrus(name: string): void {
  const { steps } = corpusJson(`freebusy/cyrus/${name}.json`) as { readonly steps: readonly CyrusStep[] };
  const calendars = steps.flatMap(({ body }) => (body === undefined ? [] : [calendar(body)]));
  const always = { start: at('20000101T000000Z'), end: at('20300101T000000Z') };
  const found = asCyrus(busyPeriods(calendars, always));
  const checks = steps.flatMap((step) => (step.op === 'expect' && step.path ? [{ ...step, path: step.path }] : []));
  expect(checks.length).toBeGreaterThan(4);
  for (const { path, equals, greater_than: least } of checks) {
    const value = path.reduce<unknown>((of, key) => (of as Record<string, unknown>)[key], found);
    if (least !== undefined) expect(value, path.join('.')).toBeGreaterThan(least);
    else expect(value, path.join('.')).toBe(equals);
  }
}

/** §7.10.1: exact until 22:00Z on January 4, a subset after. */
function checkRfc4791(): void {
  const of = corpusJson('freebusy/rfc4791/case.json') as {
    calendars: readonly string[];
    expected_freebusy: readonly string[];
    query: { start: string; end: string };
  };
  const calendars = of.calendars.map((file) => parseCalendar(corpusText(`freebusy/rfc4791/${file}`)));
  const exact = { start: at(of.query.start), end: at('20060104T220000Z') };
  expect(texts(busyPeriods(calendars, exact))).toEqual(typed(of.expected_freebusy, exact));
  const printed = { start: at(of.query.start), end: at(of.query.end) };
  expect(texts(busyPeriods(calendars, printed))).toEqual([
    ...typed(of.expected_freebusy, printed),
    // the corpus's note: what the printed range holds beside
    'BUSY-UNAVAILABLE 20060105T100000Z/20060105T120000Z',
    'BUSY 20060105T170000Z/20060105T180000Z',
  ]);
}

/** B.5: an answer keeps UID, ORGANIZER and range, and names one attendee as the request does. */
function checkRfc6638(): void {
  const request = readItipMessage(parseCalendar(corpusText('freebusy/rfc6638/request.ics')));
  const expected = parseCalendar(corpusText('freebusy/rfc6638/reply-bernard.ics'));
  const busy = [
    '20090602T150000Z/20090602T160000Z',
    '20090603T090000Z/20090603T100000Z',
    '20090603T180000Z/20090603T190000Z',
  ];
  const periods = busy.map((text): BusyPeriod => {
    const [start = '', end = ''] = text.split('/');
    return { start: at(start), end: at(end), type: 'BUSY' };
  });
  const answer = freeBusyReply(request, {
    user: address('mailto:bernard@example.net'),
    periods,
    now: at('20090602T200733Z'),
  });
  expect(freeBusyRange(answer)).toEqual({ start: at('20090602T000000Z'), end: at('20090604T000000Z') });
  // one FREEBUSY with three periods, or three with one each, say the same
  const split = (text: string): readonly string[] =>
    text.split(',').flatMap((line) => line.replace(/^FREEBUSY.*?:/, ''));
  const busyOf = (of: typeof expected) =>
    meaning(of)
      .inner.flatMap(({ lines }) => lines.filter((line) => line.startsWith('FREEBUSY')))
      .flatMap(split);
  expect(busyOf(answer.calendar)).toEqual(busyOf(expected));
  expect(meaning(answer.calendar, ['FREEBUSY'])).toEqual(meaning(expected, ['FREEBUSY']));
}

describe.skipIf(!corpusThere)(`busy time of public suites${corpusNote}`, () => {
  const sabre = corpusThere
    ? (corpusJson('freebusy/sabre-vobject/FreeBusyGeneratorTest.json') as { cases: readonly SabreCase[] }).cases
    : [];
  const named = sabre.map((each) => [each.id, each] as const);
  checkCases('freebusy/sabre-vobject', named, (each) => {
    const range = { start: at(each.query.start), end: at(each.query.end) };
    const periods = busyPeriods(each.calendars.map(calendar), range, {
      defaultZone: each.reference_timezone,
      availability: each.vavailability === null ? [] : [calendar(each.vavailability)],
    });
    expect(texts(periods)).toEqual(typed(each.expected_freebusy, range));
  });

  checkCases(
    'freebusy, others',
    [
      ['rfc4791', checkRfc4791],
      ['cyrus/freebusy_overrides', () => checkCyrus('freebusy_overrides')],
      ['cyrus/recurring_freebusy', () => checkCyrus('recurring_freebusy')],
      ['rfc6638', checkRfc6638],
    ],
    (check) => check(),
  );
});

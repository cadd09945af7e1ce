import { formatUtc, parseCalendar, parseDateValue, utcZone } from '@isched/icalendar';
import type { EpochMs, TimeRange } from '@isched/values';
import { describe, expect, it } from 'vitest';
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

describe.skipIf(!corpusThere)(`busy time of public suites${corpusNote}`, () => {
  const sabre = corpusThere
    ? (corpusJson('freebusy/sabre-vobject/FreeBusyGeneratorTest.json') as { cases: readonly SabreCase[] }).cases
    : [];
  it.each(sabre.map((each) => [each.id, each] as const))('sabre/vobject %s', (_, each) => {
    const range = { start: at(each.query.start), end: at(each.query.end) };
    const periods = busyPeriods(each.calendars.map(calendar), range, {
      defaultZone: each.reference_timezone,
      availability: each.vavailability === null ? [] : [calendar(each.vavailability)],
    });
    expect(texts(periods)).toEqual(typed(each.expected_freebusy, range));
  });

  it('RFC 4791 §7.10.1: exact until 22:00Z on January 4, a subset after', () => {
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
  });

  it('Cyrus freebusy_overrides: instances without a series count', () => {
    const { steps } = corpusJson('freebusy/cyrus/freebusy_overrides.json') as { steps: readonly { body?: string }[] };
    const of = calendar(steps[0]?.body ?? '');
    const range = { start: at('20230101T000000Z'), end: at('20240102T000000Z') };
    expect(texts(busyPeriods([of], range))).toEqual([
      'BUSY 20230101T160000Z/20230101T170000Z',
      'BUSY 20231231T160000Z/20231231T180000Z',
    ]);
  });

  it('Cyrus recurring_freebusy: a zoned series with an exception and a moved instance', () => {
    const { steps } = corpusJson('freebusy/cyrus/recurring_freebusy.json') as { steps: readonly { body?: string }[] };
    const of = calendar(steps[0]?.body ?? '');
    const periods = busyPeriods([of], { start: at('20160801T000000Z'), end: at('20171001T000000Z') });
    expect(periods.length).toBeGreaterThan(50);
    expect(texts(periods).slice(0, 3)).toEqual([
      'BUSY 20160831T053000Z/20160831T083000Z',
      'BUSY 20160914T063000Z/20160914T083000Z',
      'BUSY 20160921T053000Z/20160921T083000Z',
    ]);
  });

  it('RFC 6638 B.5: an answer keeps UID, ORGANIZER and range, and names one attendee as the request does', () => {
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
  });
});

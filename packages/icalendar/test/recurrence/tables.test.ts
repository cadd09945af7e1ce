import { describe, expect, it } from 'vitest';
import { uniqueNames } from '../../../../conformance/support/corpus-cases.ts';
import { corpusCollection } from '../../../../conformance/support/corpus-list.ts';
import { formatDateValue, parseDateValue, secondsOf } from '../../src/date-time.ts';
import { ICalendarError } from '../../src/errors.ts';
import { parseCalendar } from '../../src/parse.ts';
import { instancesOf } from '../../src/recurrence/instances-of.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import { calendarOf } from '../support/calendars.ts';
import { corpusJson, hasCorpus } from '../support/corpus.ts';

interface Case {
  readonly name: string;
  readonly id?: string;
  readonly dtstart: string;
  readonly tzid?: string | null;
  readonly rrule?: string;
  readonly rrules?: readonly string[];
  readonly exdates?: readonly string[];
  readonly instances?: readonly string[];
  readonly complete?: boolean;
  readonly error?: string;
  readonly start_at?: string;
  readonly fast_forward?: string;
  readonly agreement?: string;
}

const tables = [
  'dateutil/test_rrule',
  'ical-js/recur_iterator_test',
  'ical-net/RecurrenceTestCases',
  'libical/icalrecur_test',
  'libical/icalrecur_test_rscale',
  'rfc5545/rfc5545-3.8.5.3',
  'rfc7529/rfc7529-4.3',
  'sabre-vobject/RRuleIteratorTest',
] as const;

function calendarTextOf(test: Case, rrule: string): string {
  const dateParameter = test.dtstart.length === 8 ? ';VALUE=DATE' : '';
  const zone = test.tzid ? `;TZID=${test.tzid}` : '';
  return calendarOf(
    'BEGIN:VEVENT',
    'UID:1',
    `DTSTART${dateParameter}${zone}:${test.dtstart}`,
    `RRULE:${rrule}`,
    ...(test.exdates ?? []).map((date) => `EXDATE${zone}:${date}`),
    'END:VEVENT',
  );
}

/** The starts on the series' own wall clock, or the code of a refusal. */
function expandCase(test: Case, rrule: string): readonly string[] | string {
  const wanted = test.instances?.length ?? 0;
  const from = test.start_at ?? test.fast_forward;
  const start = from === undefined ? Number.NEGATIVE_INFINITY : secondsOf(parseDateValue(from));
  try {
    const calendar = parseCalendar(calendarTextOf(test, rrule));
    const maxInstances = from === undefined ? wanted + 5 : 10_000;
    const { instances } = instancesOf(calendar, undefined, { maxInstances, maxWork: 2_000_000 });
    const zone = ianaZone(test.tzid ?? 'UTC');
    return instances
      .map((one) => (one.recurrenceId.kind === 'date' || !zone ? one.recurrenceId : zone.toLocal(one.start)))
      .filter((value) => secondsOf(value) >= start)
      .map(formatDateValue);
  } catch (error) {
    if (error instanceof ICalendarError) return error.code;
    throw error;
  }
}

function agrees(test: Case, rrule: string): boolean {
  const got = expandCase(test, rrule);
  const expected = test.instances?.map((text) => text.replace('Z', ''));
  if (typeof got === 'string') return expected === undefined || expected.length === 0;
  if (expected === undefined) return false;
  const same = (ours: readonly string[]): boolean =>
    (test.complete === false ? ours.slice(0, expected.length) : ours.slice(0, expected.length + 1)).join() ===
    expected.join();
  // Tables that leave out a DTSTART off the rule count their COUNT from the next: one more is to be made.
  const dtstart = test.dtstart.replace('Z', '');
  if (same(got) || expected.includes(dtstart) || got[0] !== dtstart) return same(got);
  const more = expandCase(
    test,
    rrule.replace(/COUNT=(\d+)/, (_, count: string) => `COUNT=${Number(count) + 1}`),
  );
  return typeof more !== 'string' && same(more.slice(1));
}

/** The cases of a table that we see otherwise are those that the list names, with its reasons. */
function checkTable<T extends { readonly name: string }>(
  table: string,
  cases: readonly T[],
  differs: (each: T) => boolean,
): void {
  const { cases: total, notPassed } = corpusCollection(`rrule/${table}`);
  const different = uniqueNames(cases).flatMap(([id, each]) => (differs(each) ? [id] : []));
  expect(different.toSorted()).toEqual(notPassed.map((each) => each.case).toSorted());
  expect(cases.length).toBe(total);
}

// A table that leaves DTSTART out when the rule misses it is no difference: here it is always there (RFC 5545 §3.8.5.3).
describe.skipIf(!hasCorpus)('tables of rules and instances (skipped: no corpus here)', () => {
  it.each(tables)('%s', (table) => {
    const { cases } = corpusJson(`rrule/${table}.json`) as { readonly cases: readonly Case[] };
    checkTable(table, cases, (test) => !(test.rrules ?? [test.rrule ?? '']).every((rrule) => agrees(test, rrule)));
  });

  it('libical/recur-counts', () => {
    const { cases } = corpusJson('rrule/libical/recur-counts.json') as {
      readonly cases: readonly (Case & { readonly expected_count: number })[];
    };
    checkTable('libical/recur-counts', cases, (test) => {
      const instances = Array.from({ length: test.expected_count + 5 }, () => '');
      return expandCase({ ...test, instances }, test.rrule ?? '').length !== test.expected_count;
    });
  });
});

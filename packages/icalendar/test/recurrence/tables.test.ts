import { describe, expect, it } from 'vitest';
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

/**
 * Where we differ from a table, and why. `start`: the table leaves DTSTART out when the rule misses it, we always have
 * it (RFC 5545 §3.8.5.3). Everything that is not named here agrees.
 */
const differences: Readonly<Record<string, string>> = {
  'ical-net COUNT is correct with duplicate BYMONTHDAY values':
    'BYMONTHDAY of a YEARLY rule holds in every month, as in dateutil',
  'libical yearly, by last and -29th of Feb': 'BYMONTHDAY of a YEARLY rule holds in every month, as in dateutil',
  'ical-net Evaluation until year 10000 should fail': 'rules end with the year 9999',
  "ical-net Due to the size of the interval we'll cause a DateTime overflow.": 'rules end with the year 9999',
  "ical-net Due to the size of the interval, this time with freq=WEEKLY we'll cause a DateTime overflow.":
    'rules end with the year 9999',
  'ical-net The 3rd recurrence is on 10000-01-02, which exceeds the limit.': 'rules end with the year 9999',
  'ical-net Yearly BYWEEKNO=10 BYDAY=1MO - valid: Monday of ISO week 10 each year':
    'RFC 5545 forbids the pair; refused',
  'ical-net BYMONTHDAY with any invalid zero offset for BYDAY is ignored': '0MO is no weekday; refused',
  'ical-net BYYEARDAY with any invalid zero offset for BYDAY is ignored': '0SA is no weekday; refused',
  'ical-net Evaluation for BYWEEKNO with FREQ other than YEARLY should throw exception':
    'taken as a limit, as in dateutil',
  'ical-net Evaluation for BYYEARDAY with invalid FREQ should throw exception': 'taken as a limit, as in dateutil',
  'ical-net Evaluation for BYMONTHDAY is invalid for FREQ=WEEKLY': 'taken as a limit, as in dateutil',
  "ical-net Yearly BYMONTH=3 BYDAY=6MO - invalid: 6th Monday in March doesn't exist":
    'a rule that makes nothing is no error',
  'libical 30.12 in WEEK 1 with expansion on BYMONTH, BYMONTHDAY, BYWEEKNO':
    'not implemented there; ours is as in ical.net',
  'libical Monthly on the first Friday until December 29, 2017, starting September 15, 2017':
    'the table begins before its start_at',
  'rfc5545 Every 3 hours from 9:00 AM to 5:00 PM on a specific day': 'an erratum: UNTIL there is 13:00 in New York',
  'sabre-vobject testNegativeValidByWeekNo': 'week -20 of 2012 begins on August 13',
  'sabre-vobject testIgnoredStuff': 'the table ignores BYYEARDAY, BYWEEKNO and times',
  'sabre-vobject testYearlyByYearDayMaxNegative': 'the table takes day -366 of a short year for its last',
  'sabre-vobject testWeeklyByDayByHourOnDstTransition': 'a time in the gap is moved, not left out (RFC 5545 §3.3.5)',
};

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

describe.skipIf(!hasCorpus)('tables of rules and instances (skipped: no corpus here)', () => {
  it.each(tables)('%s', (table) => {
    const [suite] = table.split('/');
    const { cases } = corpusJson(`rrule/${table}.json`) as { readonly cases: readonly Case[] };
    const different = cases.flatMap((test) =>
      (test.rrules ?? [test.rrule ?? '']).flatMap((rrule) => (agrees(test, rrule) ? [] : [`${suite} ${test.name}`])),
    );
    expect([...new Set(different)].filter((name) => !(name in differences))).toEqual([]);
    const stale = Object.keys(differences).filter(
      (name) =>
        name.startsWith(`${suite} `) &&
        cases.some((test) => `${suite} ${test.name}` === name) &&
        !different.includes(name),
    );
    expect(stale).toEqual([]);
    expect(cases.length).toBeGreaterThan(4);
  });

  it('libical/recur-counts', () => {
    const { cases } = corpusJson('rrule/libical/recur-counts.json') as {
      readonly cases: readonly (Case & { readonly expected_count: number })[];
    };
    const wrong = cases.filter((test) => {
      const got = expandCase(
        { ...test, instances: Array.from({ length: test.expected_count + 5 }, () => '') },
        test.rrule ?? '',
      );
      return got.length !== test.expected_count;
    });
    // The first starts on a day off its rule, which counts here; the second lacks the EXRULEs it speaks of.
    expect(wrong.map(({ name }) => name.slice(0, 40))).toEqual([
      'Every other week on Monday, Wednesday an',
      'Every Day in January, except saturday an',
    ]);
  });
});

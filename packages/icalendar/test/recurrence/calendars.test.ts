import { describe, expect, it } from 'vitest';
import { type Component, makeComponent } from '../../src/component.ts';
import { ICalendarError } from '../../src/errors.ts';
import { parseComponents } from '../../src/parse.ts';
import { instancesOf } from '../../src/recurrence/instances-of.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import { zonesOf } from '../../src/zones/zones.ts';
import { instant } from '../support/calendars.ts';
import { corpusJson, corpusText, hasCorpus } from '../support/corpus.ts';

interface Expansion {
  readonly ics: string;
  readonly calendar?: number;
  readonly instances: readonly { readonly start: string; readonly end: string }[];
}

/** Whole calendars that another library expands otherwise, and why; starts are compared. All others agree. */
const differences: Readonly<Record<string, readonly string[]>> = {
  'refused as text': [
    'calendars__issue_350.ics',
    'calendars__multiple_calendar_components.ics',
    'events__issue_104_mark_events_broken.ics',
    'invalid__bhav23-2.ics',
    'ms_timezones.ics',
    'dst-transition-rules.ics',
    'fuzzing__corpus__timezone_rdate.ics',
    'calendars__broken_ical.ics',
    'calendars__issue_104_broken_calendar.ics',
    'calendars__issue_168_input.ics',
  ],
  'a date or duration that is none is refused': [
    'invalid__phpicalendar_sample.ics',
    'invalid__twinkle.ics',
    'bad_custom_ms_tz.ics',
    'multi-event-basic.ics',
    'events__issue_464_invalid_rdate.ics',
  ],
  'it looks at no VTIMEZONE, or takes an unknown name otherwise': [
    'calendars__issue_466_respect_unique_timezone.ics',
    'calendars__issue_526_calendar_with_different_events.ics',
    'calendars__issue_526_calendar_with_event_subset.ics',
    'calendars__issue_526_calendar_with_events.ics',
    'calendars__issue_722_timezone_transition_ambiguity.ics',
    'fuzzing__corpus__pacific_fiji.ics',
    'fuzzing__corpus__america_new_york.ics',
    'bad_ms_tz.ics',
    'calendars__issue_165_missing_event.ics',
  ],
  'it reads days in their TZID': [
    'valid__google_aus_holidays.ics',
    'valid__japan_west.ics',
    'sabredav-school-holidays.ics',
    'yearly-recurring-unicode.ics',
  ],
  'it counts more components, or all calendars of a stream': [
    'valid__SwedishHolidays2003-2006.ics',
    'classify-store.ics',
    'valid__incoming.ics',
    'valid__multiple_calendars.ics',
    'valid__rfc5545-sec3.6.4.ics',
    'ical__025.ics',
    'calendars__issue_156_RDATE_with_PERIOD_TZID_khal.ics',
    'calendars__issue_178_custom_component_contains_other.ics',
    'calendars__issue_27_multiple_periods_in_freebusy_multiple_freebusies.ics',
    'calendars__issue_27_multiple_periods_in_freebusy_one_freebusy.ics',
    'ical__259.ics',
  ],
  'it leaves out a DTSTART that the rule misses': ['valid__Christian32Holidays.ics'],
  'it ignores EXRULE': ['valid__friday13-NOT.ics'],
  'of a time that comes twice it takes the second': ['ical__298.ics'],
  'it moves a rule in UTC to another zone': ['valid__korganizer_sample.ics', 'biweekly-exdate-until.ics'],
  'its zones have no summer time after 2099': ['valid__BCP321928.ics', 'yearly-party.ics'],
  'thousands of instances: over our budget or number': [
    'calendars__rfc_7529.ics',
    'invalid__CalendarDataFile.ics',
    'valid__Misc.History.ics',
    'ical__226.ics',
  ],
};

/** The starts it has and we don't, or a code. */
function missing(expansion: Expansion): readonly string[] {
  const starts = expansion.instances.map(({ start }) => instant(start));
  try {
    const roots = parseComponents(corpusText(`rrule/calcard/${expansion.ics}`));
    const calendar = calendarOf(roots, expansion.calendar ?? 0);
    const { instances, complete } = instancesOf(calendar, undefined, {
      zones: zonesOf(calendar, { fallback: ianaZone('Pacific/Auckland') }),
      defaultZone: 'Pacific/Auckland',
      maxInstances: 5_000,
      range: {
        start: instant(new Date(Math.min(...starts)).toISOString()),
        end: instant(new Date(Math.max(...starts) + 1).toISOString()),
      },
    });
    const ours = new Set(instances.map(({ start }) => start));
    const theirs = new Set(starts);
    // It stops at about a hundred of each component.
    const extra = complete && starts.length < 100 ? [...ours].filter((start) => !theirs.has(start)) : [];
    return [...starts.filter((start) => !ours.has(start)), ...extra].map(String);
  } catch (error) {
    if (error instanceof ICalendarError) return [error.code];
    throw error;
  }
}

function calendarOf(roots: readonly Component[], index: number): Component {
  const root = roots[index];
  return root?.name === 'VCALENDAR' ? root : makeComponent('VCALENDAR', roots);
}

describe.skipIf(!hasCorpus)('expansions of whole calendars (skipped: no corpus here)', () => {
  it('agree with another library, but for what is listed', () => {
    const { cases } = corpusJson('rrule/calcard/expansions.json') as {
      readonly cases: Readonly<Record<string, Expansion>>;
    };
    const all = Object.values(cases).filter(({ instances }) => instances.length > 0);
    const different = all
      .filter((expansion) => missing(expansion).length > 0)
      .map(({ ics }) => ics.split('/').at(-1) ?? '');
    expect([...new Set(different)].toSorted()).toEqual([...new Set(Object.values(differences).flat())].toSorted());
    expect(all.length).toBeGreaterThan(150);
  });
});

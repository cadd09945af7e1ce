import {
  expand,
  formatCalendar,
  makeComponent,
  makeProperty,
  parseRecurrenceRule,
  readRecurrenceSet,
  timeZoneComponent,
  zonesOf,
} from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import ICAL from 'ical.js';
import { type Benchmark, measure, rateRatio, type Row } from './harness.ts';

const zone = 'Europe/Berlin';
const start = '20260105T093000';
const range = { start: epochMs(Date.UTC(2026, 0, 1)), end: epochMs(Date.UTC(2028, 0, 1)) };

/** Weekly meetings as people have them; each turn expands every one of them. */
const rules = ['FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=MO,WE,FR', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU'];

/** The instances of weekly rules in a zone with daylight saving, two years of them, in UTC; rule text in. */
export const recurrence: Benchmark = {
  name: 'recurrence',
  about: `a weekly rule in ${zone}, text to two years of UTC times, against ical.js`,
  async run() {
    const ours = createExpansion();
    const theirs = createIcalExpansion();
    for (const rule of rules) assertSame(rule, ours(rule), theirs(rule));
    const rows = await measure([
      { name: 'expand', work: () => rules.map(ours) },
      { name: 'ical.js', work: () => rules.map(theirs) },
    ]);
    return {
      name: 'recurrence',
      rows: rows.map(perRule),
      ratios: { 'expand/ical.js': rateRatio(rows, 'expand', 'ical.js') },
    };
  },
};

type Expand = (rule: string) => readonly EpochMs[];

function createExpansion(): Expand {
  const zones = zonesOf(undefined);
  const event = makeComponent('VEVENT', [
    makeProperty('UID', 'bench'),
    makeProperty('DTSTART', start, { TZID: zone }),
    makeProperty('DURATION', 'PT1H'),
  ]);
  const series = readRecurrenceSet([event]);
  return (rule) => {
    const { instances } = expand({ ...series, rules: [parseRecurrenceRule(rule)] }, { range, zones });
    return instances.map((instance) => instance.start);
  };
}

function createIcalExpansion(): Expand {
  const definition = timeZoneComponent(zone);
  if (!definition) throw new TypeError(`no definition of ${zone}`);
  const text = formatCalendar(makeComponent('VCALENDAR', [makeProperty('VERSION', '2.0'), definition]));
  const component = new ICAL.Component(ICAL.parse(text) as unknown[]).getFirstSubcomponent('vtimezone');
  const timezone = new ICAL.Timezone(component as ICAL.Component);
  const first = ICAL.Time.fromDateTimeString('2026-01-05T09:30:00');
  first.zone = timezone;
  return (rule) => {
    const iterator = ICAL.Recur.fromString(rule).iterator(first);
    const found: EpochMs[] = [];
    for (let next = iterator.next(); next; next = iterator.next()) {
      const at = next.toUnixTime() * 1000;
      if (at >= range.end) break;
      found.push(epochMs(at));
    }
    return found;
  };
}

/** @throws TypeError when the two disagree: then there is nothing to compare. */
function assertSame(rule: string, ours: readonly EpochMs[], theirs: readonly EpochMs[]): void {
  if (ours.length < 10 || ours.join() !== theirs.join()) throw new TypeError(`not the same instances of ${rule}`);
}

function perRule(row: Row): Row {
  const count = rules.length;
  return { ...row, opsPerSecond: row.opsPerSecond * count, p50Ms: row.p50Ms / count, p99Ms: row.p99Ms / count };
}

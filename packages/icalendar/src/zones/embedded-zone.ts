import type { EpochMs } from '@isched/values';
import { civilDate, dayNumber, secondsOfDay } from '../civil.ts';
import { type Component, properties, propertyValue, subcomponents } from '../component.ts';
import { parseDateValue, readDates, secondsOf } from '../date-time.ts';
import { ICalendarError, quoted } from '../errors.ts';
import { type Budget, spend } from '../recurrence/budget.ts';
import { instancesOfRule } from '../recurrence/instances-of-rule.ts';
import { parseRecurrenceRule, type RecurrenceRule } from '../recurrence/rule.ts';
import {
  createOffsetTable,
  type OffsetChange,
  type OffsetTable,
  offsetAtEpoch,
  offsetAtLocal,
} from './offset-table.ts';
import { createTimeZone, type TimeZone } from './time-zone.ts';

/** One STANDARD or DAYLIGHT: from its onsets on, the clock is `to` seconds ahead of UTC. */
interface Observance {
  /** The first onset, on the wall clock before it. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly rule: RecurrenceRule | undefined;
  /** More onsets, on the wall clock before them. */
  readonly dates: readonly number[];
}

const maxObservances = 400;
// A yearly rule from 1601 to 9999 has 8,400 onsets.
const maxWork = 40_000;
const maxOffsetSeconds = secondsOfDay;

/** A zone that a calendar object defines. */
export interface EmbeddedZone extends TimeZone {
  /** The first onset: before it the definition says next to nothing. */
  readonly definedFrom: EpochMs;
}

/**
 * Makes a zone of a VTIMEZONE. Its onsets are worked out only for the years that are asked for.
 *
 * @throws ICalendarError `invalid-zone` when the definition can't be read.
 * @see RFC 5545 §3.6.5.
 */
export function embeddedZone(definition: Component): EmbeddedZone {
  const id = propertyValue(definition, 'TZID') ?? '';
  const observances = readObservances(definition, id);
  let known: { readonly lastYear: number; readonly table: OffsetTable } | undefined;
  const tableFor = (seconds: number): OffsetTable => {
    const year = civilDate(Math.floor(seconds / secondsOfDay)).year;
    if (known === undefined || year >= known.lastYear) known = makeTable(observances, horizon(year));
    return known.table;
  };
  const zone = createTimeZone(
    { id },
    {
      offsetAtEpoch: (seconds) => offsetAtEpoch(tableFor(seconds), seconds),
      offsetAtLocal: (seconds) => offsetAtLocal(tableFor(seconds), seconds),
    },
  );
  const definedFrom = (Math.min(...observances.map(({ start, from }) => start - from)) * 1000) as EpochMs;
  return { ...zone, definedFrom };
}

/** Far enough that the next calls need no new table. */
function horizon(year: number): number {
  return Math.min(10_000, Math.max(2_040, year + 20));
}

function makeTable(observances: readonly Observance[], lastYear: number) {
  const budget: Budget = { left: maxWork };
  const end = dayNumber(lastYear + 1, 1, 1) * secondsOfDay;
  const changes = observances.flatMap((observance) => onsets(observance, end, budget));
  changes.sort((one, other) => one.at - other.at);
  const first = observances.toSorted((one, other) => one.start - other.start)[0] as Observance;
  return { lastYear, table: createOffsetTable(first.from, changes) };
}

function onsets(observance: Observance, end: number, budget: Budget): OffsetChange[] {
  const { start, from, to, rule, dates } = observance;
  const changes: OffsetChange[] = [start, ...dates].map((local) => ({ at: local - from, offset: to }));
  if (rule === undefined) return changes;
  try {
    const { until } = rule;
    const isUtc = until?.kind === 'date-time' && until.utc;
    const last = until === undefined ? end : secondsOf(until) + (isUtc ? from : 0);
    for (const local of instancesOfRule(rule, { start, from: start, to: Math.min(last, end), budget })) {
      spend(budget);
      changes.push({ at: local - from, offset: to });
    }
  } catch (cause) {
    throw new ICalendarError('invalid-zone', 'the rules of a time zone need too much work', { cause });
  }
  return changes;
}

function readObservances(definition: Component, id: string): readonly Observance[] {
  const components = [...subcomponents(definition, 'STANDARD'), ...subcomponents(definition, 'DAYLIGHT')];
  if (components.length === 0 || components.length > maxObservances) {
    throw new ICalendarError('invalid-zone', `${components.length} observances in time zone ${quoted(id)}`);
  }
  try {
    return components.map(readObservance);
  } catch (cause) {
    throw new ICalendarError('invalid-zone', `time zone ${quoted(id)} can't be read`, { cause });
  }
}

function readObservance(component: Component): Observance {
  const rule = propertyValue(component, 'RRULE');
  return {
    start: secondsOf(parseDateValue(required(component, 'DTSTART'))),
    from: parseOffset(required(component, 'TZOFFSETFROM')),
    to: parseOffset(required(component, 'TZOFFSETTO')),
    rule: rule === undefined ? undefined : parseRecurrenceRule(rule),
    dates: properties(component, 'RDATE')
      .flatMap(readDates)
      .map(({ value }) => secondsOf(value.kind === 'period' ? value.start : value)),
  };
}

function required(component: Component, name: string): string {
  const value = propertyValue(component, name);
  if (value === undefined) throw new ICalendarError('invalid-zone', `${component.name} without ${name}`);
  return value.trim();
}

/** @see RFC 5545 §3.3.14. */
function parseOffset(text: string): number {
  const match = /^([+-])(\d\d)(\d\d)(\d\d)?$/.exec(text);
  const size = match && Number(match[2]) * 3_600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  if (match === null || size === null || size >= maxOffsetSeconds || Number(match[3]) > 59) {
    throw new ICalendarError('invalid-zone', `not an offset: ${quoted(text)}`);
  }
  return match[1] === '-' ? -size : size;
}

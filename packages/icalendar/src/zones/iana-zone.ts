import { civilDate, dayNumber, isLeapYear, secondsOfDay, weekdayOf } from '../civil.ts';
import {
  createOffsetTable,
  type OffsetChange,
  type OffsetTable,
  offsetAtEpoch,
  offsetAtLocal,
} from './offset-table.ts';
import { createTimeZone, type TimeZone } from './time-zone.ts';

/**
 * The zones of the IANA database, as the machine's ICU knows them. ICU is slow to ask (microseconds), so the changes
 * of each year are found once and kept. What is kept here says the same for everyone and is bounded; it is the one
 * memory this package has (docs/decisions/0020).
 */
interface IanaMemory {
  /** By name in lower case; names nobody knows are not kept. */
  readonly zones: Map<string, TimeZone>;
  /** By ICU's name, so that aliases share. */
  readonly years: Map<string, Map<number, OffsetTable>>;
  readonly formats: Map<string, Intl.DateTimeFormat>;
  tables: number;
}

const maxNameLength = 64;
const maxTables = 20_000;
const maxFormats = 32;

const memory: IanaMemory = { zones: new Map(), years: new Map(), formats: new Map(), tables: 0 };

const namePattern = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/;

/**
 * A zone of the IANA database, aliases included, in any case.
 *
 * @returns undefined when there is no zone of that name.
 * @throws nothing.
 */
export function ianaZone(name: string): TimeZone | undefined {
  if (name.length > maxNameLength) return undefined;
  const key = name.toLowerCase();
  const known = memory.zones.get(key);
  if (known !== undefined || !namePattern.test(name)) return known;
  const zone = openZone(name);
  if (zone !== undefined) memory.zones.set(key, zone);
  return zone;
}

function openZone(name: string): TimeZone | undefined {
  const canonical = canonicalName(name);
  if (canonical === undefined) return undefined;
  const ianaName = canonical.toLowerCase() === name.toLowerCase() ? canonical : name;
  return createTimeZone(
    { id: ianaName, ianaName },
    {
      offsetAtEpoch: (seconds) => offsetAtEpoch(tableOfYear(canonical, yearOf(seconds)), seconds),
      offsetAtLocal: (seconds) => offsetAtLocal(tableOfYear(canonical, yearOf(seconds)), seconds),
    },
  );
}

function canonicalName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function yearOf(seconds: number): number {
  return civilDate(Math.floor(seconds / secondsOfDay)).year;
}

/** The changes of one year, with some days before and after, so that it holds for UTC and for every wall clock. */
function tableOfYear(zone: string, year: number): OffsetTable {
  const known = memory.years.get(zone)?.get(year);
  if (known !== undefined) return known;
  const table = makeTable(zone, year);
  if (memory.tables >= maxTables) {
    memory.years.clear();
    memory.tables = 0;
  }
  const years = memory.years.get(zone) ?? new Map<number, OffsetTable>();
  memory.years.set(zone, years.set(year, table));
  memory.tables++;
  return table;
}

// Before the first, clocks showed the sun's time; after the last of the others, each year is as one with the same days.
const firstYear = 1830;
const firstRepeatedYear = 2104;
const repeatedYears = 28;

function makeTable(zone: string, year: number): OffsetTable {
  if (year < firstYear) return createOffsetTable(tableOfYear(zone, firstYear).offsets[0] as number, []);
  if (year < firstRepeatedYear + repeatedYears) return findChanges(zone, year);
  const same = yearWithSameDays(year);
  const shift = (dayNumber(year, 1, 1) - dayNumber(same, 1, 1)) * secondsOfDay;
  const { changes, localChanges, offsets } = tableOfYear(zone, same);
  return { changes: changes.map((at) => at + shift), localChanges: localChanges.map((at) => at + shift), offsets };
}

function yearWithSameDays(year: number): number {
  let same = firstRepeatedYear;
  while (
    isLeapYear(same) !== isLeapYear(year) ||
    weekdayOf(dayNumber(same, 1, 1)) !== weekdayOf(dayNumber(year, 1, 1))
  ) {
    same++;
  }
  return same;
}

const marginSeconds = 2 * secondsOfDay;
// No zone has kept an offset for less than a week and gone back.
const probeSeconds = 7 * secondsOfDay;

function findChanges(zone: string, year: number): OffsetTable {
  const format = formatOf(zone);
  const offset = (seconds: number): number => readOffset(format, seconds);
  const start = dayNumber(year, 1, 1) * secondsOfDay - marginSeconds;
  const end = dayNumber(year + 1, 1, 1) * secondsOfDay + marginSeconds;
  const before = offset(start);
  const changes: OffsetChange[] = [];
  let known = { at: start, offset: before };
  while (known.at < end) {
    const at = Math.min(known.at + probeSeconds, end);
    const next = { at, offset: offset(at) };
    if (next.offset !== known.offset) changes.push(bisect(offset, known, next));
    known = next;
  }
  return createOffsetTable(before, changes);
}

/** The first second of the new offset. */
function bisect(offset: (seconds: number) => number, from: OffsetChange, to: OffsetChange): OffsetChange {
  let low = from.at;
  let high = to.at;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === to.offset) high = middle;
    else low = middle;
  }
  return { at: high, offset: to.offset };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = memory.formats.get(zone);
  if (known !== undefined) return known;
  if (memory.formats.size >= maxFormats) memory.formats.clear(); // each holds much memory in ICU
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  memory.formats.set(zone, format);
  return format;
}

/** ICU writes `1/1/1970, GMT+01:00`, with seconds only where there are some, and `GMT` for none. */
function readOffset(format: Intl.DateTimeFormat, seconds: number): number {
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(seconds * 1000));
  if (match === null) return 0;
  const size = Number(match[2]) * 3_600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -size : size;
}

import type { EpochMs } from '@isched/values';
import { secondsOfDay } from '../civil.ts';
import { type DateValue, type Period, secondsOf } from '../date-time.ts';
import { exactSeconds, nominalDays } from '../duration.ts';
import { ICalendarError } from '../errors.ts';
import type { ZonedValue } from '../zones/zones.ts';
import type { Budget } from './budget.ts';
import { endOf, type LocalWindow, type SeriesClock } from './clock.ts';
import { instancesOfRule } from './instances-of-rule.ts';
import type { RecurrenceRule } from './rule.ts';
import type { RecurrenceSet } from './series.ts';
import { isSubDaily } from './sub-daily.ts';

/** Where an instance starts: on the series' wall clock and in time. */
export interface SeriesStart {
  readonly local: number;
  readonly epoch: EpochMs;
  /** Only where an RDATE says so. */
  readonly end?: EpochMs | undefined;
}

/** What limits one expansion. */
export interface StartsOptions {
  readonly window: LocalWindow;
  readonly budget: Budget;
}

/**
 * The starts of a series in a window, ascending on the wall clock, repeats included: DTSTART, what the rules make, and
 * the RDATEs. DTSTART is the first instance in any case, and the first of those that COUNT counts.
 *
 * @throws ICalendarError `recurrence-too-complex`, `unsupported-recurrence`, `invalid-recurrence`, `unknown-zone`.
 * @see RFC 5545 §3.3.10 ("always counts as the first occurrence"), §3.8.5.2, §3.8.5.3.
 */
export function* seriesStarts(
  series: RecurrenceSet,
  clock: SeriesClock,
  options: StartsOptions,
): Generator<SeriesStart, void, void> {
  const sources = series.rules.map((rule) => ruleStarts(rule, clock, options));
  const explicit = explicitStarts(series, clock, options.window);
  if (sources.length === 0) yield* explicit;
  else if (sources.length === 1 && explicit.length === 0) yield* sources[0] as Iterable<SeriesStart>;
  else yield* mergeStarts([...sources, explicit[Symbol.iterator]()]);
}

/** DTSTART, unless it comes before the window, and the RDATEs. */
function explicitStarts(series: RecurrenceSet, clock: SeriesClock, window: LocalWindow): readonly SeriesStart[] {
  const starts: SeriesStart[] = series.dates.map((date) => explicitStart(date, clock));
  starts.push({ local: clock.start, epoch: clock.zone.epochOfLocal(clock.start) });
  return starts
    .filter(({ local }) => local >= window.from && local <= window.to)
    .sort((one, other) => one.local - other.local);
}

function explicitStart({ value, tzid }: ZonedValue<DateValue | Period>, clock: SeriesClock): SeriesStart {
  const start = { value: value.kind === 'period' ? value.start : value, tzid };
  const local = clock.localOf(start);
  const epoch = clock.isAllDay ? clock.zone.epochOfLocal(local) : clock.epochOf(start);
  if (value.kind !== 'period') return { local, epoch };
  const { end } = value;
  if (end.kind !== 'duration') return { local, epoch, end: clock.epochOf({ value: end, tzid }) };
  const length = { days: nominalDays(end), seconds: exactSeconds(end) };
  return { local, epoch, end: endOf({ local, epoch, zone: clock.zone }, length) };
}

/**
 * What one rule makes in a window.
 *
 * @throws ICalendarError as `seriesStarts`.
 */
export function* ruleStarts(
  given: RecurrenceRule,
  clock: SeriesClock,
  { window, budget }: StartsOptions,
): Generator<SeriesStart, void, void> {
  const rule = adjusted(given, clock, budget);
  if (rule === undefined) return;
  const until = untilOf(rule, clock);
  const bounds = { start: clock.start, from: window.from, to: Math.min(window.to, until.local), budget };
  for (const local of instancesOfRule(rule, bounds)) {
    const epoch = clock.zone.epochOfLocal(local);
    if (epoch <= until.epoch) yield { local, epoch };
  }
}

/** The rule as it applies to this start: times of day mean nothing for days, and DTSTART is counted. */
function adjusted(given: RecurrenceRule, clock: SeriesClock, budget: Budget): RecurrenceRule | undefined {
  if (clock.isAllDay && isSubDaily(given)) {
    throw new ICalendarError('invalid-recurrence', `a day can't recur ${given.frequency.toLowerCase()}`);
  }
  const rule = clock.isAllDay ? { ...given, byHour: [], byMinute: [], bySecond: [] } : given;
  if (rule.count === undefined || makesStart(rule, clock, budget)) return rule;
  return rule.count === 1 ? undefined : { ...rule, count: rule.count - 1 };
}

function makesStart(rule: RecurrenceRule, { start }: SeriesClock, budget: Budget): boolean {
  const first = instancesOfRule(rule, { start, from: start, to: start, budget }).next();
  return first.done !== true;
}

interface Until {
  /** No instance is later on the wall clock … */
  readonly local: number;
  /** … nor in time. */
  readonly epoch: number;
}

const infinity = Number.POSITIVE_INFINITY;
// The wall clock of a UTC time may be repeated.
const ambiguitySeconds = 3 * 3_600;

/** A day as UNTIL of a time means the whole day. */
function untilOf({ until }: RecurrenceRule, { zone, isAllDay }: SeriesClock): Until {
  if (until === undefined) return { local: infinity, epoch: infinity };
  const seconds = secondsOf(until);
  if (until.kind === 'date' || isAllDay) {
    return { local: (Math.floor(seconds / secondsOfDay) + 1) * secondsOfDay - 1, epoch: infinity };
  }
  if (!until.utc) return { local: seconds, epoch: infinity };
  const epoch = (seconds * 1000) as EpochMs;
  return { local: zone.localOfEpoch(epoch) + ambiguitySeconds, epoch };
}

/** Merges ascending sources. There are few, so the least is simply looked for. */
function* mergeStarts(sources: readonly Iterator<SeriesStart>[]): Generator<SeriesStart, void, void> {
  const heads = sources.map((source) => ({ source, head: source.next() }));
  for (;;) {
    let least: (typeof heads)[number] | undefined;
    for (const candidate of heads) {
      if (candidate.head.done === true) continue;
      if (least === undefined || candidate.head.value.local < least.head.value.local) least = candidate;
    }
    if (least === undefined) return;
    yield least.head.value;
    least.head = least.source.next();
  }
}

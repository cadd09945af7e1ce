import type { TimeRange } from '@isched/values';
import { type TimeZone, utcZone } from '../zones/time-zone.ts';
import type { Zones } from '../zones/zones.ts';
import { type Budget, defaultWork, spend } from './budget.ts';
import { createClock, type SeriesClock, type ZoneContext } from './clock.ts';
import { createExclusions } from './exclusions.ts';
import type { Instance } from './instance.ts';
import { createOverrides, type SeriesOverrides } from './overrides.ts';
import type { RecurrenceSet } from './series.ts';
import { type SeriesStart, seriesStarts } from './starts.ts';

export interface ExpandOptions {
  /** Instances that touch it are wanted; absent: all from the first on. */
  readonly range?: TimeRange | undefined;
  readonly zones: Zones;
  /** For floating times and days; default: UTC. */
  readonly defaultZone?: TimeZone | string | undefined;
  /** Default 1,000. */
  readonly maxInstances?: number | undefined;
  /** Units of work before the expansion is given up, see `Budget`; default 200,000: some ten milliseconds. */
  readonly maxWork?: number | undefined;
}

export interface Expansion {
  /** In order of their start; at most `maxInstances`. */
  readonly instances: readonly Instance[];
  /** Whether these are all that the range has. */
  readonly complete: boolean;
}

/** How many instances are answered when nothing else is said. */
export const defaultMaxInstances = 1_000;

/**
 * Expands a series: DTSTART, rules and RDATEs, without EXDATEs, overrides in their place. An override whose instance
 * the rules don't make counts too.
 *
 * @throws ICalendarError `recurrence-too-complex` when it would take too much work, `unsupported-recurrence`,
 * `unknown-zone`.
 * @see RFC 5545 §3.8.5; docs/decisions/0022.
 */
export function expand(series: RecurrenceSet, options: ExpandOptions): Expansion {
  return expandWithin(series, options, { left: options.maxWork ?? defaultWork });
}

/** As `expand`, with a budget that several expansions share. @throws ICalendarError as `expand`. */
export function expandWithin(series: RecurrenceSet, options: ExpandOptions, budget: Budget): Expansion {
  const max = options.maxInstances ?? defaultMaxInstances;
  const context: ZoneContext = {
    zones: options.zones,
    defaultZone: options.zones.floating(options.defaultZone ?? utcZone),
  };
  const clock = createClock(series, context);
  const overrides = createOverrides(series, clock, context);
  const found: Instance[] = [];
  const add = (instance: Instance): boolean => {
    if (touches(instance, options.range)) found.push(instance);
    return found.length <= max;
  };
  if (clock !== undefined) collect({ series, clock, overrides, budget, range: options.range, add });
  for (const instance of overrides.instances) add(instance);
  found.sort((one, other) => one.start - other.start || one.end - other.end);
  return { instances: found.slice(0, max), complete: found.length <= max };
}

interface Collection {
  readonly series: RecurrenceSet;
  readonly clock: SeriesClock;
  readonly overrides: SeriesOverrides;
  readonly budget: Budget;
  readonly range: TimeRange | undefined;
  /** Answers whether more are wanted. */
  readonly add: (instance: Instance) => boolean;
}

/** Goes through the instances without a component of their own. */
function collect({ series, clock, overrides, budget, range, add }: Collection): void {
  const options = { window: clock.window(range, overrides.reachSeconds), budget };
  const excluded = createExclusions(series, clock, options);
  let last: number | undefined;
  for (const start of seriesStarts(series, clock, options)) {
    spend(budget);
    if (start.epoch === last || excluded(start)) continue;
    last = start.epoch;
    if (overrides.isOverridden(start)) continue;
    const instance = instanceAt(start, clock);
    if (!add(overrides.movedBy(start, instance) ?? instance)) return;
  }
}

function instanceAt(start: SeriesStart, clock: SeriesClock): Instance {
  return {
    start: start.epoch,
    end: start.end ?? clock.endOf(start.local, start.epoch),
    recurrenceId: clock.recurrenceId(start.local, start.epoch),
    component: clock.component,
    overridden: false,
  };
}

/** An instance without length touches the range in which it lies. */
function touches({ start, end }: Instance, range: TimeRange | undefined): boolean {
  if (range === undefined) return true;
  return start < range.end && (end > range.start || (start === end && start >= range.start));
}

import type { EpochMs } from '@isched/values';
import { secondsOfDay } from '../civil.ts';
import { secondsOf } from '../date-time.ts';
import type { TimeZone } from '../zones/time-zone.ts';
import { epochOf, zoneOfValue } from '../zones/zones.ts';
import { endOf, type Length, lengthOf, type SeriesClock, type ZoneContext } from './clock.ts';
import type { Instance } from './instance.ts';
import type { Override, RecurrenceSet } from './series.ts';
import type { SeriesStart } from './starts.ts';

/** The instances of a series that have a component of their own. */
export interface SeriesOverrides {
  isOverridden(start: SeriesStart): boolean;
  /** The instance as an earlier RANGE=THISANDFUTURE override moved and changed it; undefined: as the master says. */
  movedBy(start: SeriesStart, original: Instance): Instance | undefined;
  /** The overrides themselves. Some calendars write an EXDATE for each: that takes away the original only. */
  readonly instances: readonly Instance[];
  /** How far an override of several instances moves them, and how long they last, in seconds. */
  readonly reachSeconds: number;
}

/** An override, its times worked out. */
interface PlacedOverride {
  readonly override: Override;
  /** Its RECURRENCE-ID. */
  readonly original: SeriesStart;
  /** Where it starts, on the wall clock of its own DTSTART. */
  readonly local: number;
  readonly zone: TimeZone;
  readonly start: EpochMs;
  readonly length: Length;
}

/**
 * Works out the overrides of a series. Where two have the same RECURRENCE-ID, the later in the text counts.
 *
 * @param clock - the series' clock; undefined when there is no master.
 * @throws ICalendarError `unknown-zone`.
 * @see RFC 5545 §3.8.4.4.
 */
export function createOverrides(
  series: RecurrenceSet,
  clock: SeriesClock | undefined,
  context: ZoneContext,
): SeriesOverrides {
  const placed = new Map<string, PlacedOverride>();
  for (const override of series.overrides) {
    const one = place(override, clock, context);
    const isDay = clock?.isAllDay === false && override.recurrenceId.value.kind === 'date';
    placed.set(isDay ? dayKey(one.original) : instantKey(one.original), one);
  }
  const all = [...placed.values()];
  const ranges = all
    .filter(({ override }) => override.thisAndFuture)
    .sort((one, other) => one.original.local - other.original.local);
  return {
    reachSeconds: Math.max(0, ...ranges.map(reachOf)),
    isOverridden: (start) => placed.size > 0 && (placed.has(instantKey(start)) || placed.has(dayKey(start))),
    movedBy(start, original) {
      const range = ranges.findLast((one) => one.original.local <= start.local);
      return range && move(range, start, original);
    },
    instances: all.map(instanceOf),
  };
}

function place(
  override: Override,
  clock: SeriesClock | undefined,
  { zones, defaultZone }: ZoneContext,
): PlacedOverride {
  const epoch = epochOf(override.recurrenceId, zones, defaultZone);
  const local = clock === undefined ? secondsOf(override.recurrenceId.value) : clock.localOf(override.recurrenceId);
  const zone = zoneOfValue(override.start, zones, defaultZone);
  return {
    override,
    original: { local, epoch: clock?.isAllDay ? clock.zone.epochOfLocal(local) : epoch },
    local: secondsOf(override.start.value),
    zone,
    start: zone.toEpoch(override.start.value),
    length: lengthOf(override, (date) => epochOf(date, zones, defaultZone)),
  };
}

function instanceOf({ override, local, zone, start, length }: PlacedOverride): Instance {
  return {
    start,
    end: endOf({ local, epoch: start, zone }, length),
    recurrenceId: override.recurrenceId.value,
    component: override.component,
    overridden: true,
  };
}

/** As far from the override as the original is from the override's original, on the wall clock. */
function move(range: PlacedOverride, start: SeriesStart, original: Instance): Instance {
  const local = range.local + start.local - range.original.local;
  const epoch = range.zone.epochOfLocal(local);
  return {
    start: epoch,
    end: endOf({ local, epoch, zone: range.zone }, range.length),
    recurrenceId: original.recurrenceId,
    component: range.override.component,
    overridden: true,
  };
}

function reachOf({ original, start, length }: PlacedOverride): number {
  return Math.abs(start - original.epoch) / 1000 + length.days * secondsOfDay + length.seconds;
}

function instantKey({ epoch }: SeriesStart): string {
  return String(epoch);
}

function dayKey({ local }: SeriesStart): string {
  return `day ${Math.floor(local / secondsOfDay)}`;
}

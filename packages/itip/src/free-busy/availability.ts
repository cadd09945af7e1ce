import {
  type Component,
  epochOf,
  exactSeconds,
  expand,
  nominalDays,
  parseDuration,
  properties,
  property,
  propertyValue,
  readDateValue,
  readRecurrenceSet,
  subcomponents,
  type TimeZone,
  utcZone,
  type Zones,
  zonesOf,
} from '@isched/icalendar';
import { type EpochMs, epochMs, type TimeRange } from '@isched/values';
import type { BusyPeriod, BusyType } from './busy-period.ts';

interface AvailabilityOptions {
  readonly defaultZone?: TimeZone | string | undefined;
  readonly maxInstances?: number | undefined;
}

/** A stretch of time as the availabilities so far paint it. */
interface Stretch extends TimeRange {
  readonly type: BusyType | 'FREE';
}

const msOfDay = 86_400_000;
/** One and below none: 1 is the highest, and no priority is the lowest. */
const lowestPriority = 10;

/**
 * The time in which a person can't be had, by their availability: what a VAVAILABILITY covers is busy but for what it
 * calls AVAILABLE; where several cover the same time, the one of higher priority counts.
 *
 * @param calendar - a VCALENDAR with VAVAILABILITYs.
 * @returns in order, not overlapping.
 * @throws ICalendarError when a date or rule can't be worked out.
 * @see RFC 7953 §3.1, §4.
 */
export function unavailablePeriods(
  calendar: Component,
  range: TimeRange,
  options: AvailabilityOptions = {},
): readonly BusyPeriod[] {
  const zones = zonesOf(calendar, { fallback: utcZone });
  const lowestFirst = subcomponents(calendar, 'VAVAILABILITY').toSorted(
    (one, other) => priority(other) - priority(one),
  );
  const frame: Frame = {
    range,
    zones,
    zone: zones.floating(options.defaultZone ?? utcZone),
    maxInstances: options.maxInstances ?? 1000,
  };
  let painted: readonly Stretch[] = [];
  for (const component of lowestFirst) {
    for (const stretch of stretchesOf(component, frame)) painted = paint(painted, stretch);
  }
  return painted.flatMap(({ start, end, type }) => (type === 'FREE' ? [] : [{ start, end, type }]));
}

function priority(component: Component): number {
  const value = Number(propertyValue(component, 'PRIORITY') ?? 0);
  return Number.isInteger(value) && value > 0 && value < lowestPriority ? value : lowestPriority;
}

/** What is looked at, and how local times are read. */
interface Frame {
  readonly range: TimeRange;
  readonly zones: Zones;
  readonly zone: TimeZone;
  readonly maxInstances: number;
}

/** First the whole as busy, then what is available. */
function stretchesOf(component: Component, frame: Frame): readonly Stretch[] {
  const { zones, zone, maxInstances } = frame;
  const whole = clip(boundsOf(component, frame), frame.range);
  if (!whole) return [];
  const available = byUid(subcomponents(component, 'AVAILABLE')).flatMap((components) => {
    const set = readRecurrenceSet(components);
    const { instances } = expand(set, { range: whole, zones, defaultZone: zone, maxInstances });
    return instances.flatMap((instance) => clip(instance, whole) ?? []);
  });
  return [
    { ...whole, type: busyType(component) },
    ...available.map(({ start, end }): Stretch => ({ start, end, type: 'FREE' })),
  ];
}

function boundsOf(component: Component, { range, zones, zone }: Frame): TimeRange {
  const [start, end] = ['DTSTART', 'DTEND'].map((name) => {
    const line = property(component, name);
    return line && epochOf(readDateValue(line), zones, zone);
  });
  const duration = propertyValue(component, 'DURATION');
  return { start: start ?? range.start, end: end ?? later(start, duration) ?? range.end };
}

function later(start: EpochMs | undefined, text: string | undefined): EpochMs | undefined {
  if (start === undefined || text === undefined) return undefined;
  const duration = parseDuration(text.trim());
  return epochMs(start + nominalDays(duration) * msOfDay + exactSeconds(duration) * 1000);
}

function busyType(component: Component): BusyType {
  const type = propertyValue(component, 'BUSYTYPE')?.trim().toUpperCase();
  return type === 'BUSY' || type === 'BUSY-TENTATIVE' ? type : 'BUSY-UNAVAILABLE';
}

function byUid(components: readonly Component[]): readonly (readonly Component[])[] {
  const groups = Map.groupBy(components, (component) => propertyValue(component, 'UID') ?? component);
  return [...groups.values()].filter((group) =>
    group.every((component) => properties(component, 'DTSTART').length > 0),
  );
}

function clip(period: TimeRange, range: TimeRange): TimeRange | undefined {
  const start = Math.max(period.start, range.start) as EpochMs;
  const end = Math.min(period.end, range.end) as EpochMs;
  return start < end ? { start, end } : undefined;
}

/** The stretches with one laid over them. */
function paint(under: readonly Stretch[], over: Stretch): readonly Stretch[] {
  const rest = under.flatMap((stretch): readonly Stretch[] => {
    if (stretch.end <= over.start || stretch.start >= over.end) return [stretch];
    const before = { ...stretch, end: over.start };
    const after = { ...stretch, start: over.end };
    return [before, after].filter(({ start, end }) => start < end);
  });
  return [...rest, over].toSorted((one, other) => one.start - other.start);
}

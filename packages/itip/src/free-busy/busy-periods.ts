import {
  type CalAddress,
  type Component,
  exactSeconds,
  expand,
  ICalendarError,
  type Instance,
  nominalDays,
  type Property,
  parameter,
  properties,
  propertyValue,
  readDates,
  readRecurrenceSet,
  recurringComponents,
  subcomponents,
  type TimeZone,
  utcZone,
  type Zones,
  zonesOf,
} from '@isched/icalendar';
import { epochMs, type TimeRange } from '@isched/values';
import { type Addresses, addressesOf, attendeeLine, organizerKey, participationOf } from '../attendee.ts';
import { unavailablePeriods } from './availability.ts';
import { type BusyPeriod, type BusyType, mergeBusy } from './busy-period.ts';

/** Whose busy time, and how much work it may be. */
export interface BusyOptions {
  /** Their answers count; absent: entries count as they stand. */
  readonly user?: CalAddress | undefined;
  readonly aliases?: readonly CalAddress[] | undefined;
  /** For floating times and days; default UTC. */
  readonly defaultZone?: TimeZone | string | undefined;
  /** VCALENDARs with VAVAILABILITY: when the person can be had at all. */
  readonly availability?: readonly Component[] | undefined;
  /** For one object; default 1,000. With more of them the time is not worked out. */
  readonly maxInstances?: number | undefined;
}

/**
 * The busy time of a person's calendars. What is transparent, cancelled, declined or handed on doesn't count; what is
 * tentative or not answered yet is BUSY-TENTATIVE.
 *
 * @param calendars - VCALENDARs, each with any number of objects.
 * @param range - from, to.
 * @returns sorted, merged, clipped to the range; no two overlap.
 * @throws ICalendarError `recurrence-too-complex`, `invalid-recurrence`, `invalid-date` … for an object that can't be worked out.
 * @see RFC 4791 §7.10; RFC 5546 §3.3; RFC 7953.
 */
export function busyPeriods(
  calendars: readonly Component[],
  range: TimeRange,
  options: BusyOptions = {},
): readonly BusyPeriod[] {
  const user = options.user && addressesOf(options.user, options.aliases);
  const busy = calendars.flatMap((calendar) => busyOf(calendar, { ...options, range, person: user }));
  const away = (options.availability ?? []).flatMap((calendar) => unavailablePeriods(calendar, range, options));
  return mergeBusy([...busy, ...away], range);
}

/** Whose busy time in which range. */
interface Search extends BusyOptions {
  readonly range: TimeRange;
  readonly person: Addresses | undefined;
}

function busyOf(calendar: Component, search: Search): readonly BusyPeriod[] {
  const told = subcomponents(calendar, 'VFREEBUSY').flatMap((component) => toldBusy(component));
  const zones = zonesOf(calendar, { fallback: utcZone });
  const own = recurringComponents(calendar)
    .filter(([first]) => first?.name === 'VEVENT') // only events take time
    .flatMap((components) => instancesIn(components, search, zones))
    .flatMap(({ start, end, component }): readonly BusyPeriod[] => {
      const type = start < end ? busyTypeOf(component, search.person) : undefined;
      return type === undefined ? [] : [{ start, end, type }];
    });
  return [...own, ...told];
}

function instancesIn(components: readonly Component[], search: Search, zones: Zones): readonly Instance[] {
  const maxInstances = search.maxInstances ?? 1000;
  const { instances, complete } = expand(readRecurrenceSet(components), {
    range: search.range,
    zones,
    defaultZone: search.defaultZone ?? utcZone,
    maxInstances,
  });
  if (!complete) throw new ICalendarError('recurrence-too-complex', `more than ${maxInstances} instances`);
  return instances;
}

/**
 * How busy an event makes a person; undefined: not at all.
 *
 * @throws nothing.
 */
export function busyTypeOf(event: Component, user: Addresses | undefined): BusyType | undefined {
  const status = propertyValue(event, 'STATUS')?.trim().toUpperCase();
  if (status === 'CANCELLED') return undefined;
  if (propertyValue(event, 'TRANSP')?.trim().toUpperCase() === 'TRANSPARENT') return undefined;
  const plain: BusyType = status === 'TENTATIVE' ? 'BUSY-TENTATIVE' : 'BUSY';
  const line = user && attendeeLine(event, user);
  if (!user || !line) return plain;
  switch (participationOf(line)) {
    case 'DECLINED':
    case 'DELEGATED':
      return undefined;
    case 'TENTATIVE':
      return 'BUSY-TENTATIVE';
    case 'NEEDS-ACTION':
      return user.has(organizerKey(event) ?? '') ? plain : 'BUSY-TENTATIVE';
    default:
      return plain;
  }
}

/** Busy time that somebody wrote down as such. @see RFC 4791 §7.10. */
function toldBusy(component: Component): readonly BusyPeriod[] {
  return properties(component, 'FREEBUSY').flatMap((line) => {
    const type = (parameter(line, 'FBTYPE') ?? 'BUSY').toUpperCase();
    if (type === 'FREE') return [];
    const known: BusyType = type === 'BUSY-TENTATIVE' || type === 'BUSY-UNAVAILABLE' ? type : 'BUSY';
    return periodsIn(line).map((period) => ({ ...period, type: known }));
  });
}

const msOfDay = 86_400_000;

function periodsIn(line: Property): readonly TimeRange[] {
  return readDates(line).flatMap(({ value }) => {
    if (value.kind !== 'period') return [];
    const start = utcZone.toEpoch(value.start);
    if (value.end.kind !== 'duration') return [{ start, end: utcZone.toEpoch(value.end) }];
    return [{ start, end: epochMs(start + nominalDays(value.end) * msOfDay + exactSeconds(value.end) * 1000) }];
  });
}

import {
  type Component,
  ICalendarError,
  type Instance,
  ianaZone,
  instancesOf,
  properties,
  subcomponents,
  utcZone,
  zonesOf,
} from '@isched/icalendar';
import { type BusyType, busyTypeOf, mergeBusy } from '@isched/itip';
import { type EpochMs, epochMs, type TimeRange } from '@isched/values';
import { allTime, type BusyPeriod, type BusyTimes } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';

/** Whose time, and how much work it may be. */
export interface BusyTimesOptions {
  /** Where a series is worked out. What does not recur is known for all time. */
  readonly horizon: TimeRange;
  /** Instances of one object. */
  readonly maxInstances: number;
  /** Units of work for one object; default: icalendar's. */
  readonly maxWork?: number | undefined;
}

type Owner = Pick<CalendarUser, 'addressKeys' | 'timeZone'>;

/**
 * When an object takes its owner's time. What can't be worked out takes none, for it never will be.
 *
 * @param calendar - a VCALENDAR of one object.
 * @throws nothing that a stored object could cause.
 * @see iSchedule digest §6.
 */
export type BusyTimesOf = (calendar: Component, owner: Owner) => BusyTimes;

/** Makes a reckoner that works a series out once for many owners: the recipients of one message mostly keep one text. */
export function createBusyTimes(options: BusyTimesOptions): BusyTimesOf {
  let last: { readonly events: readonly Component[]; readonly timeZone: string; readonly worked: Worked } | undefined;
  return (calendar, { addressKeys, timeZone }) => {
    const events = subcomponents(calendar, 'VEVENT');
    if (!last || last.timeZone !== timeZone || !sameMembers(last.events, events)) {
      last = { events, timeZone, worked: workOut(calendar, timeZone, options) };
    }
    const { instances, covers } = last.worked;
    return { periods: mergeBusy(periodsOf(instances, new Set(addressKeys)), covers), covers };
  };
}

interface Worked {
  readonly instances: readonly Instance[];
  readonly covers: TimeRange;
}

/** The years that iCalendar can write. */
const writableTime: TimeRange = { start: epochMs(-62_135_596_800_000), end: epochMs(253_402_300_800_000) };

function workOut(calendar: Component, timeZone: string, { horizon, maxInstances, maxWork }: BusyTimesOptions): Worked {
  const events = subcomponents(calendar, 'VEVENT');
  const recurs = events.some((event) => properties(event, 'RRULE').length + properties(event, 'RDATE').length > 0);
  try {
    const { instances, complete } = instancesOf({ ...calendar, children: events }, undefined, {
      range: recurs ? horizon : writableTime,
      zones: zonesOf(calendar, { fallback: utcZone }),
      defaultZone: ianaZone(timeZone) ?? utcZone,
      maxInstances,
      ...(maxWork === undefined ? {} : { maxWork }),
    });
    if (!recurs) return { instances, covers: allTime };
    return { instances, covers: complete ? horizon : { ...horizon, end: startOfLast(instances, horizon) } };
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return { instances: [], covers: allTime };
  }
}

/** Where not all fit, the last one found may not be the only one at its time. */
function startOfLast(instances: readonly Instance[], horizon: TimeRange): EpochMs {
  return instances.at(-1)?.start ?? horizon.start;
}

function periodsOf(instances: readonly Instance[], owner: ReadonlySet<string>): readonly BusyPeriod[] {
  const types = new Map<Component, BusyType | undefined>();
  return instances.flatMap(({ start, end, component }) => {
    if (!types.has(component)) types.set(component, busyTypeOf(component, owner));
    const type = types.get(component);
    return type === undefined || start >= end ? [] : [{ start, end, type }];
  });
}

function sameMembers(one: readonly Component[], other: readonly Component[]): boolean {
  return one.length === other.length && one.every((component, index) => component === other[index]);
}

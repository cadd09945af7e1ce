import {
  type Component,
  ICalendarError,
  type Instance,
  instancesOf,
  type Property,
  property,
  utcZone,
  zonesOf,
} from '@isched/icalendar';
import type { TimeRange } from '@isched/values';
import { type BusyPeriod, mergeBusy } from '../free-busy/busy-period.ts';
import { wallClockMs } from '../wall-clock.ts';
import { momentOf, readDate, type ZonedCalendar, zoned } from '../zoned.ts';
import { type AutoScheduleOptions, bookingRange } from './options.ts';
import type { Question } from './verdict.ts';

/** What is known about a room's time. */
export interface Room {
  /** What a component of the entry asks of it. */
  readonly question: (component: Component) => Question;
  /** Whether an instance was not there before. */
  readonly isNew: (instance: Instance) => boolean;
}

/** More than eight a day for a year are not worked out: a room promises nothing to such a series. */
const maxInstances = 3000;

/**
 * Works out when an entry needs the room, at the first need.
 *
 * @param calendar - the room's copy.
 * @throws nothing that the copy could cause.
 */
export function lookUp(calendar: Component, options: AutoScheduleOptions): Room {
  const range = bookingRange(options);
  const needed = once(() => instancesIn(calendar, options));
  const before = once(() => new Set(options.before && instancesIn(options.before, options)?.map(startOf)));
  const taken = once(() => takenBy(mergeBusy(options.busy, range)));
  return {
    question: (component) => ({
      mode: options.mode,
      instances: () => needed()?.filter((instance) => instance.component === component),
      beyond: () => startsAfter(property(component, 'DTSTART'), zoned(calendar), range.end),
      taken: (wanted) => taken()(wanted),
      maxExceptions: options.maxExceptions ?? 10,
    }),
    isNew: (instance) => options.before !== undefined && !before().has(instance.start),
  };
}

function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | undefined;
  return () => (done ??= { value: work() }).value;
}

function startOf({ start }: Instance): number {
  return start;
}

function instancesIn(calendar: Component, options: AutoScheduleOptions): readonly Instance[] | undefined {
  const events = calendar.children.filter((child) => child.kind === 'component' && child.name === 'VEVENT');
  try {
    const { instances, complete } = instancesOf({ ...calendar, children: events }, undefined, {
      range: bookingRange(options),
      zones: zonesOf(calendar, { fallback: utcZone }),
      defaultZone: options.defaultZone ?? utcZone,
      maxInstances,
    });
    return complete ? instances : undefined;
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

/** Says whether a component begins after the time for which the room can be booked. */
function startsAfter(start: Property | undefined, within: ZonedCalendar, end: number): boolean {
  const moment = start && momentOf(start, within);
  if (!start || !moment) return false;
  if (moment.kind === 'instant') return moment.at >= end;
  const value = readDate(moment.text);
  return value !== undefined && wallClockMs(value) >= end;
}

/** Makes a test for times at which a room is taken. */
function takenBy(periods: readonly BusyPeriod[]): (wanted: TimeRange) => boolean {
  return ({ start, end }) => {
    const next = periods[firstEndingAfter(periods, start)];
    return next !== undefined && next.start < end;
  };
}

function firstEndingAfter(periods: readonly TimeRange[], moment: number): number {
  let [low, high] = [0, periods.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((periods[middle] as TimeRange).end > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}

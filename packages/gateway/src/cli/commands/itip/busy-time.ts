import {
  type CalAddress,
  type Component,
  formatUtc,
  ICalendarError,
  makeComponent,
  makeProperty,
  propertyValue,
  recurringComponents,
  subcomponents,
  withChildren,
} from '@isched/icalendar';
import {
  type BusyOptions,
  type BusyPeriod,
  busyPeriods,
  busyProperties,
  defaultProductId,
  freeBusyPublication,
  mergeBusy,
} from '@isched/itip';
import { systemRandom } from '@isched/runtime';
import type { EpochMs, TimeRange } from '@isched/values';

export interface BusyTime {
  readonly periods: readonly BusyPeriod[];
  /** What could not be worked out. */
  readonly unknown: readonly { readonly what: string; readonly why: string }[];
}

/** More than the work that one calendar may be allows: nothing is cut off in silence. */
const maxInstances = 1_000_000;

/**
 * The busy time of whole calendars; objects that can't be worked out are left out and named.
 *
 * @returns sorted, merged, clipped.
 * @throws nothing.
 */
export function busyTimeOf(calendars: readonly Component[], range: TimeRange, owner: BusyOptions): BusyTime {
  const found = calendars.map((calendar) => {
    const whole = busyOf(calendar, range, owner);
    return whole.unknown.length === 0 ? whole : busyOfEach(calendar, range, owner);
  });
  return {
    periods: mergeBusy(
      found.flatMap(({ periods }) => periods),
      range,
    ),
    unknown: found.flatMap(({ unknown }) => unknown),
  };
}

/** Piece by piece, so that one bad object takes no other with it. */
function busyOfEach(calendar: Component, range: TimeRange, owner: BusyOptions): BusyTime {
  const zones = subcomponents(calendar, 'VTIMEZONE');
  const told = ['VFREEBUSY', 'VAVAILABILITY'].flatMap((name) => subcomponents(calendar, name)).map((one) => [one]);
  const found = [...recurringComponents(calendar), ...told].map((object) =>
    busyOf(withChildren(calendar, [...zones, ...object]), range, owner),
  );
  return {
    periods: found.flatMap(({ periods }) => periods),
    unknown: found.flatMap(({ unknown }) => unknown),
  };
}

function busyOf(calendar: Component, range: TimeRange, owner: BusyOptions): BusyTime {
  const availability = subcomponents(calendar, 'VAVAILABILITY').length > 0 ? [calendar] : [];
  try {
    return { periods: busyPeriods([calendar], range, { ...owner, availability, maxInstances }), unknown: [] };
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return { periods: [], unknown: [{ what: nameOf(calendar), why: error.message }] };
  }
}

function nameOf(calendar: Component): string {
  const object = subcomponents(calendar).find(({ name }) => name !== 'VTIMEZONE');
  return `${object?.name ?? calendar.name} ${object ? (propertyValue(object, 'UID') ?? 'without UID') : ''}`.trim();
}

/** Busy time to be written down. */
export interface BusyNote {
  readonly periods: readonly BusyPeriod[];
  readonly range: TimeRange;
  /** Absent: nobody's in particular. */
  readonly user: CalAddress | undefined;
  readonly now: EpochMs;
}

/**
 * Busy time as a VCALENDAR: of a person as METHOD:PUBLISH, else as the answer to a calendar query is.
 *
 * @throws nothing.
 * @see RFC 5546 §3.3.1; RFC 4791 §7.10.
 */
export function busyCalendar({ periods, range, user, now }: BusyNote): Component {
  const uid = systemRandom.token();
  if (user !== undefined) return freeBusyPublication({ uid, user, range, periods, now }).calendar;
  const component = makeComponent('VFREEBUSY', [
    makeProperty('UID', uid),
    makeProperty('DTSTAMP', formatUtc(now)),
    makeProperty('DTSTART', formatUtc(range.start)),
    makeProperty('DTEND', formatUtc(range.end)),
    ...busyProperties(periods),
  ]);
  return makeComponent('VCALENDAR', [
    makeProperty('VERSION', '2.0'),
    makeProperty('PRODID', defaultProductId),
    component,
  ]);
}

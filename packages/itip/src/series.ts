import { type Component, type Property, parameter, property, propertyValue } from '@isched/icalendar';
import { type Moment, momentKey, momentOf, type ZonedCalendar } from './zoned.ts';

/** One component of a scheduling object, and where it stands in its calendar. */
export interface Member {
  readonly component: Component;
  /** Its place among the calendar's children. */
  readonly at: number;
  /** Absent: the series itself, or the only component there is. */
  readonly recurrenceId?: Property | undefined;
}

/** A scheduling object taken apart: the series and its changed instances. */
export interface Series {
  readonly zoned: ZonedCalendar;
  /** The component without RECURRENCE-ID. */
  readonly master?: Member | undefined;
  readonly overrides: readonly Member[];
}

/**
 * Takes a scheduling object apart.
 *
 * @param within - its calendar.
 * @param type - VEVENT, VTODO or VJOURNAL.
 * @param uid - only components with this UID; absent: any.
 * @throws nothing.
 */
export function seriesOf(within: ZonedCalendar, type: string, uid?: string): Series {
  let master: Member | undefined;
  const overrides: Member[] = [];
  within.calendar.children.forEach((child, at) => {
    if (child.kind !== 'component' || child.name !== type) return;
    if (uid !== undefined && propertyValue(child, 'UID')?.trim() !== uid) return;
    const recurrenceId = property(child, 'RECURRENCE-ID');
    if (recurrenceId) overrides.push({ component: child, at, recurrenceId });
    else master ??= { component: child, at };
  });
  return { zoned: within, master, overrides };
}

/** The series first, then its instances. @throws nothing. */
export function membersOf(series: Series): readonly Member[] {
  return series.master ? [series.master, ...series.overrides] : series.overrides;
}

/** Says whether two RECURRENCE-IDs are written alike, so that no time zone has to be asked. @throws nothing. */
function writtenAlike(left: Property, right: Property): boolean {
  return left.value.trim() === right.value.trim() && parameter(left, 'TZID') === parameter(right, 'TZID');
}

/**
 * The changed instance that a RECURRENCE-ID names, whether it is written in UTC or in a zone.
 *
 * @param wanted - the RECURRENCE-ID.
 * @param of - the calendar it stands in, which knows its zones.
 * @throws nothing.
 */
export function findOverride(series: Series, wanted: Property, of: ZonedCalendar): Member | undefined {
  const exact = series.overrides.find((member) => member.recurrenceId && writtenAlike(member.recurrenceId, wanted));
  if (exact || series.overrides.length === 0) return exact;
  const moment = momentOf(wanted, of);
  if (!moment) return undefined;
  return series.overrides.find((member) => {
    const other = member.recurrenceId && momentOf(member.recurrenceId, series.zoned);
    return other !== undefined && sameInstance(other, moment);
  });
}

/**
 * Says whether two recurrence ids name one instance. A date, which some peers write for an instance with a time, and a
 * local time are compared as they are.
 *
 * @throws nothing.
 */
export function sameInstance(left: Moment, right: Moment): boolean {
  return momentKey(left) === momentKey(right);
}

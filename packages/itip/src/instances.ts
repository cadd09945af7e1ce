import {
  type Component,
  epochOf,
  expand,
  type Property,
  property,
  readDateValue,
  readRecurrenceSet,
  utcZone,
  withoutProperties,
  zonesOf,
} from '@isched/icalendar';
import { epochMs } from '@isched/values';
import type { Series } from './series.ts';

/** How many instances may overlap one point in time before we stop looking for the one that begins there. */
const maxOverlapping = 1000;

/**
 * Says whether a series has an instance, exceptions by EXDATE aside.
 *
 * @param series - with its master; without one nobody can say, and the answer is yes.
 * @param recurrenceId - written as `recurrenceIdFor` does.
 * @throws ICalendarError when the rule can't be read, or is too much to work out.
 */
export function hasInstance(series: Series, recurrenceId: Property): boolean {
  const master = series.master?.component;
  if (!master) return true;
  if (!recurs(master)) return false;
  const zones = zonesOf(series.zoned.calendar, { fallback: utcZone });
  const at = epochOf(readDateValue(recurrenceId), zones, utcZone);
  const set = readRecurrenceSet([withoutProperties(master, 'EXDATE', 'RECURRENCE-ID')]);
  const range = { start: at, end: epochMs(at + 1) };
  const { instances } = expand(set, { range, zones, maxInstances: maxOverlapping });
  return instances.some(({ start }) => start === at);
}

/** Says whether a component has a rule or dates beside its own. @throws nothing. */
export function recurs(component: Component): boolean {
  return property(component, 'RRULE') !== undefined || property(component, 'RDATE') !== undefined;
}

import {
  type Component,
  epochOf,
  expand,
  ICalendarError,
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

/** So many may begin at one time, or be longer than that by dates of their own, before nobody looks on. */
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
  const starts = withoutProperties(master, 'EXDATE', 'RECURRENCE-ID', 'DTEND', 'DUE', 'DURATION');
  const range = { start: at, end: epochMs(at + 1) };
  const expansion = expand(readRecurrenceSet([starts]), { range, zones, maxInstances: maxOverlapping });
  if (expansion.instances.some(({ start }) => start === at)) return true;
  if (expansion.complete) return false;
  throw new ICalendarError('recurrence-too-complex', `more than ${maxOverlapping} instances at one time`);
}

/** Says whether a component has a rule or dates beside its own. @throws nothing. */
export function recurs(component: Component): boolean {
  return property(component, 'RRULE') !== undefined || property(component, 'RDATE') !== undefined;
}

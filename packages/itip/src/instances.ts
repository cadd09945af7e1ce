import { type Property, properties } from '@isched/icalendar';
import type { Series } from './series.ts';

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
  if (properties(master, 'RRULE').length + properties(master, 'RDATE').length === 0) return false;
  return recurrenceId.value !== '';
}

import { type Component, ICalendarError, parseCalendar } from '@isched/icalendar';
import { storedLimits } from '../policy/stored-limits.ts';

/** The calendar of a stored object; undefined: it is damaged. @throws nothing. */
export function readStoredText(text: string): Component | undefined {
  try {
    return parseCalendar(text, storedLimits);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

import { type Component, ICalendarError, parseCalendar } from '@isched/icalendar';

/** Whatever was once stored can be read. */
const storedLimits = { maxOctets: 67_108_864, maxComponents: 50_000, maxProperties: 1_000_000 };

/** The calendar of a stored object; undefined: it is damaged. @throws nothing. */
export function readStoredText(text: string): Component | undefined {
  try {
    return parseCalendar(text, storedLimits);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

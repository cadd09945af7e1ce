import {
  type Component,
  decodeCalendar,
  formatCalendar,
  formatJcal,
  type ICalendarLimits,
  parseCalendar,
  parseJcal,
} from '@isched/icalendar';
import type { Octets } from '@isched/values';
import type { CalendarMediaType } from './names.ts';

/** A calendar in the format of a media type. @throws nothing. */
export function formatAs(mediaType: CalendarMediaType, calendar: Component): string {
  return mediaType === 'text/calendar' ? formatCalendar(calendar) : JSON.stringify(formatJcal(calendar));
}

/**
 * Reads a calendar in the format of a media type.
 *
 * @throws ICalendarError when it is none, or passes a limit.
 */
export function parseAs(mediaType: CalendarMediaType, content: Octets, limits: Partial<ICalendarLimits>): Component {
  const text = decodeCalendar(content);
  return mediaType === 'text/calendar' ? parseCalendar(text, limits) : parseJcal(text, limits);
}

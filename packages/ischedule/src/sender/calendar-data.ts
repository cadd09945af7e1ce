import { parseMediaType } from '../wire/media-type.ts';
import type { CalendarMediaType } from '../wire/names.ts';
import type { PeerResponse } from '../wire/schedule-response.ts';

/**
 * The calendar of a response. XML turned its line ends into LF, and layout may surround it; its type may be missing, bare, or
 * a whole field's value.
 *
 * @returns nothing where there is no text.
 * @throws nothing.
 * @see peers-on-the-wire Q58.
 */
export function readCalendarData(
  data: NonNullable<PeerResponse['calendarData']>,
  requested: CalendarMediaType,
): { readonly type: CalendarMediaType; readonly text: string } | undefined {
  const text = data.text.trim();
  if (text === '') return undefined;
  const type = calendarType(parseMediaType(data.contentType ?? '')?.type) ?? sniffType(text) ?? requested;
  return { type, text: type === 'text/calendar' ? `${text.replace(/\r\n|\r|\n/g, '\r\n')}\r\n` : text };
}

function calendarType(type: string | undefined): CalendarMediaType | undefined {
  return type === 'text/calendar' || type === 'application/calendar+json' ? type : undefined;
}

function sniffType(text: string): CalendarMediaType | undefined {
  if (text.startsWith('[')) return 'application/calendar+json';
  return /^BEGIN:/i.test(text) ? 'text/calendar' : undefined;
}

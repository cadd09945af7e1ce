import { type CalAddress, calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { type ItipMessage, readItipMessage } from '@isched/itip';
import type { Recipient } from '../../src/message.ts';

export interface MessageText {
  readonly method?: string | undefined;
  readonly component?: string;
  /** Lines of the component, beside UID and DTSTAMP. */
  readonly lines: readonly string[];
  /** More components, whole. */
  readonly more?: readonly string[];
}

/** A calendar text, line by line. */
export function calendarText({ method = 'REQUEST', component = 'VEVENT', lines, more = [] }: MessageText): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    ...(method === '' ? [] : [`METHOD:${method}`]),
    `BEGIN:${component}`,
    'UID:one@example.com',
    'DTSTAMP:20261122T120000Z',
    ...lines,
    `END:${component}`,
    ...more,
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

export const organizer = 'ORGANIZER:mailto:bernard@example.com';
export const cyrus = 'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:cyrus@example.org';
export const mike = 'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:mike@example.org';
export const start = 'DTSTART:20300110T100000Z';
export const end = 'DTEND:20300110T110000Z';

/** An invitation of cyrus@example.org by bernard@example.com. */
export const invitation: MessageText = { lines: [organizer, cyrus, start, end, 'SUMMARY:Design meeting'] };

/** A free-busy search for two people. */
export const search: MessageText = { component: 'VFREEBUSY', lines: [organizer, cyrus, mike, start, end] };

export function itipOf(text: MessageText | string): ItipMessage {
  return readItipMessage(parseCalendar(typeof text === 'string' ? text : calendarText(text)));
}

export function address(text: string): CalAddress {
  return parseCalAddress(text);
}

export function recipient(text: string): Recipient {
  return { address: address(text), text, key: calAddressKey(address(text)) };
}

import type { Signature } from '@isched/doseta';
import { type CalAddress, calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { type AuthenticatedMessage, domainOfAddress } from '@isched/ischedule';
import { readItipMessage } from '@isched/itip';
import { octetsFromText } from '@isched/values';

export const at = (local: string, domain = 'example.org'): CalAddress => parseCalAddress(`mailto:${local}@${domain}`);
export const organizer = at('a', 'example.com');

/** An iCalendar text of these lines. */
export const calendarText = (...lines: readonly string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** A VEVENT message from the organizer at example.com to these people at example.org. */
export function event(method: string, attendees: readonly string[], ...lines: readonly string[]): string {
  return calendarText(
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    'UID:u1@example.com',
    ...(lines.some((line) => line.startsWith('DTSTAMP')) ? [] : ['DTSTAMP:20261122T110000Z']),
    ...(lines.some((line) => line.startsWith('DTSTART')) ? [] : ['DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z']),
    ...(lines.some((line) => line.startsWith('ORGANIZER')) ? [] : ['ORGANIZER:mailto:a@example.com']),
    ...attendees.map((local) => `ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${local}@example.org`),
    ...lines,
    'END:VEVENT',
  );
}

export interface FromWire {
  readonly originator?: CalAddress;
  /** Local parts at example.org, or addresses. Default: the attendees. */
  readonly recipients?: readonly CalAddress[];
  readonly messageId?: string;
}

/** A message as a receiver hands it on. */
export function fromWire(text: string, options: FromWire = {}): AuthenticatedMessage {
  const itip = readItipMessage(parseCalendar(text));
  const originator = options.originator ?? organizer;
  const originatorDomain = domainOfAddress(originator);
  if (originatorDomain === undefined) throw new Error('the originator has no domain');
  const recipients = (options.recipients ?? itip.attendees).map((address) => ({
    address,
    text: address,
    key: calAddressKey(address),
  }));
  return {
    messageId: options.messageId ?? 'm1',
    originator,
    originatorDomain,
    recipients,
    mediaType: 'text/calendar',
    itip,
    content: octetsFromText(text),
    signedBy: { signingDomain: originatorDomain, signature: {} as Signature },
    remoteAddress: '192.0.2.1',
  };
}

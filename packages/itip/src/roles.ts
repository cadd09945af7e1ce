import { type CalAddress, sameCalAddress } from '@isched/icalendar';
import type { ItipMessage } from './message.ts';
import type { ItipMethod } from './methods.ts';

/** Whose voice a method is. */
export type Role = 'organizer' | 'attendee';

/**
 * Who sends a method. The other side receives it.
 *
 * @see RFC 5546 §1.4 and §3.2 to §3.5.
 */
export const senderRole: Readonly<Record<ItipMethod, Role>> = {
  PUBLISH: 'organizer',
  REQUEST: 'organizer',
  ADD: 'organizer',
  CANCEL: 'organizer',
  DECLINECOUNTER: 'organizer',
  REPLY: 'attendee',
  REFRESH: 'attendee',
  COUNTER: 'attendee',
};

/** Says whether an address is the message's organizer. @throws nothing. */
export function isOrganizerOf(message: ItipMessage, address: CalAddress): boolean {
  return message.organizer !== undefined && sameCalAddress(message.organizer, address);
}

/** Says whether an address is among the message's attendees. @throws nothing. */
export function isAttendeeOf(message: ItipMessage, address: CalAddress): boolean {
  return message.attendees.some((attendee) => sameCalAddress(attendee, address));
}

/**
 * Who a message of this method is for, as the properties say it: the attendees, or the organizer.
 *
 * @throws nothing.
 */
export function recipientsOf(message: ItipMessage): readonly CalAddress[] {
  if (senderRole[message.method] === 'organizer') {
    return message.attendees.filter((attendee) => !isOrganizerOf(message, attendee));
  }
  return message.organizer ? [message.organizer] : [];
}

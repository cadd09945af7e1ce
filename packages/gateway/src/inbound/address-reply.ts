import { type CalAddress, calAddressKey } from '@isched/icalendar';
import { type ItipMessage, senderRole } from '@isched/itip';
import type { CalendarUser } from '../ports/directory.ts';
import type { InboundMessage } from './inbound-message.ts';

/** An answer that a message gave rise to. */
export interface AddressedReply {
  readonly itip: ItipMessage;
  /** As the answer itself names the user, who may have been written to by an alias. */
  readonly from: CalAddress;
  readonly to: readonly CalAddress[];
}

/**
 * Says who an answer is from and to. What an organizer sends again is for who asked, and nobody else on the list.
 *
 * @param message - what is answered.
 * @throws nothing.
 * @see RFC 5546 §3.2.6.
 */
export function addressReply(itip: ItipMessage, message: InboundMessage, user: CalendarUser): AddressedReply {
  const { organizer, attendees } = itip;
  if (senderRole[itip.method] === 'organizer') {
    return { itip, from: organizer ?? user.address, to: [message.originator] };
  }
  const own = new Set(user.addressKeys);
  const named = attendees.find((attendee) => own.has(calAddressKey(attendee)));
  return { itip, from: named ?? user.address, to: organizer ? [organizer] : [] };
}

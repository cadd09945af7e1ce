import { type CalAddress, calAddressKey } from '@isched/icalendar';
import type { ItipMessage, ItipMethod } from '@isched/itip';

/** Who a message is from and to. */
export interface Addressing {
  readonly originator: CalAddress;
  /** At least one. */
  readonly recipients: readonly CalAddress[];
}

/** The message does not say who sends it, or to whom. */
export class AddressingError extends Error {
  override readonly name = 'AddressingError';
  readonly code = 'not-addressed';
}

const fromOrganizer: ReadonlySet<ItipMethod> = new Set(['REQUEST', 'ADD', 'CANCEL', 'DECLINECOUNTER', 'PUBLISH']);

/**
 * Fills in what a caller left open: the organizer writes to the attendees, an attendee to the organizer. The originator
 * is never among the recipients that are filled in.
 *
 * @throws AddressingError when the message leaves it open.
 * @see RFC 5546 §1.4; iSchedule digest §3, "Who must match what".
 */
export function addressingOf(message: ItipMessage, given: Partial<Addressing> = {}): Addressing {
  const originator = given.originator ?? defaultOriginator(message);
  if (originator === undefined) {
    throw new AddressingError(`${message.method} names no single sender: say who the originator is`);
  }
  const recipients = given.recipients?.length ? given.recipients : defaultRecipients(message, originator);
  if (recipients.length === 0) throw new AddressingError(`${message.method} names nobody to send it to`);
  return { originator, recipients };
}

function defaultOriginator(message: ItipMessage): CalAddress | undefined {
  if (fromOrganizer.has(message.method)) return message.organizer;
  return message.attendees.length === 1 ? message.attendees[0] : undefined;
}

function defaultRecipients(message: ItipMessage, originator: CalAddress): readonly CalAddress[] {
  if (!fromOrganizer.has(message.method)) return message.organizer ? [message.organizer] : [];
  return message.attendees.filter((attendee) => calAddressKey(attendee) !== calAddressKey(originator));
}

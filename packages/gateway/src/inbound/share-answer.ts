import { type CalAddress, type Component, ICalendarError } from '@isched/icalendar';
import { ItipError, type ItipPolicy, onAnswer, type Outgoing } from '@isched/itip';
import type { AddressedReply } from './address-reply.ts';
import type { Application } from './apply.ts';

/** Whether attendees of meetings here are told what others answered. */
export interface ShareAnswers {
  /** In meetings of at most so many others. */
  readonly upTo: number;
  /** Whether somebody may get what no person has to read. */
  readonly mayTell: (between: { readonly from: CalAddress; readonly to: CalAddress }) => boolean;
}

/** What the others are told of an answer, and the organizer's copy that knows it. */
export interface SharedAnswer {
  readonly stored: Component;
  readonly notices: readonly AddressedReply[];
}

/** The organizer's copy before and after the answer was merged into it. */
export interface Answered {
  readonly before: Component;
  readonly merged: Component;
}

/**
 * Tells attendees what one of them has answered: all of them or none, so that their copies go on being alike.
 *
 * @returns undefined where nobody is told.
 * @throws nothing that a stored object could cause.
 * @see decision 0051.
 */
export function shareAnswer(
  answered: Answered,
  application: Application,
  { upTo, mayTell, policy }: ShareAnswers & { readonly policy: Partial<ItipPolicy> | undefined },
): SharedAnswer | undefined {
  const from = application.recipient.address;
  const told = tell(answered, application, { ...policy, sharedAnswers: upTo });
  if (!told?.stored || told.messages.length === 0) return undefined;
  if (!told.messages.every(({ to }) => to.every((address) => mayTell({ from, to: address })))) return undefined;
  return { stored: told.stored, notices: told.messages.map(({ message, to }) => ({ itip: message, from, to })) };
}

/** What can't be worked out is told to nobody. */
function tell(
  { before, merged }: Answered,
  { recipient, user, now }: Application,
  policy: Partial<ItipPolicy>,
): Outgoing | undefined {
  try {
    const aliases = user.addressKeys as readonly CalAddress[];
    return onAnswer(before, merged, { user: recipient.address, aliases, now, policy });
  } catch (error) {
    if (!(error instanceof ICalendarError || error instanceof ItipError)) throw error;
    return undefined;
  }
}

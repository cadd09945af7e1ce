import { decodeCalendar, ICalendarError, parseCalendar } from '@isched/icalendar';
import { ItipError, type ItipMessage, readItipMessage } from '@isched/itip';
import type { Octets } from '@isched/values';

/** Why a message, or an object, can't be used: a code of `ICalendarError` or `ItipError`. */
export interface Unreadable {
  readonly reason: string;
  readonly detail: string;
}

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly unreadable: Unreadable };

/** Runs a reader; what makes a text unreadable is answered. @throws what is our own mistake. */
export function reading<T>(read: () => T): Read<T> {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof ICalendarError || error instanceof ItipError)) throw error;
    return { unreadable: { reason: error.code, detail: error.message } };
  }
}

/** One scheduling message. @throws nothing. */
export function readMessage(octets: Octets): Read<ItipMessage> {
  return reading(() => readItipMessage(parseCalendar(decodeCalendar(octets))));
}

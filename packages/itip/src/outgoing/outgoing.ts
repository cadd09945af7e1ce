import type { CalAddress, Component } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import type { Role } from '../roles.ts';
import type { Change } from '../judgement.ts';
import type { ItipMessage } from '../message.ts';
import type { ItipPolicy } from '../policy.ts';

/** Who changed an object, and when. */
export interface OutgoingContext {
  /** Whose calendar it stands in. */
  readonly user: CalAddress;
  readonly aliases?: readonly CalAddress[] | undefined;
  readonly now: EpochMs;
  readonly policy?: Partial<ItipPolicy> | undefined;
  readonly productId?: string | undefined;
  /** What changed the object: the person (default), or an attendee's answer that was merged. */
  readonly cause?: 'edit' | 'answer' | undefined;
}

/** One message that goes out. */
export interface OutgoingMessage {
  /** As their lines write them. */
  readonly to: readonly CalAddress[];
  readonly message: ItipMessage;
  /** Whether a person should be told: an invitation, a cancellation, an answer, another time, place or status. */
  readonly significant: boolean;
  /** What is new for these recipients. */
  readonly changes: readonly Change[];
}

/** What a change of an object comes to. */
export interface Outgoing {
  /** The object as it must be kept: SEQUENCE, answers and SCHEDULE-STATUS put right; undefined: nothing is kept. */
  readonly stored: Component | undefined;
  /** In the order in which they should be sent. */
  readonly messages: readonly OutgoingMessage[];
  /** In which part the person acted; absent: the object is nobody's meeting, or not theirs. */
  readonly role?: Role | undefined;
  /** What the person changed though it is the organizer's to change; a server refuses such a change. @see RFC 6638 §3.2.2.1. */
  readonly forbidden: readonly Change[];
}

/** Nothing goes out. @throws nothing. */
export function silent(stored: Component | undefined, role?: Role): Outgoing {
  return { stored, messages: [], forbidden: [], ...(role === undefined ? {} : { role }) };
}

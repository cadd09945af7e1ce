import type { Signature } from '@isched/doseta';
import type { CalAddress } from '@isched/icalendar';
import type { ItipMessage, RequestStatus } from '@isched/itip';
import type { Abortable, DomainName, Octets } from '@isched/values';
import type { CalendarMediaType } from './wire/names.ts';

/** One member of the Recipient fields. */
export interface Recipient {
  readonly address: CalAddress;
  /** As it came, without blanks around it: what the response echoes. A bare `user@host` stays bare. */
  readonly text: string;
  /** The address normalised: what tells two recipients apart. */
  readonly key: string;
}

/** What the header of a scheduling request says, checked. */
export interface Envelope {
  readonly messageId: string | undefined;
  readonly originator: CalAddress;
  /** In order, each once. At least one. */
  readonly recipients: readonly Recipient[];
  readonly mediaType: CalendarMediaType;
  /** What Content-Type says of the content, upper case; empty where it says nothing. */
  readonly statedMethods: readonly string[];
  readonly statedComponents: readonly string[];
}

/** Whose signature a message carries. */
export interface SignedBy {
  readonly signingDomain: DomainName;
  readonly signature: Signature;
}

/** A scheduling request whose signature passed, whose signing domain may speak for the originator, and which keeps the rules. */
export interface AuthenticatedMessage {
  readonly messageId: string | undefined;
  readonly originator: CalAddress;
  /** The host part of the originator's address. */
  readonly originatorDomain: DomainName;
  readonly recipients: readonly Recipient[];
  readonly mediaType: CalendarMediaType;
  readonly itip: ItipMessage;
  /** The content as it was signed: what a duplicate is known by. */
  readonly content: Octets;
  readonly signedBy: SignedBy;
  readonly remoteAddress: string | undefined;
}

/** A scheduling message that waits to be sent. Its originator has been authenticated and authorised. */
export interface OutgoingMessage {
  readonly originator: CalAddress;
  /** May be served by different receivers. */
  readonly recipients: readonly CalAddress[];
  readonly itip: ItipMessage;
  /** The same at each try, so that a repeat is known as one. Default: a new token. */
  readonly messageId?: string | undefined;
  /** Default `text/calendar`. */
  readonly mediaType?: CalendarMediaType | undefined;
}

/** What became of a message for one recipient. */
export interface DeliveryResult {
  readonly requestStatus: RequestStatus;
  /** Why, a stable code for our own records; never told to the peer. */
  readonly reason: string;
  /** Messages that answer at once. For a VFREEBUSY the first one's calendar goes into the response. */
  readonly replies: readonly ItipMessage[];
  /** Told to the peer as `response-description`. */
  readonly description?: string | undefined;
}

/**
 * Hands an authenticated message to whoever knows the recipients.
 *
 * @returns one result for each recipient, in order.
 * @throws TemporarilyUnavailable, or another error that `isTemporary` knows, when nothing was decided and the peer should
 * try again; SchedulingFault `originator-denied` where policy refuses the originator.
 */
export type Deliver = (message: AuthenticatedMessage, options: Abortable) => Promise<readonly DeliveryResult[]>;

import type { Brand, DomainName, EpochMs } from '@isched/values';
import type { AddressKey } from './directory.ts';

/** A message that somebody here wants sent. */
export type SubmissionId = Brand<string, 'SubmissionId'>;

/** One recipient of a submission. */
export interface SubmissionRecipient {
  /** As it is written in the message. */
  readonly address: string;
  /** Normalised. */
  readonly key: AddressKey;
  /** What its lane goes by; our own users have none, and wait in the lane `here`. */
  readonly domain: DomainName | undefined;
}

/** Which older, unsent deliveries of the same originator to the same recipient, about the same UID, are now pointless. */
export interface Supersedes {
  /** Upper case; empty: none. */
  readonly methods: readonly string[];
  /** `same`: those of the same instance; `all`: whatever instance they are about. */
  readonly instances: 'same' | 'all';
}

/**
 * How new what a message says is: by SEQUENCE, then by DTSTAMP; by DTSTAMP alone where two are about different instances.
 *
 * @see RFC 5546 §2.1.5.
 */
export interface MessageRevision {
  readonly sequence: number;
  /** DTSTAMP's digits, which sort as text. */
  readonly stamp?: string | undefined;
}

/** What is to be sent. */
export interface Submission {
  readonly originator: string;
  readonly originatorKey: AddressKey;
  /** Upper case. */
  readonly method: string;
  readonly uid: string;
  /** Which instances the message is about; empty: the whole series, or an object without recurrence. */
  readonly instance: string;
  /** iCalendar with METHOD. */
  readonly text: string;
  /** At least one; each key once. */
  readonly recipients: readonly SubmissionRecipient[];
  /** An older message is never superseded by one that says something older still. */
  readonly supersedes: Supersedes;
  /** Absent: not known, so the order of submission decides. */
  readonly revision?: MessageRevision | undefined;
  /**
   * Whose messages to the same recipient, about the same UID, it keeps its order with: `everybody`’s (default), or its
   * `originator`’s own.
   */
  readonly orderWith?: 'everybody' | 'originator' | undefined;
  /** When to give up. */
  readonly expiresAt: EpochMs;
}

/** What is known of a submission without its message. */
export interface SubmissionHead {
  readonly id: SubmissionId;
  readonly originator: string;
  readonly method: string;
  readonly uid: string;
  readonly instance: string;
  readonly addedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** What a message that was added made pointless, or had it been there. */
export type SupersedesOf = (message: SubmissionHead) => Supersedes;

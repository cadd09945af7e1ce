import type { DomainName, EpochMs } from '@isched/values';
import type { AddressKey } from './directory.ts';

/**
 * What makes two messages the same one for one recipient. The message id is no part of it: a peer may make a new one at
 * each redirect.
 *
 * @see iSchedule digest §7 and doseta digest §7, "Replay".
 */
export interface MessageKey {
  readonly signingDomain: DomainName;
  readonly originator: AddressKey;
  readonly recipient: AddressKey;
  /** Upper case. */
  readonly method: string;
  /** SHA-256 of the content as it was signed, base64url. */
  readonly contentHash: string;
}

/**
 * A result that is final: what a repeat of the message is answered with. What the message gave rise to is no part of it:
 * that is sent once.
 */
export interface FinalResult {
  /** As it goes on the wire: `2.0;Success`. */
  readonly requestStatus: string;
  /** A code of decisions/catalogue. */
  readonly reason: string;
  readonly description?: string | undefined;
}

export type Claim =
  | { readonly status: 'new' }
  /** Somebody else is at it, and their claim has not run out. */
  | { readonly status: 'in-progress' }
  | { readonly status: 'answered'; readonly result: FinalResult };

/** One row for each (message, recipient): a repeat gets the first answer and has no second effect. */
export interface ReceivedMessages {
  /**
   * Takes a message for one recipient. A claim that ran out before it was settled, or an answer that expired, is taken
   * over as new.
   *
   * @param terms.until - when the claim runs out unless it is settled; of no matter inside one transaction.
   */
  claim(
    key: MessageKey,
    terms: { readonly now: EpochMs; readonly until: EpochMs; readonly messageId?: string | undefined },
  ): Promise<Claim>;
  /** Remembers the final result of a claimed message until `expiresAt`. @throws TypeError when it was not claimed. */
  settle(key: MessageKey, result: FinalResult, expiresAt: EpochMs): Promise<void>;
  /** Forgets a claim whose result was transient: the next copy is new. */
  release(key: MessageKey): Promise<void>;
  /** Forgets what expired, at most `limit` of it. @returns how many it forgot. */
  forgetExpired(now: EpochMs, limit: number): Promise<number>;
}

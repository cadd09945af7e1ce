import type { EpochMs } from '@isched/values';

/** One line of a meeting's time-line: what was decided about a message for one recipient, and why. */
export interface Decision {
  readonly at: EpochMs;
  readonly direction: 'inbound' | 'outbound';
  /** A code of decisions/catalogue. */
  readonly reason: string;
  readonly originator: string;
  readonly recipient: string;
  /** The domain whose signature it carried. */
  readonly signingDomain?: string | undefined;
  readonly messageId?: string | undefined;
  readonly method?: string | undefined;
  /** Which meeting; of a longer one the first 255 characters are kept and asked for. */
  readonly uid?: string | undefined;
  /** As it was answered: `2.0;Success`. */
  readonly requestStatus?: string | undefined;
  /** For operators; never told to a peer. */
  readonly detail?: string | undefined;
}

export interface DecisionsView {
  /** What was decided last, about whatever, oldest first. */
  latest(limit: number): Promise<readonly Decision[]>;
  /** The time-line of a meeting, oldest first, at most `limit` of its latest lines. */
  ofMeeting(uid: string, limit: number): Promise<readonly Decision[]>;
}

export interface Decisions extends DecisionsView {
  add(decision: Decision): Promise<void>;
  /** Forgets decisions made before a time, at most `limit` of them. @returns how many it forgot. */
  forgetBefore(time: EpochMs, limit: number): Promise<number>;
}

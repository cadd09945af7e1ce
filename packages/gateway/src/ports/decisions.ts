import type { Brand, EpochMs } from '@isched/values';
import type { DeliveryId, DeliveryState } from './delivery.ts';
import type { SubmissionId } from './submission.ts';

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
  /** Of a message of ours: what whoever submitted it is told. */
  readonly delivery?: DecidedDelivery | undefined;
}

/** The delivery that was decided about, and how it stands since. */
export interface DecidedDelivery {
  readonly id: DeliveryId;
  readonly submission: SubmissionId;
  readonly state: DeliveryState;
}

/** A place among the events, known to this store alone. */
export type EventPlace = Brand<string, 'EventPlace'>;

/** A decision about a delivery. */
export interface DeliveryEvent {
  readonly place: EventPlace;
  readonly decision: Decision & { readonly delivery: DecidedDelivery };
}

export interface DecisionsView {
  /** What was decided last, about whatever, oldest first. */
  latest(limit: number): Promise<readonly Decision[]>;
  /** The time-line of a meeting, oldest first, at most `limit` of its latest lines. */
  ofMeeting(uid: string, limit: number): Promise<readonly Decision[]>;
  /**
   * What was decided about deliveries, behind a place: each once, whoever decided it, in an order to which nothing is added but at
   * its end.
   *
   * @param page.after - of an event that is kept; left out: from the oldest that is.
   * @returns nothing where something behind the place may have been forgotten, or it is no place of this store.
   */
  events(page: {
    readonly limit: number;
    readonly after?: EventPlace | undefined;
  }): Promise<readonly DeliveryEvent[] | undefined>;
  /** The place of the last event; undefined: there is none. */
  lastEvent(): Promise<EventPlace | undefined>;
}

export interface Decisions extends DecisionsView {
  add(decision: Decision): Promise<void>;
  /**
   * Forgets decisions made before a time, at most `limit` of them, but never the last event: who has seen it has seen all. What a
   * clock that was ahead has dated is kept longer; it keeps nothing else.
   *
   * @returns how many it forgot.
   */
  forgetBefore(time: EpochMs, limit: number): Promise<number>;
}

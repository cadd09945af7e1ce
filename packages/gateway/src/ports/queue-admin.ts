import type { DomainName, EpochMs } from '@isched/values';
import type { DeliveryAttempt, DeliveryId, DeliveryState, QueuedDelivery } from './delivery.ts';
import type { AddressKey } from './directory.ts';
import type { Lane, Pause } from './lane.ts';
import type { SubmissionId, SupersedesOf } from './submission.ts';

/** How far deliveries are counted where nobody says otherwise. */
export const defaultCountTo = 10_000;

/** What an operator asks for; what is left out is not compared. */
export interface QueueFilter {
  readonly delivery?: DeliveryId | undefined;
  readonly submission?: SubmissionId | undefined;
  readonly states?: readonly DeliveryState[] | undefined;
  readonly lane?: Lane | undefined;
  readonly domain?: DomainName | undefined;
  readonly recipient?: AddressKey | undefined;
  readonly uid?: string | undefined;
}

/** The queue, to look at. */
export interface QueueView {
  /** Oldest first, at most `limit`, after the delivery `after`. */
  list(
    filter: QueueFilter,
    page: { readonly limit: number; readonly after?: DeliveryId | undefined },
  ): Promise<readonly QueuedDelivery[]>;
  /**
   * What waits and has no more time than until `before`: those that end first, then the oldest, behind `after`. So that nothing
   * waits for ever in a lane that is left alone.
   */
  ending(
    before: EpochMs,
    page: { readonly limit: number; readonly after?: QueuedDelivery | undefined },
  ): Promise<readonly QueuedDelivery[]>;
  /** The requests of a delivery, oldest first. */
  attempts(delivery: DeliveryId): Promise<readonly DeliveryAttempt[]>;
  /** The message of a submission; undefined where it was forgotten, or never was. */
  text(submission: SubmissionId): Promise<string | undefined>;
  /** Those of them that `retry` leaves out, although they were given up; in their order. */
  leftOut(deliveries: readonly DeliveryId[], supersedesOf: SupersedesOf): Promise<readonly LeftOut[]>;
  /** The submission an idempotency key stands for. */
  submissionOf(idempotencyKey: string): Promise<SubmissionId | undefined>;
  /** When there is something to lease again, a lease that runs out included; undefined: not before something is added. */
  nextDue(options: { readonly skipLanes: readonly Lane[] }): Promise<EpochMs | undefined>;
  /** Lanes that are left alone, those first whose pause ends first. */
  paused(now: EpochMs, limit: number): Promise<readonly Pause[]>;
  /**
   * How many deliveries are not final, by state, each counted up to `countTo` (default 10,000): where it is that many, there may
   * be more.
   */
  backlog(options?: { readonly countTo: number }): Promise<Readonly<Record<'waiting' | 'leased' | 'held', number>>>;
}

/** Why a delivery is not tried again: another one made it `pointless`, or its text is no longer kept. */
export type LeftOutReason = 'pointless' | 'text-forgotten';

export interface LeftOut {
  readonly delivery: DeliveryId;
  readonly reason: LeftOutReason;
}

export interface Retried {
  readonly changed: readonly QueuedDelivery[];
  /** Oldest first. */
  readonly leftOut: readonly LeftOut[];
}

/** What operators do. Each acts on at most `limit` deliveries, oldest first, and answers whom it changed. */
export interface QueueAdmin extends QueueView {
  /** Waiting ones are due now, and `dead` ones wait again, but for those that are left out. */
  retry(
    filter: QueueFilter,
    options: AdminOptions & { readonly expiresAt: EpochMs; readonly supersedesOf: SupersedesOf },
  ): Promise<Retried>;
  /** Waiting → held. */
  hold(filter: QueueFilter, options: AdminOptions): Promise<readonly QueuedDelivery[]>;
  /** Held → waiting, due now. */
  release(filter: QueueFilter, options: AdminOptions): Promise<readonly QueuedDelivery[]>;
  /** Waiting or held → dropped. What one of them would have superseded, had it not been under way, is not superseded by it. */
  drop(filter: QueueFilter, options: AdminOptions): Promise<readonly QueuedDelivery[]>;
  /**
   * Forgets, wholly, submissions all of whose deliveries ended before a time: at most `limit` deliveries at once, so that a
   * message with many recipients goes step by step. With the last delivery to a domain goes what is known of it: its lane.
   *
   * @returns how many deliveries; fewer than the limit: there are no more.
   */
  forgetEnded(before: EpochMs, limit: number): Promise<number>;
  /** Forgets the messages, not the outcomes, of such submissions. @returns how many. */
  forgetTexts(before: EpochMs, limit: number): Promise<number>;
  /** Forgets the requests, not the outcomes, of such submissions. @returns as `forgetEnded`. */
  forgetAttempts(before: EpochMs, limit: number): Promise<number>;
  /** Forgets what is known of lanes in trouble that nothing waits for and that no pause after a time is known of. @returns how many. */
  forgetTroubles(before: EpochMs, limit: number): Promise<number>;
}

export interface AdminOptions {
  readonly now: EpochMs;
  readonly limit: number;
}

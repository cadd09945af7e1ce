import type { Brand, DomainName, EpochMs } from '@isched/values';
import type { DeliveryAttempt, DeliveryId, FinalState, QueuedDelivery } from './delivery.ts';
import type { AddressKey } from './directory.ts';
import type { Lane, LaneTrouble } from './lane.ts';
import type { Submission, SubmissionHead, SubmissionId, SubmissionRecipient } from './submission.ts';

/** A program that works on the queue; one for each run of it. */
export type NodeId = Brand<string, 'NodeId'>;

export type LeaseToken = Brand<string, 'LeaseToken'>;

export interface AddOptions {
  /** Known to who submits; absent: never a repeat. */
  readonly idempotencyKey?: string | undefined;
  readonly now: EpochMs;
  readonly dueAt: EpochMs;
}

export interface Added {
  readonly id: SubmissionId;
  /** In the order of the recipients. */
  readonly deliveries: readonly DeliveryId[];
  /** The key had been used: nothing was added, these are the first one's. */
  readonly repeated: boolean;
}

/** The idempotency key stands for another message, of another originator, or to other recipients: nothing was added. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused';
  readonly code = 'idempotency-key-reused';
}

/** The right to work on some deliveries until it runs out. */
export interface Lease {
  readonly token: LeaseToken;
  readonly node: NodeId;
  readonly until: EpochMs;
}

/** Recipients of one message that wait in the same lane: they travel together. */
export interface Batch {
  readonly lease: Lease;
  readonly lane: Lane;
  /** An empty text: it was forgotten. */
  readonly submission: SubmissionHead & { readonly text: string };
  /** In the order of the submission. At least one. */
  readonly deliveries: readonly LeasedDelivery[];
  /** The submission has deliveries in other lanes that are not final: once lanes are known they may join. */
  readonly othersWait: boolean;
  /** What is known of the lane's receiver, if it gives trouble. */
  readonly trouble?: LaneTrouble | undefined;
}

export interface LeasedDelivery {
  readonly id: DeliveryId;
  readonly recipient: SubmissionRecipient;
  /** How often it was tried before, by the way it goes now; a lease that was returned or ran out counts for nothing. */
  readonly tries: number;
  readonly dueAt: EpochMs;
}

/** What became of one leased delivery. */
export type Settlement = {
  readonly delivery: DeliveryId;
  /** A code of decisions/catalogue. */
  readonly reason: string;
  readonly requestStatus?: string | undefined;
  readonly detail?: string | undefined;
  readonly attempts: readonly DeliveryAttempt[];
} & (
  | {
      readonly state: 'waiting';
      readonly dueAt: EpochMs;
      /** It goes another way from now on, and has until then at least: in the lane `fallback`, its tries counted anew. */
      readonly fallBackUntil?: EpochMs | undefined;
    }
  | { readonly state: SettledState }
);

/** What the work on a delivery can end in; superseding and dropping are the queue's and the operator's. */
export type SettledState = Exclude<FinalState, 'superseded' | 'dropped'>;

/** The lease ran out, and others may have taken its deliveries: nothing was kept. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly code = 'lease-lost';
}

/** What to lease. */
export interface LeaseWish {
  readonly node: NodeId;
  /** How many batches at most. */
  readonly limit: number;
  /** How many batches of one lane may be leased at once, by all nodes together. */
  readonly perLane: number;
  /** How many recipients one batch may have. */
  readonly perBatch: number;
  /** Lanes to leave alone, e.g. because a receiver is down. */
  readonly skipLanes: readonly Lane[];
  readonly now: EpochMs;
  /** When the leases run out. */
  readonly until: EpochMs;
  /** Told of what became superseded instead of due again because its lease ran out, before the work that leases ends. */
  readonly superseded?: ((deliveries: readonly SupersededDelivery[]) => void) | undefined;
}

/** A delivery that a newer one made pointless. */
export interface SupersededDelivery {
  readonly delivery: DeliveryId;
  readonly submission: SubmissionHead;
  readonly recipient: AddressKey;
}

/**
 * Messages on their way out, at least once, in order for each (recipient, UID): as long as one is not final, a later one of the
 * same two is not leased, also while the earlier is held. What has `orderWith: 'originator'` waits for its originator's own only.
 * All times are the caller’s.
 */
export interface DeliveryQueue {
  /**
   * Adds a message, one delivery for each recipient, and supersedes what it makes pointless: waiting and held deliveries at
   * once, a leased one when it would go back to waiting. What was superseded at once is told.
   *
   * @throws IdempotencyKeyReused.
   */
  add(
    submission: Submission,
    options: AddOptions,
  ): Promise<Added & { readonly superseded: readonly SupersededDelivery[] }>;
  /**
   * Leases what is due: lanes by who has waited longest, in a lane the oldest first. What leases that ran out held is due again.
   *
   * @returns batches, none in `skipLanes`, none beyond `perLane`, none from a lane that is paused, and of one whose pause has
   * ended one at a time.
   */
  lease(wish: LeaseWish): Promise<readonly Batch[]>;
  /** @returns the lease as it is now. @throws LeaseLost. */
  renew(lease: Lease, terms: { readonly now: EpochMs; readonly until: EpochMs }): Promise<Lease>;
  /**
   * Ends a lease. Deliveries that are not mentioned go back to waiting as they were: nothing was tried.
   *
   * @returns the deliveries that became superseded instead of waiting.
   * @throws LeaseLost, with nothing kept; TypeError for a delivery that is not the lease's.
   */
  settle(
    lease: Lease,
    settlements: readonly Settlement[],
    now: EpochMs,
  ): Promise<{ readonly superseded: readonly DeliveryId[] }>;
  /** Gives up those of them that wait: `dead`, with the reason `sent-given-up`. @returns which they were, as they are now. */
  giveUp(deliveries: readonly DeliveryId[], now: EpochMs): Promise<readonly QueuedDelivery[]>;
  /**
   * Sends those of them that wait another way, as settling with `fallBackUntil` does: due now.
   *
   * @returns which they were, as they are now.
   */
  fallBack(
    deliveries: readonly DeliveryId[],
    terms: { readonly now: EpochMs; readonly until: EpochMs; readonly reason: string },
  ): Promise<readonly QueuedDelivery[]>;
  /** What is known of a lane's receiver, if it gives trouble; nobody else changes it until this piece of work has ended. */
  troubleOf(lane: Lane): Promise<LaneTrouble | undefined>;
  /** Keeps for all nodes what is known of a lane's receiver; `undefined`: it answers. */
  setTrouble(lane: Lane, trouble: LaneTrouble | undefined): Promise<void>;
  /** Names the lane of a domain: all that waits for it, and what will. `undefined`: its own lane again, `domain:…`. */
  setLane(domain: DomainName, lane: Lane | undefined): Promise<void>;
}

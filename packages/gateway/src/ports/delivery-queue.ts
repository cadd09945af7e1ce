import { hash } from 'node:crypto';
import type { Brand, DomainName, EpochMs } from '@isched/values';
import type { AddressKey } from './directory.ts';

/** A message that somebody here wants sent. */
export type SubmissionId = Brand<string, 'SubmissionId'>;
/** A message on its way to one recipient. */
export type DeliveryId = Brand<string, 'DeliveryId'>;
/** A program that works on the queue; one for each run of it. */
export type NodeId = Brand<string, 'NodeId'>;
/**
 * Deliveries that wait for the same thing: `domain:…` until the receiver is known, then `receiver:…`; `here` for our users;
 * `fallback` for those that iSchedule can't carry.
 */
export type Lane = Brand<string, 'Lane'>;
export type LeaseToken = Brand<string, 'LeaseToken'>;

/**
 * `waiting`: due at some time; `leased`: a node is at it; `held`: an operator stopped it. The others are final:
 * `delivered`, `refused` (the receiver said no), `mailed` (handed to the fallback), `dead` (given up), `superseded` (a newer
 * message made it pointless), `dropped` (an operator took it away).
 */
export type DeliveryState = 'waiting' | 'leased' | 'held' | FinalState;
export type FinalState = 'delivered' | 'refused' | 'mailed' | 'dead' | 'superseded' | 'dropped';

/** Says whether a delivery has ended. @throws nothing. */
export function isFinal(state: DeliveryState): state is FinalState {
  return state !== 'waiting' && state !== 'leased' && state !== 'held';
}

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

/** What all nodes know of a lane whose receiver gives trouble. */
export interface LaneTrouble {
  /** Requests in a row that reached nobody. */
  readonly failures: number;
  /** How long the last pause was; 0: there was none. */
  readonly pauseMs: number;
  /** Nothing is leased from the lane before; then one batch at a time, to see. Absent: it is not yet left alone. */
  readonly pausedUntil?: EpochMs | undefined;
}

export interface LeasedDelivery {
  readonly id: DeliveryId;
  readonly recipient: SubmissionRecipient;
  /** How often it was tried before, by the way it goes now; a lease that was returned or ran out counts for nothing. */
  readonly tries: number;
  readonly dueAt: EpochMs;
}

export interface SubmissionHead {
  readonly id: SubmissionId;
  readonly originator: string;
  readonly method: string;
  readonly uid: string;
  readonly instance: string;
  readonly addedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** One request to one receiver. */
export interface DeliveryAttempt {
  readonly at: EpochMs;
  readonly url: string;
  /** HTTP; missing where there was no answer. */
  readonly status?: number | undefined;
  readonly ms: number;
  readonly cause?: string | undefined;
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

/** A delivery as operators see it. */
export interface QueuedDelivery {
  readonly id: DeliveryId;
  readonly submission: SubmissionHead;
  readonly recipient: string;
  readonly state: DeliveryState;
  readonly lane: Lane;
  /** By the way it goes now. */
  readonly tries: number;
  /** When it is tried next, while it waits. */
  readonly dueAt: EpochMs;
  /** When it last changed. */
  readonly changedAt: EpochMs;
  /** Another delivery of the same (recipient, UID) has to end first. */
  readonly blocked: boolean;
  readonly reason?: string | undefined;
  readonly requestStatus?: string | undefined;
  readonly detail?: string | undefined;
}

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

/** A lane that is left alone, and until when. */
export interface Pause {
  readonly lane: Lane;
  readonly until: EpochMs;
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

/** What a message that was added made pointless, or had it been there. */
export type SupersedesOf = (message: SubmissionHead) => Supersedes;

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

/** The lane of a domain whose receiver is not known. @throws nothing. */
export function domainLane(domain: DomainName): Lane {
  return `domain:${domain}` as Lane;
}

/** A longer name would not fit into an index. */
const longestReceiverName = 1_000;
const shownOfLongName = 200;

/** The lane of a receiver; one whose id is very long goes by its beginning and a digest. @throws nothing. */
export function receiverLane(receiverId: string): Lane {
  if (receiverId.length <= longestReceiverName) return `receiver:${receiverId}` as Lane;
  return `receiver:${receiverId.slice(0, shownOfLongName)}… sha256:${hash('sha256', receiverId)}` as Lane;
}

/** The lane of what goes another way. */
export const laneFallback = 'fallback' as Lane;

/** The lane of our own users. */
export const laneHere = 'here' as Lane;

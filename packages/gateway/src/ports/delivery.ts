import type { Brand, EpochMs } from '@isched/values';
import type { Lane } from './lane.ts';
import type { SubmissionHead } from './submission.ts';

/** A message on its way to one recipient. */
export type DeliveryId = Brand<string, 'DeliveryId'>;

/**
 * `waiting`: due at some time; `leased`: a node is at it; `held`: an operator stopped it. The others are final:
 * `delivered`, `refused` (the receiver said no), `mailed` (handed to the fallback), `dead` (given up), `superseded` (a newer
 * message made it pointless), `dropped` (an operator took it away).
 */
export type DeliveryState = (typeof deliveryStates)[number];
export type FinalState = Exclude<DeliveryState, 'waiting' | 'leased' | 'held'>;

/** All of them. */
export const deliveryStates = [
  'waiting',
  'leased',
  'held',
  'delivered',
  'refused',
  'mailed',
  'dead',
  'superseded',
  'dropped',
] as const;

/** Says whether a delivery has ended. @throws nothing. */
export function isFinal(state: DeliveryState): state is FinalState {
  return state !== 'waiting' && state !== 'leased' && state !== 'held';
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

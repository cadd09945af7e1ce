import { hash } from 'node:crypto';
import type { Brand, DomainName, EpochMs } from '@isched/values';

/**
 * Deliveries that wait for the same thing: `domain:…` until the receiver is known, then `receiver:…`; `here` for our users;
 * `fallback` for those that iSchedule can't carry.
 */
export type Lane = Brand<string, 'Lane'>;

/** What all nodes know of a lane whose receiver gives trouble. */
export interface LaneTrouble {
  /** Requests in a row that reached nobody. */
  readonly failures: number;
  /** How long the last pause was; 0: there was none. */
  readonly pauseMs: number;
  /** Nothing is leased from the lane before; then one batch at a time, to see. Absent: it is not yet left alone. */
  readonly pausedUntil?: EpochMs | undefined;
}

/** A lane that is left alone, and until when. */
export interface Pause {
  readonly lane: Lane;
  readonly until: EpochMs;
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

import { epochMs, type EpochMs, type TimeRange } from '@isched/values';

/** Bounds on what one message may make us do, and how long we remember it. */
export interface InboundLimits {
  /** How long a message is remembered, so that a repeat gets the first answer. Milliseconds; default 14 days. */
  readonly rememberMs: number;
  /** Recipients whose objects are changed in one transaction. Default 50. */
  readonly maxRecipientsAtOnce: number;
  /** Calendar text written in one transaction, about. Octets; default 4 MiB. */
  readonly maxOctetsAtOnce: number;
  /** How far before now busy times of endless series are worked out ahead. Milliseconds; default 90 days. */
  readonly busyBehindMs: number;
  /** How far after now. Milliseconds; default two years. */
  readonly busyAheadMs: number;
  /** Instances worked out for the busy times of one object. Default 2,000. */
  readonly maxBusyInstances: number;
  /** Objects whose busy times are worked out on demand for one answer. Default 500. */
  readonly maxExpandedObjects: number;
  /** The longest range of a free-busy request. Milliseconds; default 400 days; what is asked beyond is refused with 3.1. */
  readonly maxFreeBusyRangeMs: number;
}

const day = 86_400_000;

const defaults: InboundLimits = {
  rememberMs: 14 * day,
  maxRecipientsAtOnce: 50,
  maxOctetsAtOnce: 4_194_304,
  busyBehindMs: 90 * day,
  busyAheadMs: 731 * day,
  maxBusyInstances: 2_000,
  maxExpandedObjects: 500,
  maxFreeBusyRangeMs: 400 * day,
};

/** Fills in what was left out. @throws nothing. */
export function resolveInboundLimits(limits: Partial<InboundLimits> = {}): InboundLimits {
  return { ...defaults, ...limits };
}

/** The range in which the busy times of an endless series are worked out ahead. @throws nothing. */
export function busyHorizon(now: EpochMs, limits: InboundLimits): TimeRange {
  return { start: epochMs(now - limits.busyBehindMs), end: epochMs(now + limits.busyAheadMs) };
}

/**
 * How many recipients of one message are served in one transaction, so that nobody waits long for it.
 *
 * @param octets - how long the message is, about: each recipient keeps a copy.
 * @throws nothing.
 */
export function recipientsAtOnce(octets: number, limits: InboundLimits): number {
  const bySize = Math.floor(limits.maxOctetsAtOnce / Math.max(1, octets));
  return Math.max(1, Math.min(limits.maxRecipientsAtOnce, bySize));
}

import type { Clock } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';
import { LRUCache } from 'lru-cache';
import type { CapabilitiesLookup, PeerCapabilities } from './cached.ts';

export interface RememberedFailuresOptions {
  /** How long a receiver that failed is not asked again. Milliseconds; default 30000. */
  readonly forMs?: number | undefined;
  /** Receivers remembered; the least recently used goes first. Default 1000. */
  readonly maxReceivers?: number | undefined;
}

interface Failure {
  readonly lookup: CapabilitiesLookup;
  readonly until: EpochMs;
}

/**
 * Remembers for a while which receivers' capabilities could not be had, for callers behind whom a person waits: who asks again
 * is told the same at once. Not for a queue, whose breaker knows when to try again.
 *
 * @see docs/decisions/0075.
 */
export function rememberFailures(
  capabilities: PeerCapabilities,
  { clock }: { readonly clock: Clock },
  options: RememberedFailuresOptions = {},
): PeerCapabilities {
  const forMs = options.forMs ?? 30_000;
  const failures = new LRUCache<string, Failure>({ max: options.maxReceivers ?? 1_000 });
  return {
    async lookup(receiver, abortable) {
      const failure = failures.get(receiver.receiverId);
      if (failure && failure.until > clock.now()) return failure.lookup;
      const lookup = await capabilities.lookup(receiver, abortable);
      if (lookup.status === 'known') failures.delete(receiver.receiverId);
      else failures.set(receiver.receiverId, { lookup: asMemory(lookup), until: epochMs(clock.now() + forMs) });
      return lookup;
    },
    noticeSerial: (receiverId, serial) => capabilities.noticeSerial(receiverId, serial),
  };
}

/** Nothing was asked this time, and what it said at length is not kept. */
function asMemory(lookup: CapabilitiesLookup): CapabilitiesLookup {
  if (lookup.status !== 'refused' && lookup.status !== 'unreadable') return { ...lookup, attempts: [] };
  return { ...lookup, attempts: [], response: { ...lookup.response, content: new Uint8Array() } };
}

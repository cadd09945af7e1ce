import { type BreakerOptions, createBreaker } from '../outbound/breaker.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../outbound/retry-policy.ts';
import type { FallbackPolicy } from '../outbound/fallback.ts';
import type { WorkerOptions } from '../outbound/worker.ts';
import { mayFallBack } from '../policy/partners.ts';
import type { Config } from './config/schema.ts';

type OutboundConfig = Config['outbound'];

/** When to try again, as the configuration has it. @throws nothing. */
export function retryPolicyOf({ retry }: OutboundConfig): RetryPolicy {
  return {
    firstDelayMs: retry.first_seconds * 1000,
    maxDelayMs: retry.max_seconds * 1000,
    jitter: defaultRetryPolicy.jitter,
    maxRetryAfterMs: retry.max_retry_after_seconds * 1000,
    fewTries: retry.few_tries,
    lifetimeMs: retry.give_up_after_seconds * 1000,
  };
}

/** How a worker works, as the configuration has it. @throws nothing. */
export function workerOptionsOf(outbound: OutboundConfig): WorkerOptions {
  return {
    maxInFlight: outbound.max_in_flight,
    perLane: outbound.max_per_receiver,
    perBatch: outbound.max_recipients,
    deadlineMs: outbound.deadline_seconds * 1000,
    leaseMs: outbound.lease_seconds * 1000,
    retry: retryPolicyOf(outbound),
    breaker: createBreaker(breakerOptionsOf(outbound)),
  };
}

/** When messages go another way, as the configuration has it. @throws nothing. */
export function fallbackPolicyOf({ outbound, domains }: Pick<Config, 'outbound' | 'domains'>): FallbackPolicy {
  const { retry, fallback_after_seconds, fallback_for_seconds, no_fallback_to } = outbound;
  const partners = {
    notFrom: domains.filter(({ fallback }) => !fallback).map(({ name }) => name),
    notTo: no_fallback_to,
  };
  return {
    reserveMs: Math.max(0, retry.give_up_after_seconds - fallback_after_seconds) * 1000,
    lifetimeMs: fallback_for_seconds * 1000,
    mayFallBack: (between) => mayFallBack(partners, between),
  };
}

function breakerOptionsOf({ breaker }: OutboundConfig): BreakerOptions {
  return {
    failures: breaker.failures,
    firstPauseMs: breaker.first_pause_seconds * 1000,
    maxPauseMs: breaker.max_pause_seconds * 1000,
  };
}

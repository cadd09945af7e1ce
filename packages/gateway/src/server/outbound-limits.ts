import type { BreakerOptions } from '../outbound/breaker.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../outbound/retry-policy.ts';
import { canFallBack, type FallbackPolicy } from '../outbound/fallback.ts';
import type { ShareAnswers } from '../inbound/share-answer.ts';
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
    breaker: breakerOptionsOf(outbound),
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

/**
 * Who is told what others answered, as the configuration has it. What no person has to read goes by no fallback: whoever
 * might get it by mail is not told.
 *
 * @throws nothing.
 * @see decision 0051.
 */
export function shareAnswersOf(
  { scheduling }: Pick<Config, 'scheduling'>,
  fallback: FallbackPolicy | undefined,
): ShareAnswers | undefined {
  if (!scheduling.share_answers) return undefined;
  return {
    upTo: scheduling.share_answers_up_to,
    mayTell: ({ from, to }) =>
      !fallback || !canFallBack({ method: 'REQUEST', originator: from, recipient: to }, fallback),
  };
}

function breakerOptionsOf({ breaker }: OutboundConfig): BreakerOptions {
  return {
    failures: breaker.failures,
    firstPauseMs: breaker.first_pause_seconds * 1000,
    maxPauseMs: breaker.max_pause_seconds * 1000,
  };
}

import type { Random } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';

/** When to try again, and when to stop. */
export interface RetryPolicy {
  /** Before the first retry. Milliseconds; default one minute. */
  readonly firstDelayMs: number;
  /** Between two tries at most, unless the peer asks for more. Milliseconds; default four hours. */
  readonly maxDelayMs: number;
  /** How much of a delay is up to chance. Default 0.2: from the delay to 1.2 of it. */
  readonly jitter: number;
  /** A peer may ask for so much patience and no more. Milliseconds; default one day. */
  readonly maxRetryAfterMs: number;
  /** Where it will hardly get better by itself. Default 5. */
  readonly fewTries: number;
  /** How long an invitation and its kin are tried. Milliseconds; default five days. */
  readonly lifetimeMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  firstDelayMs: 60_000,
  maxDelayMs: 4 * 3_600_000,
  jitter: 0.2,
  maxRetryAfterMs: 86_400_000,
  fewTries: 5,
  lifetimeMs: 5 * 86_400_000,
};

/** A try that led to nothing. */
export interface FailedTry {
  /** How often it was tried, this time included. */
  readonly tries: number;
  readonly hope: 'usual' | 'few';
  /** As the peer asked. Milliseconds. */
  readonly afterMs?: number | undefined;
  readonly now: EpochMs;
  readonly expiresAt: EpochMs;
}

/**
 * When to try again: each delay twice the one before, a little longer by chance so that what failed together does not come
 * back together, and never sooner than the peer asked.
 *
 * @returns nothing when it is time to give up.
 * @throws nothing.
 */
export function nextAttemptAt(policy: RetryPolicy, failed: FailedTry, random: Random): EpochMs | undefined {
  const { tries, hope, afterMs = 0, now, expiresAt } = failed;
  if (hope === 'few' && tries >= policy.fewTries) return undefined;
  const doubled = policy.firstDelayMs * 2 ** Math.min(tries - 1, 40);
  const delayMs = Math.min(policy.maxDelayMs, doubled) * (1 + policy.jitter * random.fraction());
  const at = now + Math.ceil(Math.max(delayMs, Math.min(afterMs, policy.maxRetryAfterMs)));
  return at < expiresAt ? epochMs(at) : undefined;
}

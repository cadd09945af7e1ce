import { parseCalAddress } from '@isched/icalendar';
import { withDeadline } from '@isched/runtime';
import { epochMs } from '@isched/values';
import { laneFallback } from '../ports/lane.ts';
import type { Fallback, FallbackMessage, FallbackOutcome } from '../ports/fallback.ts';
import type { Lesson } from './breaker.ts';
import { settlementOfHandOver } from './fallback.ts';
import { giveBack, type Job, settleJob, tryOver } from './job.ts';
import { deliveryKeyOf } from './message-id.ts';
import { readQueuedMessage } from './queued-message.ts';

/**
 * Hands a batch to the fallback, which is a receiver like any other: it has a lane, pauses, a deadline. The lease is the claim,
 * and what it answers is settled with it: a node that dies in between hands over again, under the same keys.
 *
 * @throws LeaseLost, with its work stopped and nothing settled; StoreUnavailable.
 */
export async function handOver(job: Job, fallback: Fallback): Promise<void> {
  const { deps, limits, stopping, kept } = job;
  const { clock } = deps;
  try {
    await withDeadline(clock, { timeoutMs: limits.deadlineMs, signal: stopping }, async (signal, end) => {
      kept.whenLost(end);
      const begunAt = clock.now();
      const outcomes = await handedOver(job, fallback, signal);
      const now = clock.now();
      const shared = { ms: now - begunAt, now, expiresAt: job.batch.submission.expiresAt };
      const settlements = job.batch.deliveries.map((delivery, index) => {
        const outcome = outcomes[index] ?? noOutcome;
        return settlementOfHandOver({ outcome, delivery, ...shared }, { policy: limits.retry, random: deps.random });
      });
      await settleJob(job, settlements, lessonOf(outcomes, job));
    });
  } catch (error) {
    if (!stopping.aborted) throw error;
    await giveBack(job); // nothing is known: somebody tries again
  }
}

const noOutcome: FallbackOutcome = { status: 'retry', cause: 'no outcome was told' };

async function handedOver(job: Job, fallback: Fallback, signal: AbortSignal): Promise<readonly FallbackOutcome[]> {
  const { submission, deliveries } = job.batch;
  const message: FallbackMessage = {
    itip: readQueuedMessage(submission.text),
    originator: parseCalAddress(submission.originator),
    recipients: deliveries.map(({ id, recipient }) => ({
      address: parseCalAddress(recipient.address),
      idempotencyKey: deliveryKeyOf(submission, id),
    })),
  };
  try {
    return await fallback.handOver(message, { signal });
  } catch (error) {
    tryOver(job, error);
    return deliveries.map(() => ({ status: 'retry', cause: error }));
  }
}

/** What the outcomes say of the fallback itself. */
function lessonOf(outcomes: readonly FallbackOutcome[], { batch, deps, limits }: Job): Lesson {
  const taken = { lane: laneFallback, wasInTrouble: batch.trouble !== undefined };
  const retries = outcomes.filter((outcome) => outcome.status === 'retry');
  if (retries.length < outcomes.length) return { ...taken, told: 'reached' };
  const afterMs = Math.max(0, ...retries.map((outcome) => outcome.afterMs ?? 0));
  if (afterMs === 0) return { ...taken, told: 'not-reached' };
  const until = epochMs(deps.clock.now() + Math.min(afterMs, limits.retry.maxRetryAfterMs));
  return { ...taken, told: 'not-reached', until };
}

import { calAddressKey, parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { readItipMessage } from '@isched/itip';
import { withDeadline } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';
import type { Lane, Settlement } from '../ports/delivery-queue.ts';
import { giveBack, type Job, settleJob, timeOver } from './job.ts';
import { type FoundLanes, findLanes, nameLanes } from './lanes.ts';
import { messageIdOf } from './message-id.ts';
import { settlementOf } from './settle.ts';
import type { WorkerLimits } from './worker-options.ts';

/**
 * Sends a batch by iSchedule: to its lane, past the breaker, in one request, and settled by what was answered.
 *
 * @throws LeaseLost, with its request stopped and nothing settled; StoreUnavailable.
 */
export async function sendBatch(job: Job): Promise<void> {
  const { deps, limits, stopping, kept } = job;
  try {
    await withDeadline(deps.clock, { timeoutMs: limits.deadlineMs, signal: stopping }, async (signal, end) => {
      kept.whenLost(end);
      const lane = await takeLane(job, signal);
      if (lane === undefined) return;
      if (!limits.breaker.begin(lane, deps.clock.now())) return giveBack(job);
      try {
        const outcomes = await request(job, signal);
        learn(limits, { lane, outcomes, now: deps.clock.now() });
        await settleJob(job, settlementsOf(job, outcomes));
      } finally {
        limits.breaker.undecided(lane);
      }
    });
  } catch (error) {
    if (!stopping.aborted) throw error;
    await giveBack(job); // nothing is known: somebody tries again
  }
}

/** @returns the lane the batch goes in now; nothing where it went back, to wait for its turn in another. */
async function takeLane(job: Job, signal: AbortSignal): Promise<Lane | undefined> {
  const { batch, deps, limits } = job;
  const found = await findLanes(batch, deps.locator, { signal }).catch((error: unknown) => timeOver(job, error));
  if (!found) return batch.lane;
  if (!found.changed) return found.lane;
  const isPaused = limits.breaker.closedLanes(deps.clock.now()).includes(found.lane);
  const goesBack = found.split || batch.othersWait || isPaused;
  await move(job, found, goesBack ? 'give-back' : 'go-on');
  return goesBack ? undefined : found.lane;
}

async function move({ batch, deps }: Job, found: FoundLanes, then: 'give-back' | 'go-on'): Promise<void> {
  await deps.store.transaction(async (tx) => {
    await nameLanes(tx, found);
    if (then === 'give-back') await tx.queue.settle(batch.lease, [], deps.clock.now());
  });
}

async function request(job: Job, signal: AbortSignal): Promise<readonly RecipientOutcome[]> {
  const { batch, deps } = job;
  const recipients = batch.deliveries.map(({ recipient }) => parseCalAddress(recipient.address));
  const message = {
    itip: readItipMessage(parseCalendar(batch.submission.text)),
    originator: parseCalAddress(batch.submission.originator),
    recipients,
    messageId: messageIdOf(batch),
  };
  try {
    return await deps.sender.send(message, { signal });
  } catch (error) {
    timeOver(job, error);
    return recipients.map((recipient) => ({
      recipient,
      attempts: [],
      status: 'retry',
      tries: 'usual',
      cause: error,
    }));
  }
}

function settlementsOf({ batch, deps, limits }: Job, outcomes: readonly RecipientOutcome[]): readonly Settlement[] {
  const byKey = new Map(outcomes.map((outcome) => [calAddressKey(outcome.recipient), outcome]));
  const { expiresAt } = batch.submission;
  const fallback = deps.fallback && { policy: deps.fallback.policy, message: batch.submission };
  const context = { expiresAt, now: deps.clock.now(), policy: limits.retry, random: deps.random, fallback };
  return batch.deliveries.flatMap((delivery) => {
    const outcome = byKey.get(delivery.recipient.key);
    return outcome ? [settlementOf(outcome, { delivery, ...context })] : [];
  });
}

/** What the outcomes say of the receiver. */
function learn(
  { breaker, retry }: WorkerLimits,
  {
    lane,
    outcomes,
    now,
  }: { readonly lane: Lane; readonly outcomes: readonly RecipientOutcome[]; readonly now: EpochMs },
): void {
  const unheard = outcomes.filter((outcome) => outcome.status === 'retry' && outcome.requestStatus === undefined);
  if (outcomes.length === 0 || unheard.length < outcomes.length) return breaker.succeeded(lane);
  const asked = unheard.flatMap((outcome) => (outcome.status === 'retry' ? (outcome.afterMs ?? []) : []));
  const afterMs = asked.length === 0 ? undefined : Math.min(Math.max(...asked), retry.maxRetryAfterMs);
  breaker.failed(lane, now, afterMs === undefined ? undefined : epochMs(now + afterMs));
}

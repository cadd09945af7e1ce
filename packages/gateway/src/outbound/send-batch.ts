import { calAddressKey, parseCalAddress } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { withDeadline } from '@isched/runtime';
import { epochMs } from '@isched/values';
import { LeaseLost, type Settlement } from '../ports/delivery-queue.ts';
import type { Lane } from '../ports/lane.ts';
import type { Lesson } from './breaker.ts';
import { giveBack, giveBackWithin, type Job, settleJob, tryOver } from './job.ts';
import { type FoundLanes, findLanes, nameLanes } from './lanes.ts';
import { messageIdOf } from './message-id.ts';
import { readQueuedMessage } from './queued-message.ts';
import { settlementOf } from './settle.ts';

/**
 * Sends a batch by iSchedule: to its lane, in one request, and settled by what was answered.
 *
 * @throws LeaseLost, with its request stopped and nothing settled; StoreUnavailable.
 */
export async function sendBatch(job: Job): Promise<void> {
  const { deps, limits, stopping, kept } = job;
  try {
    await withDeadline(deps.clock, { timeoutMs: limits.deadlineMs, signal: stopping }, async (signal, end) => {
      kept.whenLost(end);
      const taken = await takeLane(job, signal);
      if (taken === undefined) return;
      const outcomes = await request(job, signal);
      if (signal.reason instanceof LeaseLost) throw signal.reason;
      // Whoever the worker's end kept from being answered goes back as they were.
      const told = stopping.aborted ? outcomes.filter((outcome) => !isCutShort(outcome, signal)) : outcomes;
      await settleJob(job, settlementsOf(job, told), told.length > 0 ? lessonOf(taken, told, job) : undefined);
    });
  } catch (error) {
    if (!stopping.aborted) throw error;
    await giveBack(job); // nothing is known: somebody tries again
  }
}

/** A lane that a batch goes in. */
interface TakenLane {
  readonly lane: Lane;
  readonly wasInTrouble: boolean;
}

/** @returns the lane the batch goes in now; nothing where it went back, to wait for its turn in another. */
async function takeLane(job: Job, signal: AbortSignal): Promise<TakenLane | undefined> {
  const { batch, deps } = job;
  const found = await findLanes(batch, deps.locator, { signal }).catch((error: unknown) => tryOver(job, error));
  if (found?.changed) return move(job, found);
  return { lane: batch.lane, wasInTrouble: batch.trouble !== undefined };
}

/** A lane that is left alone is entered by its own leases alone. Nothing goes back twice before it is tried. */
async function move(job: Job, found: FoundLanes): Promise<TakenLane | undefined> {
  const { batch, deps, moves } = job;
  const mayGoBack = moves.mayGoBack(batch.deliveries);
  const taken = await deps.store.transaction(async (tx) => {
    await nameLanes(tx, found);
    const trouble = await tx.queue.troubleOf(found.lane);
    const shouldGoBack = found.split || batch.othersWait || trouble?.pausedUntil !== undefined;
    if (!mayGoBack || !shouldGoBack) return { lane: found.lane, wasInTrouble: trouble !== undefined };
    await giveBackWithin(tx, job);
    return undefined;
  });
  if (taken === undefined) deps.settled(batch);
  return taken;
}

async function request(job: Job, signal: AbortSignal): Promise<readonly RecipientOutcome[]> {
  const { batch, deps } = job;
  const recipients = batch.deliveries.map(({ recipient }) => parseCalAddress(recipient.address));
  const message = {
    itip: readQueuedMessage(batch.submission.text),
    originator: parseCalAddress(batch.submission.originator),
    recipients,
    messageId: messageIdOf(batch),
  };
  try {
    return await deps.sender.send(message, { signal });
  } catch (error) {
    tryOver(job, error);
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

function isCutShort(outcome: RecipientOutcome, { reason }: AbortSignal): boolean {
  return outcome.status === 'retry' && outcome.cause === reason;
}

/** What the outcomes say of the receiver. */
function lessonOf(taken: TakenLane, outcomes: readonly RecipientOutcome[], { deps, limits }: Job): Lesson {
  const unheard = outcomes.filter((outcome) => outcome.status === 'retry' && outcome.requestStatus === undefined);
  if (outcomes.length === 0 || unheard.length < outcomes.length) return { ...taken, told: 'reached' };
  const asked = unheard.flatMap((outcome) => (outcome.status === 'retry' ? (outcome.afterMs ?? []) : []));
  if (asked.length === 0) return { ...taken, told: 'not-reached' };
  const afterMs = Math.min(Math.max(...asked), limits.retry.maxRetryAfterMs);
  return { ...taken, told: 'not-reached', until: epochMs(deps.clock.now() + afterMs) };
}

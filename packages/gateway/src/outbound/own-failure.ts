import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { LeasedDelivery, Settlement } from '../ports/delivery-queue.ts';
import { laneHere } from '../ports/lane.ts';
import { servedAtOnce } from './deliver-here.ts';
import { type Job, settleJob } from './job.ts';
import { nextAttemptAt } from './retry-policy.ts';
import { describeCause } from '../words/one-line.ts';

/**
 * Settles a batch on which our own work failed: tried again a few times, then given up, each time with a line on the time-line.
 * It would come back for as long as the message lives otherwise, and hold a place of its lane.
 *
 * @throws LeaseLost, with nothing settled; StoreUnavailable.
 */
export async function settleFailure(job: Job, error: unknown): Promise<void> {
  const { batch, deps } = job;
  deps.onTrouble(error);
  const deliveries = batch.lane === laneHere ? servedAtOnce(batch) : batch.deliveries;
  await settleJob(
    job,
    deliveries.map((delivery) => failed(delivery, error, job)),
  );
}

/** Settles a batch whose message is no longer kept. @throws LeaseLost, with nothing settled; StoreUnavailable. */
export async function settleGone(job: Job): Promise<void> {
  const reason: OwnReasonCode = 'message-gone';
  await settleJob(
    job,
    job.batch.deliveries.map(({ id }) => ({ delivery: id, state: 'dead', reason, attempts: [] })),
  );
}

function failed({ id, tries }: LeasedDelivery, error: unknown, { batch, deps, limits }: Job): Settlement {
  const told = { delivery: id, detail: describeCause(error), attempts: [] };
  const { expiresAt } = batch.submission;
  const failure = { tries: tries + 1, hope: 'few', now: deps.clock.now(), expiresAt } as const;
  const dueAt = nextAttemptAt(limits.retry, failure, deps.random);
  return dueAt === undefined
    ? { ...told, state: 'dead', reason: 'work-given-up' satisfies OwnReasonCode }
    : { ...told, state: 'waiting', dueAt, reason: 'work-failed' satisfies OwnReasonCode };
}

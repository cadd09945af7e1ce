import { laneHere, type Settlement } from '../ports/delivery-queue.ts';
import { deliverHere } from './deliver-here.ts';
import { type Job, settleJob } from './job.ts';
import { sendBatch } from './send-batch.ts';

/**
 * The work on one batch: which way it goes, one call into one file each.
 *
 * @throws LeaseLost, with nothing settled; StoreUnavailable. Somebody takes it again then.
 */
export async function workOn(job: Job): Promise<void> {
  const { batch, deps } = job;
  if (batch.submission.expiresAt <= deps.clock.now()) return giveUp(job);
  return batch.lane === laneHere ? deliverHere(job) : sendBatch(job);
}

function giveUp(job: Job): Promise<void> {
  const settlements = job.batch.deliveries.map(
    ({ id }): Settlement => ({ delivery: id, state: 'dead', reason: 'sent-given-up', attempts: [] }),
  );
  return settleJob(job, settlements);
}

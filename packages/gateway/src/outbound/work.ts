import type { Batch, Settlement } from '../ports/delivery-queue.ts';
import { laneFallback, laneHere } from '../ports/lane.ts';
import { deliverHere } from './deliver-here.ts';
import { canFallBack, handedOn, maySwitchFrom } from './fallback.ts';
import { handOver } from './hand-over.ts';
import { giveBack, isOwnFailure, type Job, settleJob } from './job.ts';
import { settleFailure, settleGone } from './own-failure.ts';
import { sendBatch } from './send-batch.ts';
import type { WorkerDeps } from './worker-options.ts';

/**
 * The work on one batch: which way it goes, one call into one file each. What our own work throws is settled too.
 *
 * @throws LeaseLost, with nothing settled; StoreUnavailable. Somebody takes it again then.
 */
export async function workOn(job: Job): Promise<void> {
  try {
    await goItsWay(job);
  } catch (error) {
    if (!isOwnFailure(job, error)) throw error;
    await settleFailure(job, error);
  }
}

async function goItsWay(job: Job): Promise<void> {
  const { batch, deps } = job;
  if (batch.submission.text === '') return settleGone(job);
  if (batch.submission.expiresAt <= deps.clock.now()) return settleJob(job, endings(batch, deps));
  if (batch.lane === laneHere) return deliverHere(job);
  if (batch.lane !== laneFallback) return sendBatch(job);
  return deps.fallback ? handOver(job, deps.fallback.way) : giveBack(job);
}

/** What has no time left goes another way, once, or is given up. */
function endings({ lane, submission, deliveries }: Batch, { fallback, clock }: WorkerDeps): readonly Settlement[] {
  return deliveries.map(({ id, recipient }): Settlement => {
    const told = { delivery: id, attempts: [] };
    const mayFallBack =
      maySwitchFrom(lane) &&
      fallback !== undefined &&
      canFallBack({ ...submission, recipient: recipient.address }, fallback.policy);
    return mayFallBack
      ? handedOn(told, { cause: 'too-long', now: clock.now(), policy: fallback.policy })
      : { ...told, state: 'dead', reason: 'sent-given-up' };
  });
}

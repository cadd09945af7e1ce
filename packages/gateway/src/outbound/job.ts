import { type Batch, LeaseLost, type Settlement } from '../ports/delivery-queue.ts';
import { learn, type Lesson } from './breaker.ts';
import type { KeptLease } from './lease-keeper.ts';
import { recordSettlements } from './record.ts';
import { holdOwnObject } from './schedule-status.ts';
import type { WorkerDeps, WorkerLimits } from './worker-options.ts';

/** One batch, and what the work on it needs. */
export interface Job {
  readonly batch: Batch;
  readonly deps: WorkerDeps;
  readonly limits: WorkerLimits;
  readonly kept: KeptLease;
  /** The worker stops: its requests are cut off. */
  readonly stopping: AbortSignal;
}

/**
 * Settles deliveries and writes down what became of them, and what was learned of the receiver.
 *
 * @throws LeaseLost, with nothing kept; StoreUnavailable.
 */
export async function settleJob(
  { batch, deps, limits }: Job,
  settlements: readonly Settlement[],
  lesson?: Lesson,
): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const now = deps.clock.now();
    await holdOwnObject(tx, batch.submission);
    const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
    await recordSettlements(tx, { batch, settlements, superseded, now }, deps.busyTimes);
    if (lesson) await learn(tx, lesson, { now, options: limits.breaker });
  });
  deps.settled(batch);
}

/** Lets the deliveries wait as they did before: nothing was tried. @throws LeaseLost, StoreUnavailable. */
export async function giveBack({ batch, deps }: Job): Promise<void> {
  await deps.store.transaction((tx) => tx.queue.settle(batch.lease, [], deps.clock.now()));
}

/** Lets pass what only says that the time for this batch is over. @throws the error where the worker stops or has lost the lease. */
export function timeOver({ stopping }: Job, error: unknown): undefined {
  if (stopping.aborted || error instanceof LeaseLost) throw error;
}

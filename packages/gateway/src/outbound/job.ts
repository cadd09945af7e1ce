import { type Batch, LeaseLost, type Settlement } from '../ports/delivery-queue.ts';
import { type StoreTransaction, StoreUnavailable } from '../ports/store.ts';
import { learn, type Lesson } from './breaker.ts';
import type { LaneMoves } from './lane-moves.ts';
import type { KeptLease } from './lease-keeper.ts';
import { recordDecisions, recordSettlements, type Settled } from './record.ts';
import { holdOwnObject } from './schedule-status.ts';
import type { WorkerDeps, WorkerLimits } from './worker-options.ts';

/** One batch, and what the work on it needs. */
export interface Job {
  readonly batch: Batch;
  readonly deps: WorkerDeps;
  readonly limits: WorkerLimits;
  readonly kept: KeptLease;
  readonly moves: LaneMoves;
  /** The worker stops: its requests are cut off. */
  readonly stopping: AbortSignal;
}

/**
 * Settles deliveries and writes down what became of them, and what was learned of the receiver. Where only the note on the
 * sender's own object fails, what became of them is kept without it.
 *
 * @throws LeaseLost, with nothing kept; StoreUnavailable.
 */
export async function settleJob(job: Job, settlements: readonly Settlement[], lesson?: Lesson): Promise<void> {
  const { batch, deps, limits } = job;
  const settle = (record: (tx: StoreTransaction, settled: Settled) => Promise<void>): Promise<void> =>
    deps.store.transaction(async (tx) => {
      const now = deps.clock.now();
      await holdOwnObject(tx, batch.submission);
      const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
      await record(tx, { batch, settlements, superseded, now });
      if (lesson) await learn(tx, lesson, { now, options: limits.breaker });
    });
  try {
    await settle((tx, settled) => recordSettlements(tx, settled, deps.busyTimes));
  } catch (error) {
    if (!isOwnFailure(job, error)) throw error;
    deps.onTrouble(error);
    await settle(recordDecisions);
  }
  deps.settled(batch);
}

/** Says whether it is our work on this batch that failed: neither the store nor the lease, and nobody stopped it. @throws nothing. */
export function isOwnFailure({ stopping }: Pick<Job, 'stopping'>, error: unknown): boolean {
  return !stopping.aborted && !(error instanceof LeaseLost) && !(error instanceof StoreUnavailable);
}

/** Lets the deliveries wait as they did before: nothing was tried. @throws LeaseLost, StoreUnavailable. */
export async function giveBack(job: Job): Promise<void> {
  await job.deps.store.transaction((tx) => giveBackWithin(tx, job));
  job.deps.settled(job.batch);
}

/** The same as a part of other work; what a newer message has made pointless ends. @throws LeaseLost, StoreUnavailable. */
export async function giveBackWithin(tx: StoreTransaction, { batch, deps }: Job): Promise<void> {
  const now = deps.clock.now();
  const { superseded } = await tx.queue.settle(batch.lease, [], now);
  await recordDecisions(tx, { batch, settlements: [], superseded, now });
}

/** Lets pass what only says that this try is over. @throws the error where the worker stops, or lost the lease or the store. */
export function tryOver(job: Job, error: unknown): undefined {
  if (!isOwnFailure(job, error)) throw error;
}

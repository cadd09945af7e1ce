import { type EpochMs, epochMs } from '@isched/values';
import type { Batch, NodeId, SupersededDelivery } from '../ports/delivery-queue.ts';
import { type Lane, laneFallback } from '../ports/lane.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { createLaneMoves } from './lane-moves.ts';
import { createLeaseKeeper, type LeaseKeeper } from './lease-keeper.ts';
import { recordSuperseded } from './record.ts';
import { workOn } from './work.ts';
import { resolveWorkerOptions, type WorkerDeps, type WorkerLimits, type WorkerOptions } from './worker-options.ts';

export type { WorkerDeps, WorkerOptions } from './worker-options.ts';

/** After trouble of our own; twice as long each time in a row, up to the longest. Milliseconds. */
const troublePauseMs = 1_000;
const longestTroublePauseMs = 8_000;
/** Where something is due that others hold: look again. Milliseconds. */
const lookAgainMs = 500;

/** Works on the queue until it is stopped: leases what is due, and sees to it that each batch is worked on. */
export class Worker implements AsyncDisposable {
  readonly #deps: WorkerDeps;
  readonly #limits: WorkerLimits;
  readonly #node: NodeId;
  readonly #keeper: LeaseKeeper;
  readonly #moves = createLaneMoves();
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  readonly #keeping: Promise<void>;

  constructor(deps: WorkerDeps, options: WorkerOptions = {}) {
    this.#deps = deps;
    this.#limits = resolveWorkerOptions(options);
    this.#node = deps.random.token() as NodeId;
    this.#keeper = createLeaseKeeper(deps, this.#limits.leaseMs);
    this.#keeping = this.#keeper.run(this.#stopping.signal);
    this.#running = this.#run();
  }

  /** How many batches it is at. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Takes nothing more, and resolves when what is under way has ended; its own requests are cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#underWay);
    await this.#keeping;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = troublePauseMs;
    while (!signal.aborted) {
      try {
        const batches = await this.#lease();
        pauseMs = troublePauseMs;
        for (const batch of batches) this.#begin(batch);
        if (batches.length === 0) await this.#deps.wakeUp.sleep(await this.#nextLook(), signal);
      } catch (error) {
        if (signal.aborted || (error instanceof StoreUnavailable && error.trouble === 'closed')) return;
        this.#deps.onTrouble(error);
        await this.#deps.clock.sleep(pauseMs, { signal }).catch(() => undefined);
        pauseMs = Math.min(longestTroublePauseMs, pauseMs * 2);
      }
    }
  }

  async #lease(): Promise<readonly Batch[]> {
    const { store, clock } = this.#deps;
    const { maxInFlight, perLane, perBatch, leaseMs } = this.#limits;
    const limit = maxInFlight - this.#underWay.size;
    if (limit <= 0) return [];
    const skipLanes = this.#lanesOfOthers();
    const leased = await store.transaction(async (tx) => {
      const now = clock.now();
      const until = epochMs(now + leaseMs);
      const gone: SupersededDelivery[] = [];
      const superseded = (some: readonly SupersededDelivery[]): void => void gone.push(...some);
      const wish = { node: this.#node, limit, perLane, perBatch, skipLanes, now, until, superseded };
      const batches = await tx.queue.lease(wish);
      await recordSuperseded(tx, gone, now);
      return { batches, gone };
    });
    for (const delivery of leased.gone) this.#deps.superseded?.(delivery);
    return leased.batches;
  }

  /** When to look again if nobody rings: batches that end do, and so does whoever adds something. */
  async #nextLook(): Promise<EpochMs | undefined> {
    const { store, clock } = this.#deps;
    if (this.#underWay.size >= this.#limits.maxInFlight) return undefined;
    const due = await store.read((view) => view.queue.nextDue({ skipLanes: this.#lanesOfOthers() }));
    const now = clock.now();
    return due !== undefined && due <= now ? epochMs(now + lookAgainMs) : due;
  }

  /** What goes another way is left to nodes that have one. */
  #lanesOfOthers(): readonly Lane[] {
    return this.#deps.fallback ? [] : [laneFallback];
  }

  #begin(batch: Batch): void {
    const work = this.#work(batch)
      .catch((error: unknown) => {
        // Not settled: the lease runs out, and somebody takes it again.
        if (!this.#stopping.signal.aborted) this.#deps.onTrouble(error);
      })
      .finally(() => {
        this.#underWay.delete(work);
        this.#deps.wakeUp.wake();
      });
    this.#underWay.add(work);
  }

  async #work(batch: Batch): Promise<void> {
    using kept = this.#keeper.keep(batch.lease);
    await workOn({
      batch,
      deps: this.#deps,
      limits: this.#limits,
      kept,
      moves: this.#moves,
      stopping: this.#stopping.signal,
    });
  }
}

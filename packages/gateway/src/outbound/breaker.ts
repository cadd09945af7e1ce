import { type EpochMs, epochMs } from '@isched/values';
import type { Lane, LaneTrouble } from '../ports/lane.ts';
import type { StoreTransaction } from '../ports/store.ts';

/** When a receiver is left alone, and for how long. */
export interface BreakerOptions {
  /** Requests in a row that reached nobody. Default 3. */
  readonly failures: number;
  /** The first pause. Milliseconds; default 30000. */
  readonly firstPauseMs: number;
  /** The longest. Milliseconds; default fifteen minutes. */
  readonly maxPauseMs: number;
}

export const defaultBreaker: BreakerOptions = { failures: 3, firstPauseMs: 30_000, maxPauseMs: 900_000 };

/** What a request told of a lane's receiver; it knows nothing of that receiver's own messages to us. */
export interface Lesson {
  readonly lane: Lane;
  readonly told: 'reached' | 'not-reached';
  /** How long the peer asked us to stay away. */
  readonly until?: EpochMs | undefined;
  /** The lane was in trouble when the request went out. */
  readonly wasInTrouble: boolean;
}

/**
 * Writes a lesson down for all nodes, so that what waits for a receiver that does not answer costs neither time nor tries. While
 * a lane is paused nothing is leased from it; then one request goes out to see.
 *
 * @throws StoreUnavailable.
 */
export async function learn(
  tx: StoreTransaction,
  { lane, told, until, wasInTrouble }: Lesson,
  { now, options }: { readonly now: EpochMs; readonly options: BreakerOptions },
): Promise<void> {
  if (told === 'not-reached') {
    const before = await tx.queue.troubleOf(lane);
    await tx.queue.setTrouble(lane, afterFailure(before, { now, until }, options));
  } else if (wasInTrouble) await tx.queue.setTrouble(lane, undefined);
}

/**
 * What is known of a lane once a request has reached nobody. What was under way when a pause began does not make it longer.
 *
 * @throws nothing.
 */
export function afterFailure(
  before: LaneTrouble | undefined,
  { now, until }: { readonly now: EpochMs; readonly until?: EpochMs | undefined },
  options: BreakerOptions,
): LaneTrouble {
  const { pauseMs: lastPauseMs, pausedUntil, failures: failuresBefore } = before ?? { pauseMs: 0, failures: 0 };
  const failures = failuresBefore + 1;
  if (failures < options.failures && until === undefined && pausedUntil === undefined) {
    return { failures, pauseMs: lastPauseMs };
  }
  const isPaused = pausedUntil !== undefined && pausedUntil > now;
  const pauseMs = isPaused
    ? lastPauseMs
    : Math.min(options.maxPauseMs, Math.max(options.firstPauseMs, lastPauseMs * 2));
  const end = isPaused ? pausedUntil : now + pauseMs;
  return { failures, pauseMs, pausedUntil: epochMs(Math.max(end, until ?? 0)) };
}

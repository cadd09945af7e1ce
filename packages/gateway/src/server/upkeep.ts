import type { Clock } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import { rollBusyTimes } from '../inbound/roll-busy-times.ts';
import type { Overdue } from '../outbound/overdue.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import type { Logger } from './log.ts';

/** Deliveries given up or handed over in one transaction, so that messages never wait long. */
const rowsAtOnce = 500;
/** Rows forgotten in one: each is looked for in several indexes, of a million rows in 0.5 ms. */
const forgottenAtOnce = 100;
/** So often in one round what is late is looked at; the rest is the next one's. */
const latePages = 20;
/** Between two rounds. Milliseconds. */
const everyMs = 60_000;

export interface Retention {
  /** How long decisions are kept. Days. */
  readonly decisionDays: number;
  /** How long messages that were sent are kept, after their last delivery ended. Days. */
  readonly messageDays: number;
  /** The same of the requests made for them. Days. */
  readonly attemptDays: number;
  /** The same of what became of them. Days. */
  readonly outcomeDays: number;
}

export interface UpkeepDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly overdue: Overdue;
}

/**
 * Forgets what has expired, in small steps, until aborted.
 *
 * @throws nothing: a round that fails is logged, and there is a next one.
 */
export async function keepTidy(deps: UpkeepDeps, retention: Retention, { signal }: Abortable): Promise<void> {
  for (;;) {
    try {
      await forgetExpired(deps, retention);
    } catch (error) {
      deps.log.warn({ err: error }, 'what expired could not be forgotten; it will be tried again');
    }
    try {
      await deps.clock.sleep(everyMs, { signal });
    } catch {
      return; // aborted
    }
  }
}

/** Between two rounds. Milliseconds. */
const rollEveryMs = 86_400_000;

/**
 * Keeps the busy times of series worked out ahead, at once and then each day, until aborted.
 *
 * @throws nothing, as `keepTidy`.
 */
export async function keepBusyTimes(
  { store, clock, log }: Pick<UpkeepDeps, 'store' | 'clock' | 'log'>,
  { signal }: Abortable,
): Promise<void> {
  for (;;) {
    try {
      const objects = await rollBusyTimes({ store, clock }, {}, { signal });
      if (objects > 0) log.info({ objects }, 'busy times were worked out further ahead');
    } catch (error) {
      if (signal?.aborted) return;
      log.warn({ err: error }, 'busy times could not be worked out ahead; it will be tried again');
    }
    try {
      await clock.sleep(rollEveryMs, { signal });
    } catch {
      return; // aborted
    }
  }
}

async function forgetExpired({ store, clock, overdue }: UpkeepDeps, retention: Retention): Promise<void> {
  const now = clock.now();
  const ago = (days: number): EpochMs => epochMs(now - days * 86_400_000);
  const forget = (some: (tx: StoreTransaction) => Promise<number>): Promise<void> =>
    untilFewer(forgottenAtOnce, () => store.transaction(some));
  for (let page = 0; page < latePages; page++) {
    if ((await overdue.handOver(store, { now, limit: rowsAtOnce })) < rowsAtOnce) break;
  }
  await untilFewer(rowsAtOnce, () => store.transaction((tx) => overdue.end(tx, { now, limit: rowsAtOnce })));
  await forget((tx) => tx.received.forgetExpired(now, forgottenAtOnce));
  await forget((tx) => tx.decisions.forgetBefore(ago(retention.decisionDays), forgottenAtOnce));
  await forget((tx) => tx.queue.forgetTexts(ago(retention.messageDays), forgottenAtOnce));
  await forget((tx) => tx.queue.forgetAttempts(ago(retention.attemptDays), forgottenAtOnce));
  await forget((tx) => tx.queue.forgetTroubles(ago(1), forgottenAtOnce));
  await forget((tx) => tx.queue.forgetEnded(ago(retention.outcomeDays), forgottenAtOnce));
}

async function untilFewer(atOnce: number, act: () => Promise<number>): Promise<void> {
  while ((await act()) >= atOnce);
}

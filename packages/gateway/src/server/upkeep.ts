import type { Clock } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import { rollBusyTimes } from '../inbound/roll-busy-times.ts';
import type { Overdue } from '../outbound/overdue.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import type { Logger } from './log.ts';

/** Deliveries looked at in one step to be given up or handed over. */
const rowsAtOnce = 500;
/** Rows forgotten in one transaction, so that messages never wait long: each is looked for in several indexes, of a million rows in 0.5 ms. */
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
 * @throws nothing: what fails is logged and keeps nothing else from being forgotten, and there is a next round.
 */
export async function keepTidy(deps: UpkeepDeps, retention: Retention, { signal }: Abortable): Promise<void> {
  for (;;) {
    for (const [what, act] of Object.entries(stepsOf(deps, retention))) {
      try {
        signal?.throwIfAborted();
        await act();
      } catch (error) {
        if (signal?.aborted) return;
        deps.log.warn({ err: error, what }, 'a part of the upkeep failed; it will be tried again');
      }
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

/** What a round does, each part by itself. */
function stepsOf({ store, clock, overdue }: UpkeepDeps, retention: Retention): Record<string, () => Promise<void>> {
  const now = clock.now();
  const ago = (days: number): EpochMs => epochMs(now - days * 86_400_000);
  const forget = (some: (tx: StoreTransaction) => Promise<number>) => (): Promise<void> =>
    untilFewer(forgottenAtOnce, () => store.transaction(some));
  return {
    'handing over what took too long': () => handOverLate(store, overdue, now),
    'ending what is overdue': async () => void (await overdue.end(store, { now, limit: rowsAtOnce })),
    'forgetting what was received': forget((tx) => tx.received.forgetExpired(now, forgottenAtOnce)),
    'forgetting decisions': forget((tx) => tx.decisions.forgetBefore(ago(retention.decisionDays), forgottenAtOnce)),
    'forgetting messages': forget((tx) => tx.queue.forgetTexts(ago(retention.messageDays), forgottenAtOnce)),
    'forgetting attempts': forget((tx) => tx.queue.forgetAttempts(ago(retention.attemptDays), forgottenAtOnce)),
    'forgetting troubles': forget((tx) => tx.queue.forgetTroubles(ago(1), forgottenAtOnce)),
    'forgetting outcomes': forget((tx) => tx.queue.forgetEnded(ago(retention.outcomeDays), forgottenAtOnce)),
  };
}

async function handOverLate(store: Store, overdue: Overdue, now: EpochMs): Promise<void> {
  for (let page = 0; page < latePages; page++) {
    if ((await overdue.handOver(store, { now, limit: rowsAtOnce })) < rowsAtOnce) return;
  }
}

async function untilFewer(atOnce: number, act: () => Promise<number>): Promise<void> {
  while ((await act()) >= atOnce);
}

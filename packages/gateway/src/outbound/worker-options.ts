import type { CalAddress, Component } from '@isched/icalendar';
import type { DeliveryResult, ReceiverLocator, Sender } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import type { Clock, Random } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { Batch, SupersededDelivery } from '../ports/delivery-queue.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Fallback } from '../ports/fallback.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { type BreakerOptions, defaultBreaker } from './breaker.ts';
import type { FallbackPolicy } from './fallback.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry-policy.ts';
import type { WakeUp } from './wake-up.ts';

export interface WorkerDeps {
  readonly store: Store;
  readonly sender: Sender;
  readonly locator: ReceiverLocator;
  /** Delivers to users of this gateway, within the transaction that settles. */
  readonly deliverWithin: (
    tx: StoreTransaction,
    message: {
      readonly itip: ItipMessage;
      readonly originator: CalAddress;
      readonly recipients: readonly CalAddress[];
    },
    now: EpochMs,
  ) => Promise<readonly DeliveryResult[]>;
  /** Another way for what iSchedule can't carry, and when it is taken. Absent: there is none. */
  readonly fallback?: { readonly way: Fallback; readonly policy: FallbackPolicy } | undefined;
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeUp: WakeUp;
  /** Told of each batch of which something was settled. */
  readonly settled: (batch: Batch) => void;
  /** Told of each delivery that became pointless because its lease ran out. */
  readonly superseded?: ((delivery: SupersededDelivery) => void) | undefined;
  /** What went wrong with our own work; it will be tried again. */
  readonly onTrouble: (error: unknown) => void;
}

export interface WorkerOptions {
  /** Requests under way at once. Default 64. */
  readonly maxInFlight?: number | undefined;
  /** Requests to one receiver at once. Default 4. */
  readonly perLane?: number | undefined;
  /** Recipients of one message taken together. Default 250. */
  readonly perBatch?: number | undefined;
  /** How long one batch may take, discovery and all. Milliseconds; default 90000. */
  readonly deadlineMs?: number | undefined;
  /** How long the work of a node that died is kept from others; while a node lives it renews. Milliseconds; default 30000. */
  readonly leaseMs?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly breaker?: BreakerOptions | undefined;
}

export type WorkerLimits = { readonly [K in keyof WorkerOptions]-?: Exclude<WorkerOptions[K], undefined> };

/** Fills in what was left out. @throws nothing. */
export function resolveWorkerOptions(options: WorkerOptions): WorkerLimits {
  return {
    maxInFlight: options.maxInFlight ?? 64,
    perLane: options.perLane ?? 4,
    perBatch: options.perBatch ?? 250,
    deadlineMs: options.deadlineMs ?? 90_000,
    leaseMs: options.leaseMs ?? 30_000,
    retry: options.retry ?? defaultRetryPolicy,
    breaker: options.breaker ?? defaultBreaker,
  };
}

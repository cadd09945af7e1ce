import type { Abortable } from '@isched/values';
import type { CalendarObjects, ObjectsView } from './calendar-objects.ts';
import type { Decisions, DecisionsView } from './decisions.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { QueueAdmin, QueueView } from './queue-admin.ts';
import type { Directory, DirectoryView } from './directory.ts';
import type { ReceivedMessages } from './received-messages.ts';
import type { Serials } from './serials.ts';

/**
 * All state in one place, so that what must agree is one transaction.
 *
 * Disposing of a store waits for the work it accepted; work offered later is refused with StoreUnavailable `closed`.
 */
export interface Store extends AsyncDisposable {
  /**
   * Runs a piece of work and keeps what it did, wholly or not at all.
   *
   * `work` awaits only the methods of `tx`, has no outside effect and may run again. Pieces of work run one after the
   * other, or as if they did; several may share one durable commit, and a piece that throws undoes only itself.
   *
   * @returns what `work` answered, after the commit is durable.
   * @throws what `work` threw, with nothing kept; StoreUnavailable; the signal's reason when it was aborted before `work`
   * began.
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, options?: Abortable): Promise<T>;
  /**
   * Looks at one consistent state without waiting for writers. What it sees was committed, but may not have reached the
   * disk yet: never acknowledge anything on its account.
   *
   * @throws what `work` threw; StoreUnavailable; the signal's reason when it was aborted before `work` began.
   */
  read<T>(work: (view: StoreView) => Promise<T>, options?: Abortable): Promise<T>;
}

/** The rooms of the store, to be changed together. Of no use once its work has ended. */
export interface StoreTransaction {
  readonly received: ReceivedMessages;
  readonly objects: CalendarObjects;
  readonly directory: Directory;
  readonly decisions: Decisions;
  readonly serials: Serials;
  readonly queue: DeliveryQueue & QueueAdmin;
}

/** The rooms of the store, to look at. */
export interface StoreView {
  readonly objects: ObjectsView;
  readonly directory: DirectoryView;
  readonly decisions: DecisionsView;
  readonly queue: QueueView;
}

/**
 * `failed` may pass; `unfit` (a wrong password, no such database, a newer schema) and `no-space` need an operator; `closed` is
 * the end.
 */
export type StoreTrouble = 'failed' | 'unfit' | 'no-space' | 'closed';

/** The store could not do it: nothing was kept, nothing may be acknowledged. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code: 'store-unavailable' | 'store-full';
  readonly trouble: StoreTrouble;
  constructor(trouble: StoreTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
    this.code = trouble === 'no-space' ? 'store-full' : 'store-unavailable';
  }
}

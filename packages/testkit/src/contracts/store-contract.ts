import { busyTimesContract } from './store-busy-times.ts';
import { decisionsContract } from './store-decisions.ts';
import { directoryContract } from './store-directory.ts';
import { eventsContract } from './store-events.ts';
import { objectsContract } from './store-objects.ts';
import { queueFallbackContract } from './store-queue-fallback.ts';
import { queueOrderContract } from './store-queue-order.ts';
import { queueOperatorsContract } from './store-queue-operators.ts';
import { queueTroubleContract } from './store-queue-trouble.ts';
import { queueContract } from './store-queue.ts';
import { receivedContract } from './store-received.ts';
import { type StoreUnderTest, storeSubject } from './store-subject.ts';
import { transactionsContract } from './store-transactions.ts';

/**
 * What every Store must do.
 *
 * @param open - a new, empty store.
 */
export function storeContract(open: () => Promise<StoreUnderTest>): void {
  const subject = storeSubject(open);
  transactionsContract(subject);
  receivedContract(subject);
  directoryContract(subject);
  objectsContract(subject);
  busyTimesContract(subject);
  decisionsContract(subject);
  eventsContract(subject);
  queueContract(subject);
  queueFallbackContract(subject);
  queueOrderContract(subject);
  queueTroubleContract(subject);
  queueOperatorsContract(subject);
}

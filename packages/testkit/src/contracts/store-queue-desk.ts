import { parseDomainName } from '@isched/values';
import type {
  AddOptions,
  Batch,
  DeliveryState,
  LeaseWish,
  NodeId,
  QueueFilter,
  SettledState,
  Submission,
} from 'isched';
import { expect } from 'vitest';
import { day, later, now, type StoreSubject } from './store-subject.ts';

/** An invitation to some addresses, such as `b@beta.example`. @throws nothing. */
export function invitation(uid: string, to: readonly string[], more: Partial<Submission> = {}): Submission {
  return {
    originator: 'mailto:A@alpha.example',
    originatorKey: 'mailto:a@alpha.example',
    method: 'REQUEST',
    uid,
    instance: '',
    text: `text of ${uid}`,
    recipients: to.map((address) => ({
      address: `mailto:${address}`,
      key: `mailto:${address}`,
      domain: parseDomainName(address.slice(address.indexOf('@') + 1)),
    })),
    supersedes: { methods: ['REQUEST'], instances: 'same' },
    expiresAt: later(5 * day),
    ...more,
  };
}

/** To lease all that is due. */
export const wish: LeaseWish = {
  node: 'one' as NodeId,
  limit: 100,
  perLane: 100,
  perBatch: 100,
  skipLanes: [],
  now,
  until: later(60_000),
};

/** What the tests of the queue do with it, in few words. */
export function queueDesk(subject: StoreSubject) {
  const add = (submission: Submission, options: Partial<AddOptions> = {}) =>
    subject.store.transaction((tx) => tx.queue.add(submission, { now, dueAt: now, ...options }));
  const lease = (more: Partial<LeaseWish> = {}) =>
    subject.store.transaction((tx) => tx.queue.lease({ ...wish, ...more }));
  const settle = (batch: Batch, state: SettledState, at = now) =>
    subject.store.transaction((tx) =>
      tx.queue.settle(
        batch.lease,
        batch.deliveries.map(({ id }) => ({ delivery: id, state, reason: 'r', attempts: [] })),
        at,
      ),
    );
  const postpone = (batch: Batch, dueAt: number, at = now) =>
    subject.store.transaction((tx) =>
      tx.queue.settle(
        batch.lease,
        batch.deliveries.map(({ id }) => ({
          delivery: id,
          state: 'waiting' as const,
          dueAt: later(dueAt - now),
          reason: 'come-again',
          attempts: [{ at: now, url: 'https://shared.example/', status: 503, ms: 12 }],
        })),
        at,
      ),
    );
  const list = (filter: QueueFilter = {}) => subject.store.read((view) => view.queue.list(filter, { limit: 1000 }));
  const states = async (filter: QueueFilter = {}): Promise<readonly DeliveryState[]> =>
    (await list(filter)).map(({ state }) => state);
  const uids = (batches: readonly Batch[]) => batches.map(({ submission }) => submission.uid);
  const only = (batches: readonly Batch[]): Batch => {
    expect(batches).toHaveLength(1);
    return batches[0] as Batch;
  };
  return { add, lease, settle, postpone, list, states, uids, only };
}

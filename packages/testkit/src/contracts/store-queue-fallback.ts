import { parseDomainName } from '@isched/values';
import {
  type Batch,
  type DeliveryId,
  domainLane,
  type DeliveryAttempt,
  laneFallback,
  type QueuedDelivery,
  type Submission,
} from 'isched';
import { describe, expect, it } from 'vitest';
import { invitation, wish } from './store-queue-desk.ts';
import { day, later, now, type StoreSubject } from './store-subject.ts';

const beta = parseDomainName('beta.example');
const attempt: DeliveryAttempt = { at: now, url: 'https://beta.example/', status: 404, ms: 5 };

/** What every Store promises of deliveries that go another way. */
export function queueFallbackContract(subject: StoreSubject): void {
  const add = (submission: Submission) =>
    subject.store.transaction((tx) => tx.queue.add(submission, { now, dueAt: now }));
  const lease = (more: Partial<typeof wish> = {}) =>
    subject.store.transaction((tx) => tx.queue.lease({ ...wish, ...more }));
  const settleElsewhere = (batch: Batch, deliveries: readonly DeliveryId[]) =>
    subject.store.transaction((tx) =>
      tx.queue.settle(
        batch.lease,
        deliveries.map((delivery) => ({
          delivery,
          state: 'waiting',
          dueAt: later(10),
          fallBackUntil: later(9 * day),
          reason: 'fallback-not-offered',
          attempts: [attempt],
        })),
        now,
      ),
    );
  const fallBack = (...deliveries: readonly DeliveryId[]) =>
    subject.store.transaction((tx) =>
      tx.queue.fallBack(deliveries, { now: later(10), until: later(9 * day), reason: 'fallback-too-long' }),
    );
  const list = () => subject.store.read((view) => view.queue.list({}, { limit: 100 }));
  const ending = (before: number, limit = 100, after?: QueuedDelivery) =>
    subject.store.read((view) => view.queue.ending(later(before), { limit, after }));
  const idsOf = (deliveries: readonly { readonly id: DeliveryId }[]) => deliveries.map(({ id }) => id);

  describe('deliveries that go another way', () => {
    it('wait in a lane of their own, with their recipient and their attempts, their tries counted anew', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example', 'c@beta.example']));
      const [batch] = await lease();
      await settleElsewhere(batch as Batch, deliveries.slice(0, 1));
      await subject.reopen();
      expect(await list()).toMatchObject([
        { state: 'waiting', lane: laneFallback, tries: 0, reason: 'fallback-not-offered', dueAt: later(10) },
        { state: 'waiting', lane: domainLane(beta) },
      ]);
      const skipLanes = [domainLane(beta)];
      expect(await lease({ skipLanes })).toEqual([]);
      const [handed] = await lease({ skipLanes, now: later(10) });
      expect(handed).toMatchObject({
        lane: laneFallback,
        submission: { text: 'text of u', expiresAt: later(9 * day) },
        deliveries: [{ id: deliveries[0], tries: 0, recipient: { address: 'mailto:b@beta.example', domain: beta } }],
      });
      expect(await subject.store.read((view) => view.queue.attempts(deliveries[0] as DeliveryId))).toEqual([attempt]);
    });

    it('are not leased for their domain again, whatever lane that gets', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example']));
      await fallBack(...deliveries);
      await subject.store.transaction((tx) => tx.queue.setLane(beta, 'receiver:https://beta.example/' as never));
      expect(await lease({ now: later(day), until: later(2 * day), skipLanes: [laneFallback] })).toEqual([]);
      expect((await lease({ now: later(day), until: later(2 * day) })).map(({ lane }) => lane)).toEqual([laneFallback]);
      expect(await fallBack(...deliveries)).toEqual([]);
    });

    it('are found by their domain, and may be held, released, dropped and tried again where they are', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example', 'c@beta.example']));
      await fallBack(deliveries[0] as DeliveryId);
      const options = { now: later(20), limit: 10 };
      const filter = { domain: beta };
      expect(await subject.store.transaction((tx) => tx.queue.hold(filter, options))).toHaveLength(2);
      expect(await fallBack(...deliveries)).toEqual([]); // held is held
      expect(
        (await subject.store.transaction((tx) => tx.queue.release(filter, options))).map(({ lane }) => lane),
      ).toEqual([laneFallback, domainLane(beta)]);
      await subject.store.transaction((tx) => tx.queue.giveUp(deliveries, later(30)));
      const supersedesOf = () => ({ methods: [], instances: 'same' }) as const;
      const retry = { ...options, expiresAt: later(day), supersedesOf };
      const { changed } = await subject.store.transaction((tx) => tx.queue.retry(filter, retry));
      expect(changed.map(({ lane }) => lane)).toEqual([laneFallback, domainLane(beta)]);
      expect(await subject.store.transaction((tx) => tx.queue.drop(filter, options))).toHaveLength(2);
    });

    it('keep their order, and are superseded like others', async () => {
      const keep = { supersedes: { methods: [], instances: 'same' } } as const;
      const first = await add(invitation('u', ['b@beta.example'], keep));
      const second = await add(invitation('u', ['b@beta.example'], { ...keep, method: 'ADD' }));
      await fallBack(...first.deliveries, ...second.deliveries);
      expect(await list()).toMatchObject([{ blocked: false }, { blocked: true, lane: laneFallback }]);
      const at = { now: later(10) };
      const [batch, ...others] = await lease(at);
      expect([batch?.submission.method, others.length]).toEqual(['REQUEST', 0]);
      await subject.store.transaction((tx) =>
        tx.queue.settle(
          (batch as Batch).lease,
          [{ delivery: first.deliveries[0] as DeliveryId, state: 'mailed', reason: 'mailed', attempts: [] }],
          later(20),
        ),
      );
      const supersedes = { methods: ['ADD'], instances: 'all' } as const;
      await add(invitation('u', ['b@beta.example'], { method: 'CANCEL', supersedes }));
      expect((await list()).map(({ state }) => state)).toEqual(['mailed', 'superseded', 'waiting']);
    });

    it('stay, superseded, where they were when a newer message came while they were leased', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example']));
      const [batch] = await lease();
      await add(invitation('u', ['b@beta.example']));
      await settleElsewhere(batch as Batch, deliveries);
      expect(await list()).toMatchObject([
        { state: 'superseded', lane: domainLane(beta) },
        { state: 'waiting', lane: domainLane(beta) },
      ]);
    });

    it('leave our own users and what has ended alone', async () => {
      const { recipients, ...rest } = invitation('u', ['b@beta.example']);
      const here = await add({ ...rest, recipients: recipients.map((one) => ({ ...one, domain: undefined })) });
      const away = await add(invitation('v', ['b@beta.example']));
      await subject.store.transaction((tx) => tx.queue.giveUp(away.deliveries, now));
      expect(await fallBack(...here.deliveries, ...away.deliveries)).toEqual([]);
      expect((await list()).map(({ lane }) => lane)).toEqual(['here', domainLane(beta)]);
    });

    it('have time until then at least, and no less than they had', async () => {
      const long = await add(invitation('u', ['b@beta.example'], { expiresAt: later(20 * day) }));
      const short = await add(invitation('v', ['b@beta.example'], { expiresAt: later(day) }));
      const changed = await fallBack(...long.deliveries, ...short.deliveries);
      expect(changed.map(({ submission }) => submission.expiresAt)).toEqual([later(20 * day), later(9 * day)]);
    });
  });

  describe('what has little time left', () => {
    it('is told, what ends first at the front, page by page, and only what waits', async () => {
      const last = await add(invitation('last', ['b@beta.example'], { expiresAt: later(3 * day) }));
      const first = await add(invitation('first', ['b@beta.example', 'c@gamma.example'], { expiresAt: later(day) }));
      const held = await add(invitation('held', ['b@beta.example'], { expiresAt: later(day) }));
      await subject.store.transaction((tx) => tx.queue.hold({ submission: held.id }, { now, limit: 9 }));
      expect(await ending(day - 1)).toEqual([]);
      expect(idsOf(await ending(3 * day))).toEqual([...first.deliveries, ...last.deliveries]);
      const [page] = await ending(3 * day, 1);
      expect(idsOf(await ending(3 * day, 1, page))).toEqual([first.deliveries[1]]);
      await lease({ limit: 1, skipLanes: [domainLane(beta)] });
      expect(idsOf(await ending(3 * day, 1, page))).toEqual(last.deliveries);
    });

    it('is given up where it waits, and nothing else of it', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example', 'c@beta.example', 'd@beta.example']));
      await subject.store.transaction((tx) => tx.queue.hold({ delivery: deliveries[1] }, { now, limit: 1 }));
      const given = await subject.store.transaction((tx) => tx.queue.giveUp(deliveries.slice(0, 2), later(1)));
      expect(given).toMatchObject([{ id: deliveries[0], state: 'dead', reason: 'sent-given-up', changedAt: later(1) }]);
      expect((await list()).map(({ state }) => state)).toEqual(['dead', 'held', 'waiting']);
    });
  });
}

import { parseDomainName } from '@isched/values';
import {
  type Batch,
  type DeliveryId,
  domainLane,
  type Lane,
  laneHere,
  LeaseLost,
  type LeaseWish,
  type NodeId,
  receiverLane,
} from 'isched';
import { describe, expect, it } from 'vitest';
import { invitation, queueDesk, wish } from './store-queue-desk.ts';
import { day, later, now, type StoreSubject } from './store-subject.ts';

const beta = parseDomainName('beta.example');
const gamma = parseDomainName('gamma.example');
const shared = receiverLane('https://shared.example/');

/** What every Store promises of the delivery queue. */
export function queueContract(subject: StoreSubject): void {
  const { add, lease, settle, postpone, list, states, uids, only } = queueDesk(subject);

  describe('the delivery queue', () => {
    it('keeps a message and one delivery for each recipient', async () => {
      const added = await add(invitation('u', ['b@beta.example', 'c@gamma.example']));
      expect(added).toMatchObject({ repeated: false, superseded: [] });
      await subject.reopen();
      const listed = await list();
      expect(listed.map(({ id }) => id)).toEqual(added.deliveries);
      expect(listed).toMatchObject([
        { recipient: 'mailto:b@beta.example', state: 'waiting', lane: domainLane(beta), tries: 0, blocked: false },
        { recipient: 'mailto:c@gamma.example', state: 'waiting', lane: domainLane(gamma), dueAt: now },
      ]);
      expect(listed[0]?.submission).toEqual({
        id: added.id,
        originator: 'mailto:A@alpha.example',
        method: 'REQUEST',
        uid: 'u',
        instance: '',
        addedAt: now,
        expiresAt: later(5 * day),
      });
      expect(await subject.store.read((view) => view.queue.text(added.id))).toBe('text of u');
    });

    it('adds nothing under an idempotency key that was used, fifty times at once', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => add(invitation('u', ['b@beta.example']), { idempotencyKey: 'k' })),
      );
      expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect(await list()).toHaveLength(1);
      expect(await subject.store.read((view) => view.queue.submissionOf('k'))).toBe(all[0]?.id);
      expect(await subject.store.read((view) => view.queue.submissionOf('other'))).toBeUndefined();
    });

    it('leases what is due, and only once', async () => {
      await add(invitation('now', ['b@beta.example']));
      await add(invitation('later', ['c@beta.example']), { dueAt: later(1000) });
      const batch = only(await lease());
      expect(batch).toMatchObject({
        lane: domainLane(beta),
        lease: { node: 'one', until: wish.until },
        submission: { uid: 'now', text: 'text of now' },
        deliveries: [{ recipient: { address: 'mailto:b@beta.example', domain: beta }, tries: 0 }],
        othersWait: false,
      });
      expect(await lease()).toEqual([]);
      expect(uids(await lease({ now: later(1000) }))).toEqual(['later']);
    });

    it('leases to one of many who ask at once', async () => {
      for (let index = 0; index < 10; index++) await add(invitation(`u${index}`, ['b@beta.example']));
      const leased = await Promise.all(Array.from({ length: 20 }, () => lease({ limit: 1 })));
      expect(uids(leased.flat()).toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => `u${index}`));
    });

    it('gives out the oldest first, within the limit', async () => {
      for (let index = 0; index < 5; index++)
        await add(invitation(`u${index}`, ['b@beta.example']), { dueAt: later(-index) });
      expect(uids(await lease({ limit: 2 }))).toEqual(['u4', 'u3']);
    });

    it('keeps a lane within its limit of batches, and skips lanes', async () => {
      for (let index = 0; index < 3; index++) {
        await add(invitation(`b${index}`, ['b@beta.example']));
        await add(invitation(`c${index}`, ['c@gamma.example']), { dueAt: later(1) });
      }
      const at = { now: later(1) };
      expect(uids(await lease({ ...at, perLane: 1 }))).toEqual(['b0', 'c0']);
      const [next, ...others] = await lease({ ...at, perLane: 2, skipLanes: [domainLane(beta)] });
      expect(others).toEqual([]);
      expect(next?.submission.uid).toBe('c1');
      await settle(next as Batch, 'delivered');
      expect(uids(await lease({ ...at, perLane: 2 }))).toEqual(['b1', 'c2']);
    });

    it('[IS-3.2] lets recipients of one message that share a lane go together', async () => {
      const to = ['b@beta.example', 'c@gamma.example', 'd@beta.example', 'e@delta.example'];
      await add(invitation('u', to));
      const first = (await lease({ limit: 1 }))[0];
      expect(first?.deliveries.map(({ recipient }) => recipient.key)).toEqual([
        'mailto:b@beta.example',
        'mailto:d@beta.example',
      ]);
      expect(first?.othersWait).toBe(true);
      await subject.store.transaction(async (tx) => {
        await tx.queue.settle((first as Batch).lease, [], now);
        await tx.queue.setLane(beta, shared);
        await tx.queue.setLane(gamma, shared);
      });
      const batches = await lease();
      expect(Object.fromEntries(batches.map(({ lane, deliveries }) => [lane, deliveries.length]))).toEqual({
        [domainLane(parseDomainName('delta.example'))]: 1,
        [shared]: 3,
      });
    });

    it('says of each that others are still on their way, also where those are leased', async () => {
      await add(invitation('u', ['b@beta.example', 'c@gamma.example']));
      const batches = await lease();
      expect(batches.map(({ othersWait }) => othersWait)).toEqual([true, true]);
      await settle(batches[0] as Batch, 'delivered');
      await subject.store.transaction((tx) => tx.queue.settle((batches[1] as Batch).lease, [], now));
      expect(only(await lease()).othersWait).toBe(false);
    });

    it('splits a batch at its limit of recipients', async () => {
      await add(invitation('u', ['a@beta.example', 'b@beta.example', 'c@beta.example']));
      expect((await lease({ perBatch: 2 })).map(({ deliveries }) => deliveries.length)).toEqual([2, 1]);
    });

    it('counts a receiver’s lane over all its domains, and takes a lane back', async () => {
      await subject.store.transaction(async (tx) => {
        await tx.queue.setLane(beta, shared);
        await tx.queue.setLane(gamma, shared);
      });
      await add(invitation('u', ['b@beta.example']));
      await add(invitation('v', ['c@gamma.example']));
      const first = only(await lease({ perLane: 1 }));
      await settle(first, 'delivered');
      await subject.store.transaction((tx) => tx.queue.setLane(gamma, undefined));
      expect(only(await lease({ perLane: 1, skipLanes: [shared] })).lane).toBe(domainLane(gamma));
    });

    it('has a lane for our own users', async () => {
      const { recipients, ...rest } = invitation('u', ['b@beta.example']);
      await add({ ...rest, recipients: recipients.map((recipient) => ({ ...recipient, domain: undefined })) });
      expect(only(await lease())).toMatchObject({ lane: laneHere, deliveries: [{ recipient: { domain: undefined } }] });
    });

    it('keeps the order of one recipient and UID', async () => {
      const keep = { supersedes: { methods: [], instances: 'same' } } as const;
      await add(invitation('u', ['b@beta.example'], keep));
      await add(invitation('u', ['b@beta.example'], { ...keep, method: 'CANCEL' }));
      await add(
        invitation('u', ['b@beta.example'], {
          ...keep,
          originatorKey: 'mailto:z@alpha.example',
          method: 'REPLY',
          orderWith: 'originator',
        }),
      );
      const [first, other, ...none] = await lease();
      expect(none).toEqual([]);
      expect([first?.submission.method, other?.submission.method]).toEqual(['REQUEST', 'REPLY']);
      expect((await list()).map(({ blocked }) => blocked)).toEqual([false, true, false]);
      await postpone(first as Batch, later(5000));
      expect(await lease({ now: later(1000) })).toEqual([]);
      const again = only(await lease({ now: later(5000) }));
      expect(again.submission.method).toBe('REQUEST');
      await settle(again, 'dead', later(6000));
      expect(only(await lease({ now: later(6000) })).submission.method).toBe('CANCEL');
    });

    it('holds later ones back while an operator holds the first', async () => {
      const keep = { supersedes: { methods: [], instances: 'same' } } as const;
      await add(invitation('u', ['b@beta.example'], keep));
      await add(invitation('u', ['b@beta.example'], keep));
      const [first] = await list();
      const filter = { delivery: first?.id as DeliveryId };
      await subject.store.transaction((tx) => tx.queue.hold(filter, { now, limit: 1 }));
      expect(await lease()).toEqual([]);
      await subject.store.transaction((tx) => tx.queue.drop(filter, { now, limit: 1 }));
      expect(await lease()).toHaveLength(1);
      expect(await states()).toEqual(['dropped', 'leased']);
    });

    it('supersedes what waits for the same originator, recipient, UID and instance', async () => {
      await add(invitation('u', ['b@beta.example', 'c@beta.example']));
      await add(invitation('u', ['b@beta.example'], { instance: '20261201T100000Z' }));
      const other = { originator: 'mailto:z@alpha.example', originatorKey: 'mailto:z@alpha.example' };
      await add(invitation('u', ['b@beta.example'], other));
      const newer = await add(invitation('u', ['b@beta.example']));
      expect(newer.superseded).toMatchObject([{ recipient: 'mailto:b@beta.example', submission: { uid: 'u' } }]);
      expect(await states()).toEqual(['superseded', 'waiting', 'waiting', 'waiting', 'waiting']);
    });

    it('supersedes whatever instance, where a message ends them all', async () => {
      await add(invitation('u', ['b@beta.example']));
      await add(invitation('u', ['b@beta.example'], { instance: '20261201T100000Z' }));
      const supersedes = { methods: ['REQUEST'], instances: 'all' } as const;
      await add(invitation('u', ['b@beta.example'], { method: 'CANCEL', supersedes }));
      expect(await states()).toEqual(['superseded', 'superseded', 'waiting']);
      expect(only(await lease()).submission.method).toBe('CANCEL');
    });

    it('supersedes a leased one only when it would wait again', async () => {
      await add(invitation('u', ['b@beta.example']));
      const first = only(await lease());
      await add(invitation('u', ['b@beta.example']));
      expect(await states()).toEqual(['leased', 'waiting']);
      expect(await lease()).toEqual([]);
      expect(await postpone(first, later(5000))).toEqual({ superseded: [first.deliveries[0]?.id] });
      expect(await states()).toEqual(['superseded', 'waiting']);
      const second = only(await lease());
      await add(invitation('u', ['b@beta.example']));
      await settle(second, 'delivered');
      expect(await states()).toEqual(['superseded', 'delivered', 'waiting']);
    });

    it('hands on what a lease held that ran out, and takes no answer for it', async () => {
      await add(invitation('u', ['b@beta.example']));
      const first = only(await lease());
      expect(await lease({ now: later(59_999) })).toEqual([]);
      const second = only(await lease({ node: 'two' as NodeId, now: later(60_000), until: later(120_000) }));
      expect(second.deliveries[0]).toMatchObject({ id: first.deliveries[0]?.id, tries: 0 });
      await expect(settle(first, 'delivered', later(60_001))).rejects.toThrow(LeaseLost);
      await settle(second, 'refused', later(60_002));
      expect(await states()).toEqual(['refused']);
    });

    it('hands on what a dead node held, much as it was, a part at a time', async () => {
      for (let index = 0; index < 16; index++) {
        const to = Array.from({ length: 100 }, (_, local) => `p${local}@d${index}.example`);
        await add(invitation(`u${index}`, to));
      }
      const leaseAll = async (more: Partial<LeaseWish> = {}) =>
        (await lease(more)).reduce((sum, { deliveries }) => sum + deliveries.length, 0);
      expect(await leaseAll()).toBe(1_600);
      const later61 = { node: 'two' as NodeId, now: later(61_000), until: later(121_000) };
      expect([await leaseAll(later61), await leaseAll(later61), await leaseAll(later61)]).toEqual([1_000, 600, 0]);
    });

    it('takes no answer after the time, even where nobody else took the deliveries', async () => {
      await add(invitation('u', ['b@beta.example']));
      await expect(settle(only(await lease()), 'delivered', later(60_000))).rejects.toThrow(LeaseLost);
      expect(await states()).toEqual(['leased']);
    });

    it('renews a lease in time, and not too late', async () => {
      await add(invitation('u', ['b@beta.example']));
      const { lease: held } = only(await lease());
      const renew = (at: number, until: number) =>
        subject.store.transaction((tx) => tx.queue.renew(held, { now: later(at), until: later(until) }));
      expect(await renew(1000, 90_000)).toMatchObject({ token: held.token, until: later(90_000) });
      expect(await lease({ now: later(60_000) })).toEqual([]);
      await expect(renew(90_000, 100_000)).rejects.toThrow(LeaseLost);
    });

    it('settles for good, with what was answered', async () => {
      await add(invitation('u', ['b@beta.example', 'c@beta.example', 'd@beta.example']));
      const batch = only(await lease());
      const [b, c] = batch.deliveries.map(({ id }) => id) as [DeliveryId, DeliveryId];
      const attempt = { at: now, url: 'https://beta.example/', status: 200, ms: 7 };
      await subject.store.transaction((tx) =>
        tx.queue.settle(
          batch.lease,
          [
            { delivery: b, state: 'delivered', reason: 'x', requestStatus: '2.0;Success', attempts: [attempt] },
            { delivery: c, state: 'mailed', reason: 'y', detail: 'why', attempts: [] },
          ],
          later(9),
        ),
      );
      expect(await list()).toMatchObject([
        { state: 'delivered', reason: 'x', requestStatus: '2.0;Success', tries: 1, changedAt: later(9) },
        { state: 'mailed', reason: 'y', detail: 'why', tries: 1 },
        { state: 'waiting', tries: 0, dueAt: now },
      ]);
      expect(await subject.store.read((view) => view.queue.attempts(b))).toEqual([attempt]);
      await expect(settle(batch, 'delivered')).rejects.toThrow(LeaseLost);
    });

    it('collects the attempts of a delivery', async () => {
      await add(invitation('u', ['b@beta.example']));
      await postpone(only(await lease()), later(1000));
      await postpone(only(await lease({ now: later(1000) })), later(2000));
      const [listed] = await list();
      expect(listed).toMatchObject({ state: 'waiting', tries: 2, reason: 'come-again' });
      expect(await subject.store.read((view) => view.queue.attempts(listed?.id as DeliveryId))).toHaveLength(2);
    });

    it('refuses to settle a delivery that the lease does not hold', async () => {
      const { deliveries } = await add(invitation('u', ['b@beta.example']));
      await add(invitation('v', ['c@beta.example']), { dueAt: later(-1) });
      const [first] = await lease({ limit: 1 });
      const strange = { delivery: deliveries[0] as DeliveryId, state: 'dead', reason: 'r', attempts: [] } as const;
      await expect(
        subject.store.transaction((tx) => tx.queue.settle((first as Batch).lease, [strange], now)),
      ).rejects.toThrow(TypeError);
    });

    it('says when there is something to do', async () => {
      const nextDue = (...skipLanes: readonly Lane[]) =>
        subject.store.read((view) => view.queue.nextDue({ skipLanes }));
      expect(await nextDue()).toBeUndefined();
      await add(invitation('u', ['b@beta.example']), { dueAt: later(7000) });
      await add(invitation('v', ['c@gamma.example']), { dueAt: later(9000) });
      expect(await nextDue()).toBe(later(7000));
      expect(await nextDue(domainLane(beta))).toBe(later(9000));
      expect(await nextDue(domainLane(beta), domainLane(gamma))).toBeUndefined();
      await lease({ now: later(9000), until: later(9500) });
      expect(await nextDue()).toBe(later(9500));
    });

    it('undoes what a piece of work did that failed', async () => {
      await expect(
        subject.store.transaction(async (tx) => {
          await tx.queue.add(invitation('u', ['b@beta.example']), { now, dueAt: now });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await list()).toEqual([]);
      expect(await lease()).toEqual([]);
    });
  });
}

import { hash } from 'node:crypto';
import { parseDomainName } from '@isched/values';
import {
  type AddOptions,
  type Batch,
  type DeliveryId,
  type DeliveryState,
  domainLane,
  type Lane,
  laneHere,
  type LaneTrouble,
  LeaseLost,
  type LeaseWish,
  type NodeId,
  type QueueFilter,
  receiverLane,
  type SettledState,
  type Submission,
} from 'isched';
import { describe, expect, it } from 'vitest';
import { day, hour, later, now, type StoreSubject } from './store-subject.ts';

const beta = parseDomainName('beta.example');
const gamma = parseDomainName('gamma.example');
const shared = receiverLane('https://shared.example/');

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

/** What every Store promises of the delivery queue. */
export function queueContract(subject: StoreSubject): void {
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

    describe('a lane whose receiver gives trouble', () => {
      const lane = domainLane(beta);
      const setTrouble = (trouble: LaneTrouble | undefined) =>
        subject.store.transaction((tx) => tx.queue.setTrouble(lane, trouble));
      const troubleOf = () => subject.store.transaction((tx) => tx.queue.troubleOf(lane));
      const nextDue = () => subject.store.read((view) => view.queue.nextDue({ skipLanes: [] }));
      const paused: LaneTrouble = { failures: 3, pauseMs: 30_000, pausedUntil: later(30_000) };
      const at = (ms: number) => ({ now: later(ms), until: later(ms + 60_000) });

      it('is known to all, and forgotten when it answers', async () => {
        expect(await troubleOf()).toBeUndefined();
        await setTrouble({ failures: 1, pauseMs: 0 });
        await subject.reopen();
        expect(await troubleOf()).toEqual({ failures: 1, pauseMs: 0 });
        await setTrouble(paused);
        expect(await troubleOf()).toEqual(paused);
        await setTrouble(undefined);
        expect(await troubleOf()).toBeUndefined();
      });

      it('is leased from as usual as long as it is not paused, and says what is known', async () => {
        for (const uid of ['u', 'v']) await add(invitation(uid, ['b@beta.example']));
        await setTrouble({ failures: 2, pauseMs: 0 });
        expect((await lease()).map(({ trouble }) => trouble)).toEqual([
          { failures: 2, pauseMs: 0 },
          { failures: 2, pauseMs: 0 },
        ]);
      });

      it('is left alone until its pause has ended, also what is added meanwhile; other lanes are not', async () => {
        await add(invitation('u', ['b@beta.example']));
        await setTrouble(paused);
        await add(invitation('v', ['b@beta.example']));
        await add(invitation('w', ['c@gamma.example']));
        expect(uids(await lease())).toEqual(['w']);
        expect(await lease({ now: later(29_999) })).toEqual([]);
        expect(uids(await lease(at(30_000)))).toEqual(['u']);
      });

      it('says when there is something to do: when the pause has ended', async () => {
        await add(invitation('u', ['b@beta.example']));
        await setTrouble(paused);
        expect(await nextDue()).toBe(later(30_000));
        await setTrouble({ ...paused, pausedUntil: later(60_000) });
        expect(await nextDue()).toBe(later(60_000));
        await setTrouble(undefined);
        expect(await nextDue()).toBe(now);
      });

      it('is tried with one batch after its pause, by all nodes together', async () => {
        for (const uid of ['u', 'v', 'w']) await add(invitation(uid, ['b@beta.example']));
        await setTrouble(paused);
        const tried = await Promise.all(Array.from({ length: 6 }, () => lease(at(30_000))));
        const probe = only(tried.flat());
        expect(probe.trouble).toEqual(paused);
        const longer = { failures: 4, pauseMs: 60_000, pausedUntil: later(90_000) };
        await subject.store.transaction(async (tx) => {
          await tx.queue.settle(probe.lease, [], later(30_001));
          await tx.queue.setTrouble(lane, longer);
        });
        expect(await lease(at(89_999))).toEqual([]);
        const second = only(await lease(at(90_000)));
        await settle(second, 'delivered', later(90_001));
        await setTrouble(undefined);
        expect(await lease(at(90_002))).toHaveLength(2);
      });

      it('is told to operators while it is left alone, and forgotten once nothing waits for it', async () => {
        const pausedAt = (at: number) => subject.store.read((view) => view.queue.paused(later(at), 9));
        const forget = (before: number) => subject.store.transaction((tx) => tx.queue.forgetTroubles(later(before), 9));
        await subject.store.transaction((tx) => tx.queue.setTrouble(shared, { ...paused, pausedUntil: later(10_000) }));
        await setTrouble(paused);
        await add(invitation('u', ['b@beta.example']));
        expect(await pausedAt(0)).toEqual([
          { lane: shared, until: later(10_000) },
          { lane, until: later(30_000) },
        ]);
        expect(await pausedAt(10_000)).toEqual([{ lane, until: later(30_000) }]);
        expect([await forget(10_000), await forget(30_001), await forget(30_001)]).toEqual([0, 1, 0]);
        expect(await troubleOf()).toEqual(paused);
      });

      it('pauses the domains that join it, and lets go those that leave', async () => {
        await subject.store.transaction(async (tx) => {
          await tx.queue.setLane(beta, shared);
          await tx.queue.setTrouble(shared, paused);
        });
        await add(invitation('u', ['b@beta.example']));
        await add(invitation('v', ['c@gamma.example']));
        await subject.store.transaction((tx) => tx.queue.setLane(gamma, shared));
        expect(await lease()).toEqual([]);
        expect(await lease()).toEqual([]);
        await subject.store.transaction((tx) => tx.queue.setLane(beta, undefined));
        expect(uids(await lease())).toEqual(['u']);
        expect(await lease(at(30_000))).toHaveLength(1);
      });
    });

    it('counts so far, and no further', async () => {
      for (const uid of ['u', 'v', 'w']) await add(invitation(uid, ['b@beta.example']));
      const backlog = (countTo: number) => subject.store.read((view) => view.queue.backlog({ countTo }));
      expect(await backlog(2)).toEqual({ waiting: 2, leased: 0, held: 0 });
      expect(await backlog(4)).toEqual({ waiting: 3, leased: 0, held: 0 });
    });

    it('lists page by page whatever is asked for, each once and in order', async () => {
      for (let index = 0; index < 12; index++) {
        const options = { dueAt: later(index) };
        await add(invitation(`u${index}`, [index % 3 === 0 ? 'b@beta.example' : 'c@gamma.example']), options);
      }
      await subject.store.transaction((tx) => tx.queue.setLane(beta, shared));
      await subject.store.transaction((tx) => tx.queue.setLane(gamma, shared));
      for (const batch of await lease({ limit: 5, now: later(4) })) await settle(batch, 'delivered');
      await lease({ limit: 2, now: later(9) });
      const filters: readonly QueueFilter[] = [
        {},
        { lane: shared },
        { domain: gamma },
        { states: ['waiting', 'leased'] },
        { states: ['delivered', 'leased'] },
        { lane: shared, states: ['waiting', 'delivered'] },
        { domain: beta, states: ['waiting'] },
      ];
      for (const filter of filters) {
        const whole = await list(filter);
        const pages: (typeof whole)[number][] = [];
        for (let page = whole; page.length > 0; ) {
          const after = pages.at(-1)?.id;
          page = await subject.store.read((view) => view.queue.list(filter, { limit: 2, after }));
          expect(page.length).toBeLessThanOrEqual(2);
          pages.push(...page);
        }
        expect(pages).toEqual(whole);
        expect(whole.map(({ id }) => Number(id))).toEqual(whole.map(({ id }) => Number(id)).toSorted((a, b) => a - b));
      }
      const sizes = await Promise.all(filters.map(async (filter) => (await list(filter)).length));
      expect(sizes).toEqual([12, 12, 8, 7, 7, 10, expect.any(Number)]);
    });

    it('lists by what is asked, page by page, and counts', async () => {
      await add(invitation('u', ['b@beta.example', 'c@gamma.example']));
      await add(invitation('v', ['b@beta.example']));
      expect(await list({ uid: 'u' })).toHaveLength(2);
      expect(await list({ recipient: 'mailto:b@beta.example' })).toHaveLength(2);
      expect(await list({ domain: gamma })).toHaveLength(1);
      expect(await list({ lane: domainLane(beta), states: ['waiting'] })).toHaveLength(2);
      expect(await list({ states: ['held', 'dead'] })).toEqual([]);
      expect(await list({ delivery: 'nonsense' as DeliveryId })).toEqual([]);
      const [first] = await list();
      const rest = await subject.store.read((view) => view.queue.list({}, { limit: 1, after: first?.id }));
      expect(rest).toMatchObject([{ recipient: 'mailto:c@gamma.example' }]);
      await lease({ limit: 1 });
      expect(await subject.store.read((view) => view.queue.backlog())).toEqual({ waiting: 2, leased: 1, held: 0 });
    });

    it('lets operators hold, release, drop and retry, a few at a time', async () => {
      for (const uid of ['u', 'v', 'w']) await add(invitation(uid, ['b@beta.example']));
      const options = { now: later(1), limit: 2 };
      const held = await subject.store.transaction((tx) => tx.queue.hold({}, options));
      expect(held).toMatchObject([
        { state: 'held', submission: { uid: 'u' } },
        { state: 'held', submission: { uid: 'v' } },
      ]);
      const batch = only(await lease());
      expect(batch.submission.uid).toBe('w');
      expect(await subject.store.transaction((tx) => tx.queue.release({ uid: 'u' }, options))).toHaveLength(1);
      expect(await subject.store.transaction((tx) => tx.queue.drop({ domain: beta }, options))).toHaveLength(2);
      expect(await states()).toEqual(['dropped', 'dropped', 'leased']);
      await settle(batch, 'dead');
      const supersedesOf = () => ({ methods: [], instances: 'same' }) as const;
      const retry = { now: later(hour), limit: 10, expiresAt: later(9 * day), supersedesOf };
      expect(await subject.store.transaction((tx) => tx.queue.retry({ uid: 'w' }, retry))).toMatchObject({
        changed: [{ state: 'waiting', dueAt: later(hour) }],
        leftOut: [],
      });
      expect(only(await lease({ now: later(hour), until: later(2 * hour) })).submission.expiresAt).toBe(later(9 * day));
    });

    it('gives up what waits beyond its time, also where nobody leases', async () => {
      await add(invitation('u', ['b@beta.example', 'c@gamma.example']), { dueAt: later(9 * day) });
      await add(invitation('w', ['b@beta.example'], { expiresAt: later(7 * day) }));
      const expire = (at: number) =>
        subject.store.transaction(async (tx) => {
          const ending = await tx.queue.ending(later(at), { limit: 1 });
          return tx.queue.giveUp(
            ending.map(({ id }) => id),
            later(at),
          );
        });
      expect(await expire(5 * day - 1)).toEqual([]);
      expect(await expire(5 * day)).toMatchObject([
        { state: 'dead', reason: 'sent-given-up', submission: { uid: 'u' } },
      ]);
      expect([(await expire(5 * day)).length, (await expire(5 * day)).length]).toEqual([1, 0]);
      expect(await states()).toEqual(['dead', 'dead', 'waiting']);
      expect(await subject.store.read((view) => view.queue.nextDue({ skipLanes: [] }))).toBe(now);
    });

    it('forgets what has ended, in small steps, and nothing else', async () => {
      for (const uid of ['u', 'v', 'open']) await add(invitation(uid, [`${uid}@beta.example`]));
      const batches = await lease();
      for (const batch of batches.filter(({ submission }) => submission.uid !== 'open'))
        await settle(batch, 'delivered');
      const before = later(1);
      const step = (forget: 'forgetTexts' | 'forgetAttempts' | 'forgetEnded') =>
        subject.store.transaction((tx) => tx.queue[forget](before, 1));
      for (const forget of ['forgetTexts', 'forgetAttempts', 'forgetEnded'] as const) {
        expect([await step(forget), await step(forget), await step(forget)]).toEqual([1, 1, 0]);
      }
      expect((await list()).map(({ submission }) => submission.uid)).toEqual(['open']);
      expect(await subject.store.read((view) => view.queue.text(batches[2]?.submission.id as never))).toBe(
        'text of open',
      );
    });

    it('forgets the lane of a domain with the last delivery to it, and not before', async () => {
      await subject.store.transaction((tx) => tx.queue.setLane(beta, shared));
      await add(invitation('u', ['b@beta.example']));
      await add(invitation('v', ['b@beta.example']));
      const forget = () => subject.store.transaction((tx) => tx.queue.forgetEnded(later(1), 9));
      const [first, second] = await lease();
      await settle(first as Batch, 'delivered');
      expect(await forget()).toBe(1);
      expect(await list()).toMatchObject([{ lane: shared }]);
      await settle(second as Batch, 'delivered');
      expect(await forget()).toBe(1);
      await add(invitation('w', ['b@beta.example']));
      expect(only(await lease()).lane).toBe(domainLane(beta));
    });

    it('tells receivers apart whose ids are longer than an index takes', async () => {
      const host = Array.from({ length: 100 }, (_, index) => hash('sha256', String(index))).join('.');
      const [one, two] = [receiverLane(`https://${host}/1`), receiverLane(`https://${host}/2`)];
      expect(one).not.toBe(two);
      await add(invitation('u', ['b@beta.example']));
      await add(invitation('v', ['c@gamma.example']));
      await subject.store.transaction(async (tx) => {
        await tx.queue.setLane(beta, one);
        await tx.queue.setLane(gamma, two);
        await tx.queue.setTrouble(one, { failures: 1, pauseMs: 0 });
      });
      expect((await lease()).map(({ lane }) => lane).toSorted()).toEqual([one, two].toSorted());
    });

    it('forgets what has ended in small steps also where one message has many recipients', async () => {
      const many = ['a', 'b', 'c', 'd', 'e'].map((local) => `${local}@beta.example`);
      await add(invitation('u', many));
      await add(invitation('v', ['z@beta.example']));
      for (const batch of await lease()) {
        const attempts = [{ at: now, url: 'https://beta.example/', ms: 1 }];
        const told = { state: 'delivered', reason: 'r', attempts } as const;
        const settlements = batch.deliveries.map(({ id }) => ({ ...told, delivery: id }));
        await subject.store.transaction((tx) => tx.queue.settle(batch.lease, settlements, now));
      }
      const tried = async () => {
        const ids = (await list()).map(({ id }) => id);
        const each = ids.map((id) => subject.store.read((view) => view.queue.attempts(id)));
        return (await Promise.all(each)).filter((attempts) => attempts.length > 0).length;
      };
      const steps = async (forget: 'forgetAttempts' | 'forgetEnded', left: () => Promise<number>) => {
        const found: number[] = [await left()];
        for (let more = true; more; found.push(await left())) {
          more = (await subject.store.transaction((tx) => tx.queue[forget](later(1), 2))) >= 2;
        }
        return found;
      };
      expect(await steps('forgetAttempts', tried)).toEqual([6, 4, 2, 0, 0]);
      expect(await steps('forgetEnded', async () => (await list()).length)).toEqual([6, 4, 2, 0, 0]);
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

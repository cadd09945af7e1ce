import { hash } from 'node:crypto';
import { parseDomainName } from '@isched/values';
import { domainLane, type LaneTrouble, receiverLane } from 'isched';
import { describe, expect, it } from 'vitest';
import { invitation, queueDesk } from './store-queue-desk.ts';
import { later, now, type StoreSubject } from './store-subject.ts';

const beta = parseDomainName('beta.example');
const gamma = parseDomainName('gamma.example');
const shared = receiverLane('https://shared.example/');

/** What every Store promises of lanes whose receiver gives trouble. */
export function queueTroubleContract(subject: StoreSubject): void {
  const { add, lease, settle, uids, only } = queueDesk(subject);

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
  });
}

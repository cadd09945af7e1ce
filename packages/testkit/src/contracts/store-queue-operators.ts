import { parseDomainName } from '@isched/values';
import { type Batch, type DeliveryId, domainLane, type QueueFilter, receiverLane } from 'isched';
import { describe, expect, it } from 'vitest';
import { invitation, queueDesk } from './store-queue-desk.ts';
import { day, hour, later, now, type StoreSubject } from './store-subject.ts';

const beta = parseDomainName('beta.example');
const gamma = parseDomainName('gamma.example');
const shared = receiverLane('https://shared.example/');

/** What every Store promises operators, and of forgetting. */
export function queueOperatorsContract(subject: StoreSubject): void {
  const { add, lease, settle, list, states, only } = queueDesk(subject);

  describe('the delivery queue, for operators', () => {
    it('counts so far, and no further', async () => {
      for (const uid of ['u', 'v', 'w']) await add(invitation(uid, ['b@beta.example']));
      const backlog = (countTo: number) => subject.store.read((view) => view.queue.backlog({ countTo }));
      expect(await backlog(2)).toEqual({ waiting: 2, leased: 0, held: 0 });
      expect(await backlog(4)).toEqual({ waiting: 3, leased: 0, held: 0 });
      await lease({ limit: 2 });
      expect(await backlog(1)).toEqual({ waiting: 1, leased: 1, held: 0 });
      expect(await backlog(4)).toEqual({ waiting: 1, leased: 2, held: 0 });
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
  });
}

import type { Decision, DeliveryEvent, DeliveryId, EventPlace, SubmissionId } from 'isched';
import { describe, expect, it } from 'vitest';
import { later, type StoreSubject } from './store-subject.ts';

const line = (at: number, reason: string): Decision => ({
  at: later(at),
  direction: 'outbound',
  reason,
  originator: 'mailto:a@example.com',
  recipient: 'mailto:b@example.org',
  method: 'REQUEST',
  uid: 'u',
});

const event = (at: number, reason: string): Decision => ({
  ...line(at, reason),
  requestStatus: '2.0;Success',
  detail: 'd',
  delivery: { id: '12' as DeliveryId, submission: '7' as SubmissionId, state: 'delivered' },
});

/** What every Store promises of events: decisions about deliveries, for whoever submitted them. */
export function eventsContract(subject: StoreSubject): void {
  const add = (...decisions: readonly Decision[]) =>
    subject.store.transaction(async (tx) => {
      for (const decision of decisions) await tx.decisions.add(decision);
    });
  const read = (after?: EventPlace, limit = 100) =>
    subject.store.read((view) => view.decisions.events({ after, limit }));
  const last = () => subject.store.read((view) => view.decisions.lastEvent());
  const reasons = (events: readonly DeliveryEvent[] | undefined) => events?.map(({ decision }) => decision.reason);

  describe('events', () => {
    it('are the decisions about deliveries, told in order, page by page', async () => {
      expect([await read(), await last()]).toEqual([[], undefined]);
      await add(line(1, 'inbound'), event(2, 'one'), line(3, 'inbound'), event(4, 'two'));
      await add(event(4, 'three'));
      await subject.reopen();
      const first = await read(undefined, 2);
      expect(first?.map(({ decision }) => decision)).toEqual([event(2, 'one'), event(4, 'two')]);
      const rest = await read(first?.[1]?.place);
      expect(reasons(rest)).toEqual(['three']);
      expect(await read(rest?.[0]?.place)).toEqual([]);
      expect(await last()).toBe(rest?.[0]?.place);
      expect(
        (await subject.store.read((view) => view.decisions.ofMeeting('u', 10))).map(({ reason }) => reason),
      ).toEqual(['inbound', 'one', 'inbound', 'two', 'three']);
    });

    it('are not told behind a place from which something may have been forgotten, nor behind one that never was', async () => {
      for (const at of [1, 2, 3, 4]) await add(event(at, String(at)), line(at, 'inbound'));
      const all = (await read()) ?? [];
      const forget = () => subject.store.transaction((tx) => tx.decisions.forgetBefore(later(3), 3));
      expect([await forget(), await forget()]).toEqual([3, 1]);
      expect(await read(all[0]?.place)).toBeUndefined();
      expect(await read(all[1]?.place)).toBeUndefined();
      expect(reasons(await read(all[2]?.place))).toEqual(['4']);
      expect(reasons(await read())).toEqual(['3', '4']);
      for (const nowhere of ['', 'nonsense', '999999999999999', '999999999999999.1', '-1', '1.']) {
        expect(await read(nowhere as EventPlace)).toBeUndefined();
      }
    });

    it('keep the last of them, so that who has seen all goes on where they were', async () => {
      await add(event(1, 'old'), event(2, 'last'));
      await add(line(3, 'inbound'), line(4, 'inbound'));
      const place = await last();
      const forget = () => subject.store.transaction((tx) => tx.decisions.forgetBefore(later(9), 2));
      expect([await forget(), await forget(), await forget()]).toEqual([2, 1, 0]);
      expect(await read(place)).toEqual([]);
      await add(event(10, 'new'));
      expect(reasons(await read(place))).toEqual(['new']);
      expect(await forget()).toBe(1);
    });

    it('are each told once to who follows them while many are added at once', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `e${index}`);
      let adding = true;
      const slow = subject.store.transaction(async (tx) => {
        await tx.decisions.add(event(1, 'slow'));
        for (let round = 0; round < 100; round++) await tx.decisions.latest(1); // others commit meanwhile, where they can
      });
      const added = Promise.all([slow, ...names.map((name) => add(event(2, name)))]).finally(() => (adding = false));
      const seen: DeliveryEvent[] = [];
      for (let more = true; more; ) {
        more = adding;
        await othersTurn();
        seen.push(...((await read(seen.at(-1)?.place, 7)) ?? []));
      }
      await added;
      for (let page = await read(seen.at(-1)?.place, 7); page?.length; page = await read(page.at(-1)?.place, 7)) {
        seen.push(...page);
      }
      expect(reasons(seen)?.toSorted()).toEqual([...names, 'slow'].toSorted());
    });

    it('are gone with a piece of work that failed', async () => {
      await expect(
        subject.store.transaction(async (tx) => {
          await tx.decisions.add(event(1, 'undone'));
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await add(event(2, 'kept'));
      expect(reasons(await read())).toEqual(['kept']);
    });
  });
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

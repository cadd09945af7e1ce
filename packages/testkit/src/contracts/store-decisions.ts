import { describe, expect, it } from 'vitest';
import { later, now, type StoreSubject } from './store-subject.ts';

/** What every Store promises of decisions and serials. */
export function decisionsContract(subject: StoreSubject): void {
  describe('decisions', () => {
    it('tells the time-line of a meeting, its latest lines, oldest first', async () => {
      const line = (at: number, uid: string | undefined) =>
        ({
          at: later(at),
          direction: 'inbound',
          reason: 'request-applied',
          originator: 'mailto:a@example.com',
          recipient: 'mailto:b@example.org',
          uid,
        }) as const;
      const full = {
        ...line(3, 'u'),
        signingDomain: 'example.com',
        messageId: 'm',
        method: 'REQUEST',
        requestStatus: '2.0;Success',
        detail: 'd',
      };
      await subject.store.transaction(async (tx) => {
        for (const decision of [line(1, 'u'), line(2, 'u'), line(2, 'v'), line(2, undefined), full])
          await tx.decisions.add(decision);
      });
      expect(await subject.store.read((view) => view.decisions.ofMeeting('u', 2))).toEqual([{ ...line(2, 'u') }, full]);
    });

    it('knows a meeting with an endless name by its beginning', async () => {
      const uid = 'u'.repeat(60_000);
      const decision = { at: now, direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid } as const;
      await subject.store.transaction((tx) => tx.decisions.add(decision));
      const [line] = await subject.store.read((view) => view.decisions.ofMeeting(uid, 10));
      expect(line).toEqual({ ...decision, uid: 'u'.repeat(255) });
    });

    it('tells what was decided last, about whatever', async () => {
      const line = { at: now, direction: 'inbound', originator: 'a', recipient: 'b' } as const;
      await subject.store.transaction(async (tx) => {
        for (const reason of ['one', 'two', 'three']) await tx.decisions.add({ ...line, reason });
      });
      const latest = await subject.store.read((view) => view.decisions.latest(2));
      expect(latest.map((decision) => decision.reason)).toEqual(['two', 'three']);
    });

    it('forgets what is old, in small steps', async () => {
      const add = (at: number) =>
        subject.store.transaction((tx) =>
          tx.decisions.add({
            at: later(at),
            direction: 'inbound',
            reason: 'r',
            originator: 'a',
            recipient: 'b',
            uid: 'u',
          }),
        );
      await add(1);
      await add(2);
      await add(3);
      const forget = () => subject.store.transaction((tx) => tx.decisions.forgetBefore(later(3), 1));
      expect([await forget(), await forget(), await forget()]).toEqual([1, 1, 0]);
      expect((await subject.store.read((view) => view.decisions.ofMeeting('u', 10))).map((each) => each.at)).toEqual([
        later(3),
      ]);
    });
  });

  it('forgets what is old also where a clock that was ahead came before', async () => {
    const line = { direction: 'inbound', reason: 'r', originator: 'a', recipient: 'b', uid: 'u' } as const;
    await subject.store.transaction(async (tx) => {
      for (const at of [90, 91, 92, 1, 2]) await tx.decisions.add({ ...line, at: later(at) });
    });
    const forget = () => subject.store.transaction((tx) => tx.decisions.forgetBefore(later(3), 2));
    expect([await forget(), await forget()]).toEqual([2, 0]);
    expect((await subject.store.read((view) => view.decisions.ofMeeting('u', 10))).map((each) => each.at)).toEqual(
      [90, 91, 92].map(later),
    );
  });

  describe('serials', () => {
    it('keeps a serial while its fingerprint stays, also after it was opened again', async () => {
      const serialOf = (fingerprint: string) =>
        subject.store.transaction((tx) => tx.serials.serialOf('capabilities', fingerprint));
      expect([await serialOf('a'), await serialOf('a'), await serialOf('b')]).toEqual([1, 1, 2]);
      await subject.reopen();
      expect([await serialOf('b'), await serialOf('a')]).toEqual([2, 3]);
      expect(await subject.store.transaction((tx) => tx.serials.serialOf('other', 'a'))).toBe(1);
    });
  });
}

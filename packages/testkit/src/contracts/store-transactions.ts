import { parseDomainName } from '@isched/values';
import { allTime, type MessageKey, type NewObject, type StoreTransaction, StoreUnavailable } from 'isched';
import { describe, expect, it } from 'vitest';
import { entry, hour, later, now, type StoreSubject } from './store-subject.ts';

const key: MessageKey = {
  signingDomain: parseDomainName('example.com'),
  originator: 'mailto:a@example.com',
  recipient: 'mailto:b@example.org',
  method: 'REQUEST',
  contentHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};
const claimOf = (tx: StoreTransaction, of = key) => tx.received.claim(of, { now, until: later(hour) });

/** What every Store promises of its transactions. */
export function transactionsContract(subject: StoreSubject): void {
  describe('transactions', () => {
    it('answers what the work answered', async () => {
      expect(await subject.store.transaction(async () => 42)).toBe(42);
    });

    it('keeps nothing of work that throws, and throws the same', async () => {
      const fault = new Error('no');
      const work = subject.store.transaction(async (tx) => {
        await claimOf(tx);
        await tx.directory.provision([entry('b')]);
        throw fault;
      });
      await expect(work).rejects.toBe(fault);
      expect(await subject.find('mailto:b@example.org')).toBeUndefined();
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'new' });
    });

    it('undoes only the piece that throws among many at once', async () => {
      const pieces = Array.from({ length: 20 }, (_, index) =>
        subject.store.transaction(async (tx) => {
          await tx.decisions.add({
            at: now,
            direction: 'inbound',
            reason: 'r',
            originator: 'a',
            recipient: `${index}`,
            uid: 'u',
          });
          if (index % 3 === 0) throw new Error(`piece ${index}`);
          return index;
        }),
      );
      const settled = await Promise.allSettled(pieces);
      const kept = settled.flatMap((piece) => (piece.status === 'fulfilled' ? [piece.value] : []));
      const lines = await subject.store.read((view) => view.decisions.ofMeeting('u', 100));
      expect(kept).toEqual([1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19]);
      // Of the same instant, and at once: in any order.
      expect(lines.map((line) => Number(line.recipient)).toSorted((one, other) => one - other)).toEqual(kept);
    });

    it('runs pieces of work as if one after the other', async () => {
      const user = await subject.user();
      const object = (text: string): NewObject => ({
        user: user.id,
        calendar: user.defaultCalendar,
        uid: 'n',
        text,
        changedAt: now,
      });
      const busy = { periods: [], covers: allTime };
      await subject.store.transaction((tx) => tx.objects.put(object('0'), { busy }));
      const increment = async (tx: StoreTransaction): Promise<void> => {
        const stored = await tx.objects.get(user.id, 'n');
        await tx.objects.put(object(String(Number(stored?.text) + 1)), {
          busy,
          ifUnchanged: { revision: stored?.revision },
        });
      };
      await Promise.all(Array.from({ length: 50 }, () => subject.store.transaction(increment)));
      expect((await subject.store.read((view) => view.objects.get(user.id, 'n')))?.text).toBe('50');
    });

    it('does not begin work whose signal is aborted', async () => {
      const reason = new Error('went away');
      let began = false;
      const work = async (): Promise<void> => {
        began = true;
      };
      await expect(subject.store.transaction(work, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await expect(subject.store.read(work, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(began).toBe(false);
    });

    it('is of no use after its work has ended', async () => {
      let leaked: StoreTransaction | undefined;
      await subject.store.transaction(async (tx) => {
        leaked = tx;
      });
      await expect(leaked?.received.release(key)).rejects.toThrow(TypeError);
    });

    it('keeps what it acknowledged when it is closed and opened again', async () => {
      await subject.user();
      await subject.reopen();
      expect((await subject.find('mailto:b@example.org'))?.address).toBe('mailto:b@example.org');
    });

    it('finishes what it accepted when it is closed, and refuses what comes later', async () => {
      const accepted = subject.store.transaction(async (tx) => claimOf(tx));
      const closing = subject.store[Symbol.asyncDispose]();
      const refused = subject.store.transaction(async () => undefined);
      await expect(refused).rejects.toMatchObject({ code: 'store-unavailable', trouble: 'closed' });
      expect(await accepted).toEqual({ status: 'new' });
      await closing;
      await expect(subject.store.read(async () => undefined)).rejects.toBeInstanceOf(StoreUnavailable);
      await subject.reopen();
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'in-progress' });
    });
  });
}

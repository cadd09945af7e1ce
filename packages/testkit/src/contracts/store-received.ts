import { parseDomainName } from '@isched/values';
import type { FinalResult, MessageKey, StoreTransaction } from 'isched';
import { describe, expect, it } from 'vitest';
import { day, hour, later, now, type StoreSubject } from './store-subject.ts';

const key: MessageKey = {
  signingDomain: parseDomainName('example.com'),
  originator: 'mailto:a@example.com',
  recipient: 'mailto:b@example.org',
  method: 'REQUEST',
  contentHash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};
const success: FinalResult = { requestStatus: '2.0;Success', reason: 'request-applied' };
const claimOf = (tx: StoreTransaction, of = key) => tx.received.claim(of, { now, until: later(hour) });

/** What every Store promises of received messages. */
export function receivedContract(subject: StoreSubject): void {
  describe('received messages', () => {
    it('gives a message to the first who claims it', async () => {
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'new' });
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'in-progress' });
    });

    it('gives fifty copies at once to one', async () => {
      const claims = await Promise.all(
        Array.from({ length: 50 }, () => subject.store.transaction((tx) => claimOf(tx))),
      );
      expect(claims.filter((each) => each.status === 'new')).toHaveLength(1);
    });

    it('answers a repeat with the first result, also after it was opened again', async () => {
      const result: FinalResult = {
        ...success,
        description: 'stored',
      };
      await subject.store.transaction(async (tx) => {
        await claimOf(tx);
        await tx.received.settle(key, result, later(day));
      });
      await subject.reopen();
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'answered', result });
    });

    it.each([
      ['signing domain', { signingDomain: parseDomainName('example.net') }],
      ['originator', { originator: 'mailto:c@example.com' }],
      ['recipient', { recipient: 'mailto:c@example.org' }],
      ['method', { method: 'CANCEL' }],
      ['content', { contentHash: 'LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564' }],
    ])('takes another %s for another message', async (_, other) => {
      await subject.store.transaction((tx) => claimOf(tx));
      expect(await subject.store.transaction((tx) => claimOf(tx, { ...key, ...other }))).toEqual({ status: 'new' });
    });

    it('hands a claim on when it ran out, and a message when its answer expired', async () => {
      await subject.store.transaction((tx) => tx.received.claim(key, { now, until: later(1000) }));
      const second = { now: later(1000), until: later(2000) };
      expect(await subject.store.transaction((tx) => tx.received.claim(key, second))).toEqual({ status: 'new' });
      await subject.store.transaction((tx) => tx.received.settle(key, success, later(day)));
      const tooLate = { now: later(day), until: later(day + hour) };
      expect(await subject.store.transaction((tx) => tx.received.claim(key, tooLate))).toEqual({ status: 'new' });
    });

    it('forgets a claim that was released, but no answer', async () => {
      await subject.store.transaction(async (tx) => {
        await claimOf(tx);
        await tx.received.release(key);
      });
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'new' });
      await subject.store.transaction(async (tx) => {
        await tx.received.settle(key, success, later(day));
        await tx.received.release(key);
      });
      expect(await subject.store.transaction((tx) => claimOf(tx))).toEqual({ status: 'answered', result: success });
    });

    it('settles only what was claimed', async () => {
      await expect(subject.store.transaction((tx) => tx.received.settle(key, success, later(day)))).rejects.toThrow(
        TypeError,
      );
    });

    it('forgets what expired, in small steps', async () => {
      const answered = { ...key, contentHash: '3' };
      const keys = [{ ...key, contentHash: '1' }, { ...key, contentHash: '2' }, answered];
      await subject.store.transaction(async (tx) => {
        for (const each of keys) await tx.received.claim(each, { now, until: later(1000) });
        await tx.received.settle(answered, success, later(day));
      });
      const forget = () => subject.store.transaction((tx) => tx.received.forgetExpired(later(2000), 1));
      expect([await forget(), await forget(), await forget()]).toEqual([1, 1, 0]);
      expect(
        await subject.store.transaction((tx) => tx.received.claim(answered, { now: later(2000), until: later(3000) })),
      ).toEqual({
        status: 'answered',
        result: success,
      });
    });
  });
}

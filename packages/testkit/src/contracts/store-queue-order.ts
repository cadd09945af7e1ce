import { parseDomainName } from '@isched/values';
import {
  type AddOptions,
  type Batch,
  type DeliveryId,
  type DeliveryState,
  IdempotencyKeyReused,
  type QueueFilter,
  type SettledState,
  type Submission,
  type SubmissionHead,
  type Supersedes,
} from 'isched';
import { describe, expect, it } from 'vitest';
import { invitation, wish } from './store-queue-desk.ts';
import { day, hour, later, now, type StoreSubject } from './store-subject.ts';

const bob = ['b@beta.example'];
const beta = parseDomainName('beta.example');
const same: Supersedes = { methods: ['REQUEST'], instances: 'same' };
const all: Supersedes = { methods: ['REQUEST', 'CANCEL'], instances: 'all' };
const none: Supersedes = { methods: [], instances: 'same' };
const supersedesOf = ({ method }: SubmissionHead): Supersedes =>
  method === 'CANCEL' ? all : method === 'ADD' ? none : same;
const cancel = { method: 'CANCEL', supersedes: all } as const;
const addition = { method: 'ADD', supersedes: none } as const;
/** Another address of the same organizer. */
const alias = { originator: 'mailto:alias@alpha.example', originatorKey: 'mailto:alias@alpha.example' } as const;

/** What every Store promises of messages that are repeated, come late, are retried or dropped. */
export function queueOrderContract(subject: StoreSubject): void {
  const add = (submission: Submission, options: Partial<AddOptions> = {}) =>
    subject.store.transaction((tx) => tx.queue.add(submission, { now, dueAt: now, ...options }));
  const invite = (more: Partial<Submission> = {}) => add(invitation('u', bob, more));
  const lease = async (at = now): Promise<readonly Batch[]> =>
    subject.store.transaction((tx) => tx.queue.lease({ ...wish, now: at, until: later(at - now + 60_000) }));
  const leaseOne = async (at = now): Promise<Batch> => {
    const batches = await lease(at);
    expect(batches).toHaveLength(1);
    return batches[0] as Batch;
  };
  const settle = (batch: Batch, state: SettledState) =>
    subject.store.transaction((tx) =>
      tx.queue.settle(
        batch.lease,
        batch.deliveries.map(({ id }) => ({ delivery: id, state, reason: 'r', attempts: [] })),
        now,
      ),
    );
  const comeAgain = (batch: Batch) =>
    subject.store.transaction((tx) =>
      tx.queue.settle(
        batch.lease,
        batch.deliveries.map(({ id }) => ({
          delivery: id,
          state: 'waiting' as const,
          dueAt: now,
          reason: 'come-again',
          attempts: [],
        })),
        now,
      ),
    );
  const states = async (): Promise<readonly DeliveryState[]> =>
    (await subject.store.read((view) => view.queue.list({}, { limit: 100 }))).map(({ state }) => state);
  const retry = async (filter: QueueFilter = { uid: 'u' }, limit = 100) => {
    const { changed, leftOut } = await subject.store.transaction((tx) =>
      tx.queue.retry(filter, { now: later(hour), limit, expiresAt: later(9 * day), supersedesOf }),
    );
    return { changed: changed.map(({ id }) => id), leftOut };
  };
  const idOf = ({ deliveries }: { readonly deliveries: readonly DeliveryId[] }) => deliveries[0] as DeliveryId;
  /** @returns its delivery. */
  const addEnded = async (state: SettledState, more: Partial<Submission> = {}): Promise<DeliveryId> => {
    const added = await invite(more);
    await settle(await leaseOne(), state);
    return idOf(added);
  };

  describe('an idempotency key', () => {
    const first = invitation('u', ['b@beta.example', 'c@beta.example']);
    it.each<readonly [string, Submission]>([
      ['another text', { ...first, text: 'another text' }],
      ['another recipient', invitation('u', ['b@beta.example', 'd@beta.example'])],
      ['one recipient less', invitation('u', bob)],
      ['another originator', { ...first, ...alias }],
      ['another meeting', invitation('v', ['b@beta.example', 'c@beta.example'])],
    ])('stands for no message with %s, also when the first one’s text is forgotten', async (_, other) => {
      const options = { idempotencyKey: 'k' };
      const { id } = await add(first, options);
      await expect(add(other, options)).rejects.toThrow(IdempotencyKeyReused);
      await settle(await leaseOne(), 'delivered');
      expect(await subject.store.transaction((tx) => tx.queue.forgetTexts(later(1), 9))).toBe(1);
      await subject.reopen();
      await expect(add(other, options)).rejects.toThrow(IdempotencyKeyReused);
      expect(await add(first, options)).toMatchObject({ id, repeated: true });
      expect(await states()).toEqual(['delivered', 'delivered']);
    });

    it('stands for the same message, in whatever order its recipients are named', async () => {
      const options = { idempotencyKey: 'k' };
      const added = await add(first, options);
      const turned = { ...first, recipients: first.recipients.toReversed() };
      expect(await add(turned, options)).toMatchObject({ id: added.id, deliveries: added.deliveries, repeated: true });
    });
  });

  describe('to retry', () => {
    it('leaves out an invitation whose meeting was cancelled since, and says so', async () => {
      const dead = await addEnded('dead');
      await addEnded('delivered', cancel);
      expect(await retry({ domain: beta, states: ['dead'] })).toEqual({
        changed: [],
        leftOut: [{ delivery: dead, reason: 'pointless' }],
      });
      expect(await lease(later(hour))).toEqual([]);
      expect(await states()).toEqual(['dead', 'delivered']);
    });

    it('leaves out what another address of the organizer cancelled', async () => {
      const dead = await addEnded('dead');
      await addEnded('delivered', { ...cancel, ...alias });
      expect(await retry()).toEqual({ changed: [], leftOut: [{ delivery: dead, reason: 'pointless' }] });
    });

    it.each<SettledState>(['dead', 'refused', 'mailed'])(
      'leaves out the older where the newer is %s',
      async (state) => {
        const older = await addEnded('dead');
        const newer = await addEnded(state);
        expect(await retry()).toEqual({
          changed: state === 'dead' ? [newer] : [],
          leftOut: [{ delivery: older, reason: 'pointless' }],
        });
      },
    );

    it('takes the older where an operator dropped the newer, and where the newer is no newer revision', async () => {
      const dropped = await addEnded('dead');
      await invite();
      await subject.store.transaction((tx) => tx.queue.drop({ states: ['waiting'] }, { now, limit: 9 }));
      expect(await retry()).toEqual({ changed: [dropped], leftOut: [] });
      await settle(await leaseOne(later(hour)), 'delivered');
      const second = await addEnded('dead', { revision: { sequence: 2 } });
      await addEnded('delivered', { revision: { sequence: 1 } });
      expect((await retry()).changed).toEqual([second]);
    });

    it('leaves out an older revision that was submitted behind the newer', async () => {
      await addEnded('delivered', { revision: { sequence: 2 } });
      const stale = await addEnded('dead', { revision: { sequence: 1 } });
      expect(await retry()).toEqual({ changed: [], leftOut: [{ delivery: stale, reason: 'pointless' }] });
    });

    it('lets nothing go while a later one of its chain is under way, and both in the end', async () => {
      await addEnded('dead', addition);
      await invite(addition);
      const under = await leaseOne();
      expect((await retry()).changed).toHaveLength(1);
      expect(await states()).toEqual(['waiting', 'leased']);
      expect(await lease(later(1))).toEqual([]);
      await settle(under, 'delivered');
      expect((await leaseOne(later(hour))).submission.method).toBe('ADD');
      expect(await states()).toEqual(['leased', 'delivered']);
    });

    it('leaves out what has no text any more', async () => {
      const dead = await addEnded('dead');
      await subject.store.transaction((tx) => tx.queue.forgetTexts(later(1), 9));
      expect(await retry()).toEqual({ changed: [], leftOut: [{ delivery: dead, reason: 'text-forgotten' }] });
      expect(await lease(later(hour))).toEqual([]);
    });

    it('is not kept from the others by those it leaves out', async () => {
      for (let index = 0; index < 4; index++) await addEnded('dead');
      const [last] = [await addEnded('dead', { instance: '20261201T100000Z' })];
      const { changed, leftOut } = await retry({ uid: 'u' }, 2);
      expect([changed.length, changed.at(-1), leftOut.length]).toEqual([2, last, 3]);
    });

    it('can be asked about before', async () => {
      const dead = await addEnded('dead');
      const newer = await addEnded('delivered');
      const leftOut = subject.store.read((view) => view.queue.leftOut([dead, newer], supersedesOf));
      expect(await leftOut).toEqual([{ delivery: dead, reason: 'pointless' }]);
    });
  });

  describe('a revision that is submitted late', () => {
    const revision = (sequence: number, stamp?: string) => ({ revision: { sequence, stamp } });
    it.each([
      ['by SEQUENCE', revision(2, '20261123T000000'), revision(1, '20261124T000000')],
      ['by DTSTAMP', revision(1, '20261124T000000'), revision(1, '20261123T000000')],
    ])('supersedes nothing newer %s, and stands behind it', async (_, newer, older) => {
      const { id } = await invite(newer);
      expect(await invite(older)).toMatchObject({ superseded: [] });
      expect(await states()).toEqual(['waiting', 'waiting']);
      const batch = await leaseOne();
      expect(batch.submission.id).toBe(id);
      await invite(older);
      expect(await states()).toEqual(['leased', 'superseded', 'waiting']);
      expect(await comeAgain(batch)).toEqual({ superseded: [] });
    });

    it.each([
      ['the same', revision(1, '20261123T000000'), revision(1, '20261123T000000')],
      ['newer', revision(1, '20261124T000000'), revision(2, '20261123T000000')],
      ['newer by DTSTAMP', revision(1, '20261123T000000'), revision(1, '20261124T000000')],
      ['not known', revision(3), {}],
    ])('supersedes where it is %s', async (_, before, after) => {
      await invite(before);
      await invite(after);
      expect(await states()).toEqual(['superseded', 'waiting']);
    });

    it('is compared by DTSTAMP where it is about other instances, whose SEQUENCEs count for themselves', async () => {
      await invite({ instance: '20261201T100000Z', ...revision(7, '20261123T000000') });
      await invite({ instance: '20261202T100000Z', ...revision(0, '20261125T000000') });
      await invite({ ...cancel, ...revision(3, '20261124T000000') });
      expect(await states()).toEqual(['superseded', 'waiting', 'waiting']);
    });
  });

  it('sends the older of two where an operator drops the newer, which had made it pointless', async () => {
    await invite();
    const older = await leaseOne();
    const newer = await invite();
    const drop = () =>
      subject.store.transaction((tx) => tx.queue.drop({ delivery: idOf(newer) }, { now: later(1), limit: 9 }));
    expect(await drop()).toHaveLength(1);
    expect(await comeAgain(older)).toEqual({ superseded: [] });
    expect(await states()).toEqual(['waiting', 'dropped']);
    expect((await leaseOne()).submission.id).toBe(older.submission.id);
  });

  it('leaves the older pointless where another newer one is dropped than made it so', async () => {
    await invite();
    const older = await leaseOne();
    const other = await invite({ instance: '20261201T100000Z' });
    await invite();
    const filter = { delivery: idOf(other) };
    await subject.store.transaction((tx) => tx.queue.drop(filter, { now: later(1), limit: 9 }));
    await comeAgain(older);
    expect(await states()).toEqual(['superseded', 'dropped', 'waiting']);
  });

  it('keeps the order of one recipient and UID, whichever address of the organizer sends', async () => {
    await invite();
    await invite({ ...cancel, ...alias });
    const first = await leaseOne();
    expect(first.submission.method).toBe('REQUEST');
    expect(await states()).toEqual(['leased', 'waiting']);
    await settle(first, 'delivered');
    expect((await leaseOne()).submission.method).toBe('CANCEL');
  });

  it('lets answers of different people to one organizer not wait for each other, each one’s own for the earlier', async () => {
    const answer = { method: 'REPLY', supersedes: none, orderWith: 'originator' } as const;
    await invite(answer);
    await invite({ ...answer, ...alias });
    await invite(answer);
    expect((await lease()).map(({ submission }) => submission.originator)).toEqual([
      'mailto:A@alpha.example',
      alias.originator,
    ]);
    expect(await states()).toEqual(['leased', 'leased', 'waiting']);
  });
}

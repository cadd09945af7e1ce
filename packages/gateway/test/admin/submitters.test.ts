import { createFakeClock, type FakeClock } from '@isched/testkit';
import { epochMs, parseDomainName } from '@isched/values';
import { type Batch, domainLane, type Settlement } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { recordSettlements } from '../../src/outbound/record.ts';
import { type House, openHouse } from '../inbound/house.ts';
import { type Answer, type ApiDesk, openDesk } from './desk.ts';

const uid = 'm@example.org';
const message = invitation({
  uid,
  sequence: 0,
  stamp: '20261123T000000Z',
  start: '20300101T100000Z',
  end: '20300101T110000Z',
});
const submission = {
  message,
  originator: 'mailto:alice@example.org',
  recipients: ['mailto:b@beta.example', 'mailto:c@gamma.example'],
};

interface Message {
  readonly submission: string;
  readonly pending: boolean;
  readonly outcomes: readonly { readonly recipient: string; readonly delivery: string; readonly status: string }[];
}
interface Events {
  readonly events: readonly { readonly cursor: string; readonly reason: string; readonly recipient: string }[];
  readonly cursor?: string;
}

describe('whoever submitted a message', () => {
  let clock: FakeClock;
  let house: House;
  let desk: ApiDesk;
  beforeEach(async () => {
    clock = createFakeClock('2026-11-23T12:00:00Z');
    house = await openHouse({ alice: 'UTC' });
    desk = openDesk(house, clock);
  });
  afterEach(() => house[Symbol.asyncDispose]());

  const submit = async (): Promise<Message> => {
    const { status, body } = await desk.ask('/api/v1/messages', { method: 'POST', content: submission });
    expect(status).toBe(202);
    return body as Message;
  };
  const lease = (): Promise<readonly Batch[]> =>
    house.store.transaction((tx) =>
      tx.queue.lease({
        node: 'n' as never,
        limit: 9,
        perLane: 9,
        perBatch: 9,
        skipLanes: [],
        now: clock.now(),
        until: epochMs(clock.now() + 60_000),
      }),
    );
  /** As a worker does it. */
  const settle = async (batch: Batch, told: Partial<Settlement>): Promise<void> => {
    const settlements = batch.deliveries.map(
      ({ id }): Settlement =>
        ({ delivery: id, state: 'delivered', reason: 'sent-answered', attempts: [], ...told }) as Settlement,
    );
    await house.store.transaction(async (tx) => {
      const now = clock.now();
      const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
      await recordSettlements(tx, { batch, settlements, superseded, now }, () => ({
        periods: [],
        covers: { start: epochMs(0), end: epochMs(0) },
      }));
    });
    desk.notices.settled(batch.submission.id);
  };
  const retryTerms = () => ({
    now: clock.now(),
    limit: 9,
    expiresAt: epochMs(clock.now() + 60_000),
    supersedesOf: () => ({ methods: [], instances: 'same' }) as const,
  });
  const isAsleep = () => expect.poll(() => clock.sleepers).toBeGreaterThan(0);
  /** Lets time pass until an answer is there. @returns how long that took. */
  const timeUntil = async (answer: Promise<Answer>, longestMs: number): Promise<number> => {
    const start = clock.now();
    for (;;) {
      const isThere = await Promise.race([answer.then(() => true), clock.advance(500).then(() => false)]);
      if (isThere || clock.now() - start > longestMs) return clock.now() - start;
    }
  };

  describe('asks for the outcomes of a message', () => {
    it('and gets those there are, each with its reason', async () => {
      const { submission: id } = await submit();
      const [first] = await lease();
      await settle(first as Batch, { requestStatus: '2.0;Success' });
      const { status, body } = await desk.ask(`/api/v1/messages/${id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        submission: id,
        pending: true,
        outcomes: [
          {
            recipient: 'mailto:b@beta.example',
            status: 'answered',
            reason: 'sent-answered',
            requestStatus: '2.0;Success',
          },
          { recipient: 'mailto:c@gamma.example', status: 'pending', state: 'leased' },
        ],
      });
    });

    it('and waits until the last is there, not a moment longer', async () => {
      const { submission: id } = await submit();
      const [first, second] = await lease();
      const answer = desk.ask(`/api/v1/messages/${id}?wait=30`);
      await isAsleep();
      await settle(first as Batch, {});
      await isAsleep();
      await settle(second as Batch, { state: 'refused', requestStatus: '3.7;Invalid calendar user' });
      expect((await answer).body).toMatchObject({
        pending: false,
        outcomes: [{ state: 'delivered' }, { state: 'refused' }],
      });
    });

    it('and learns soon what another node has settled, which rings no bell here', async () => {
      const { submission: id } = await submit();
      const batches = await lease();
      const elsewhere = openDesk(house, clock);
      const answer = elsewhere.ask(`/api/v1/messages/${id}?wait=30`);
      await isAsleep();
      for (const batch of batches) await settle(batch, {});
      expect(await timeUntil(answer, 5000)).toBeLessThanOrEqual(1000);
      expect((await answer).body).toMatchObject({ pending: false });
    });

    it('and is not kept waiting longer than a minute, whatever is asked', async () => {
      const { submission: id } = await submit();
      const answer = desk.ask(`/api/v1/messages/${id}?wait=600`);
      await isAsleep();
      expect(await timeUntil(answer, 120_000)).toBeLessThanOrEqual(61_000);
      expect((await answer).body).toMatchObject({ pending: true });
    });

    it('and gets them at once when the gateway stops', async () => {
      const { submission: id } = await submit();
      const answer = desk.ask(`/api/v1/messages/${id}?wait=30`);
      await isAsleep();
      desk.notices.close();
      expect((await answer).body).toMatchObject({ pending: true });
      expect((await desk.ask(`/api/v1/messages/${id}?wait=30`)).status).toBe(200);
    });

    it.each([
      ['/api/v1/messages/17', 404],
      ['/api/v1/messages/nonsense', 404],
      ['/api/v1/messages/1?wait=ever', 400],
      ['/api/v1/messages/1?wait=601', 400],
      ['/api/v1/messages/1?patience=1', 400],
    ])('and is told what is wrong with %s', async (target, status) => {
      expect((await desk.ask(target)).status).toBe(status);
    });
  });

  describe('follows the events', () => {
    const events = async (query = ''): Promise<Events> => (await desk.ask(`/api/v1/events${query}`)).body as Events;

    it('and is told each outcome once, in order, from where they were', async () => {
      expect(await events()).toEqual({ events: [] });
      const { submission: id, outcomes } = await submit();
      for (const batch of await lease()) await settle(batch, { requestStatus: '2.0;Success' });
      const first = await events('?limit=1');
      expect(first.events).toEqual([
        {
          cursor: first.cursor,
          at: clock.now(),
          submission: id,
          delivery: outcomes[0]?.delivery,
          state: 'delivered',
          final: true,
          reason: 'sent-answered',
          originator: 'mailto:alice@example.org',
          recipient: 'mailto:b@beta.example',
          method: 'REQUEST',
          uid,
          requestStatus: '2.0;Success',
        },
      ]);
      const rest = await events(`?after=${first.cursor}`);
      expect(rest.events.map(({ recipient }) => recipient)).toEqual(['mailto:c@gamma.example']);
      expect(await events(`?after=${rest.cursor}`)).toEqual({ events: [], cursor: rest.cursor });
      expect(await events('?after=latest')).toEqual({ events: [], cursor: rest.cursor });
    });

    it('and learns of retries, superseding and what operators do', async () => {
      await submit();
      const [first] = await lease();
      await settle(first as Batch, { state: 'waiting', dueAt: epochMs(clock.now() + 60_000), reason: 'sent-retry' });
      for (const action of ['hold', 'release']) {
        const content = { action, filter: { recipient: 'mailto:b@beta.example' } };
        expect((await desk.ask('/api/v1/queue/actions', { method: 'POST', content })).status).toBe(200);
      }
      await submit();
      const told = (await events()).events as readonly {
        readonly reason: string;
        readonly state?: string;
        readonly final?: boolean;
      }[];
      expect(told.map(({ reason, state, final }) => [reason, state, final])).toEqual([
        ['sent-retry', 'waiting', false],
        ['held', 'held', false],
        ['released', 'waiting', false],
        ['superseded', 'superseded', true],
      ]);
    });

    it('and waits for what is to come', async () => {
      await submit();
      const [first] = await lease();
      const waiting = desk.ask('/api/v1/events?wait=30');
      await isAsleep();
      await settle(first as Batch, {});
      const { cursor, events: told } = (await waiting).body as Events;
      expect(told).toHaveLength(1);
      const none = desk.ask(`/api/v1/events?after=${cursor}&wait=5`);
      await isAsleep();
      expect(await timeUntil(none, 20_000)).toBeLessThanOrEqual(6000);
      expect((await none).body).toEqual({ events: [], cursor });
    });

    it('and is told to begin anew where something was forgotten', async () => {
      await submit();
      const [first, second] = await lease();
      await settle(first as Batch, {});
      const { cursor } = await events();
      await clock.advance(1000);
      await settle(second as Batch, {});
      await house.store.transaction((tx) => tx.decisions.forgetBefore(epochMs(clock.now() + 1), 100));
      const { status, body } = await desk.ask(`/api/v1/events?after=${cursor}&wait=30`);
      expect([status, (body as { title: string }).title]).toEqual([410, 'events-forgotten']);
      expect((await events()).events).toHaveLength(1);
    });

    it.each([
      ['limit=0', 400, 'limit: must be at least 1'],
      ['limit=1001', 400, 'limit: must be at most 1000'],
      ['limit=many', 400, 'limit: must be a number'],
      ['limit=99999999999999999999', 400, 'limit: must be at most 1000'],
      ['wait=-1', 400, 'wait: must be at least 0'],
      ['after=', 400, 'after: must have at least 1 character'],
      ['since=1&limit=0', 400, 'limit: must be at least 1; the request: Unrecognized key: "since"'],
      ['after=nonsense', 410, 'events behind this cursor were forgotten: begin anew without one'],
    ])('and is told what is wrong with ?%s', async (query, status, detail) => {
      expect(await desk.ask(`/api/v1/events?${query}`)).toMatchObject({ status, body: { detail } });
    });

    it('only with the token', async () => {
      expect((await desk.ask('/api/v1/events', { token: 'guessed' })).status).toBe(401);
      expect((await desk.ask('/api/v1/messages/1', { token: 'guessed' })).status).toBe(401);
    });
  });

  it.each(['/api/v1/messages', '/api/v1/queue/actions'])('is told at %s what is no UTF-8', async (target) => {
    const title = 'content-not-utf-8';
    const text = JSON.stringify({ ...submission, message: message.replace('SUMMARY:', 'SUMMARY:M\u00fcnchen') });
    for (const octets of [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')]) {
      const content = new Uint8Array(octets);
      expect(await desk.ask(target, { method: 'POST', content })).toMatchObject({ status: 400, body: { title } });
    }
    const half = { ...submission, message: message.replace('SUMMARY:', 'SUMMARY:\ud83d') };
    expect(await desk.ask(target, { method: 'POST', content: half })).toMatchObject({ status: 400, body: { title } });
    expect(await house.store.read((view) => view.queue.list({}, { limit: 9 }))).toEqual([]);
  });

  it('is told by a retry, and before it, what is not worth one', async () => {
    const { outcomes } = await submit();
    for (const batch of await lease()) await settle(batch, { state: 'dead' });
    await house.store.transaction((tx) => tx.queue.retry({ domain: parseDomainName('gamma.example') }, retryTerms()));
    const cancel = message.replace('METHOD:REQUEST', 'METHOD:CANCEL').replace('SEQUENCE:0', 'SEQUENCE:1');
    const to = { ...submission, message: cancel, recipients: ['mailto:b@beta.example'] };
    expect((await desk.ask('/api/v1/messages', { method: 'POST', content: to })).status).toBe(202);
    const leftOut = [{ delivery: outcomes[0]?.delivery, reason: 'pointless' }];
    for (const dryRun of [true, false]) {
      const content = { action: 'retry', filter: { uid, state: ['dead'] }, dryRun };
      const { body } = await desk.ask('/api/v1/queue/actions', { method: 'POST', content });
      expect(body).toEqual({ action: 'retry', dryRun, deliveries: [], leftOut });
    }
  });

  it('has what an operator wants tried go past a receiver that is left alone', async () => {
    await submit();
    const act = (action: string, dryRun: boolean) =>
      desk.ask('/api/v1/queue/actions', { method: 'POST', content: { action, filter: { uid }, dryRun } });
    const leftAlone = async () => ((await desk.ask('/api/v1/queue')).body as { leftAlone: object }).leftAlone;
    const until = epochMs(clock.now() + 60_000);
    const lanes = ['beta.example', 'gamma.example', 'other.example'].map((name) => domainLane(parseDomainName(name)));
    await house.store.transaction(async (tx) => {
      for (const lane of lanes) await tx.queue.setTrouble(lane, { failures: 3, pauseMs: 60_000, pausedUntil: until });
    });
    await act('hold', false);
    await act('retry', true);
    expect(await leftAlone()).toEqual(lanes.map((lane) => ({ lane, until })));
    await act('release', false);
    await act('retry', false);
    expect(await leftAlone()).toEqual([{ lane: lanes[2], until }]);
  });
});

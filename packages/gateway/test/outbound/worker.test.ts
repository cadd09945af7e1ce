import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { Location, RecipientOutcome, Sender } from '@isched/ischedule';
import { readItipMessage, requestStatus } from '@isched/itip';
import { systemClock, systemRandom } from '@isched/runtime';
import { type DomainName, epochMs } from '@isched/values';
import type { DeliveryState } from 'isched';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { enqueue } from '../../src/outbound/enqueue.ts';
import { createWakeUp, type WakeUp } from '../../src/outbound/wake-up.ts';
import { Worker } from '../../src/outbound/worker.ts';
import { type House, openHouse } from '../inbound/house.ts';

const uid = 'w@alpha.example';
const text = invitation({
  uid,
  sequence: 0,
  stamp: '20261123T000000Z',
  start: '20300101T100000Z',
  end: '20300101T110000Z',
});
const located: Location = {
  status: 'located',
  candidates: [{ url: 'https://shared.example/' }],
  receiverId: 'https://shared.example/',
  ttlSeconds: 60,
};

describe('the worker', () => {
  let house: House;
  let wakeUp: WakeUp;
  const sent: (readonly string[])[] = [];
  beforeEach(async () => {
    sent.length = 0;
    house = await openHouse({});
    wakeUp = createWakeUp(systemClock);
  });
  afterEach(() => house[Symbol.asyncDispose]());

  const work = (send: Sender['send']): Worker =>
    new Worker({
      store: house.store,
      sender: {
        send(message, options) {
          sent.push(message.recipients);
          return send(message, options);
        },
      },
      locator: { locate: () => Promise.resolve(located) },
      deliverWithin: () => Promise.resolve([]),
      busyTimes: () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } }),
      clock: systemClock,
      random: systemRandom,
      wakeUp,
      settled: () => undefined,
      onTrouble: (error) => expect.unreachable(String(error)),
    });
  const add = async (...recipients: readonly string[]): Promise<void> => {
    const message = {
      itip: readItipMessage(parseCalendar(text)),
      originator: parseCalAddress('mailto:alice@alpha.example'),
      recipients: recipients.map(parseCalAddress),
    };
    const terms = { ownDomains: new Set<DomainName>(), lifetimeMs: 432_000_000, now: systemClock.now() };
    await house.store.transaction((tx) => enqueue(tx, message, terms));
    wakeUp.wake();
  };
  const states = async (): Promise<readonly DeliveryState[]> =>
    (await house.store.read((view) => view.queue.list({}, { limit: 100 }))).map(({ state }) => state);
  const answered: Sender['send'] = async ({ recipients }) =>
    recipients.map(
      (recipient): RecipientOutcome => ({
        recipient,
        attempts: [],
        status: 'answered',
        requestStatus: requestStatus('2.0'),
      }),
    );

  it('sends recipients of two domains in one request, once their receiver is known to be the same', async () => {
    await using worker = work(answered);
    await add('mailto:b@beta.example', 'mailto:c@gamma.example');
    await expect.poll(states).toEqual(['delivered', 'delivered']);
    expect(sent).toEqual([['mailto:b@beta.example', 'mailto:c@gamma.example']]);
    await expect.poll(() => worker.underWay).toBe(0);
    expect(await house.reasons(uid)).toEqual(['sent-answered', 'sent-answered']);
  });

  it('waits and says so where the receiver asks to come again', async () => {
    await using _ = work(async ({ recipients }) =>
      recipients.map((recipient) => ({ recipient, attempts: [], status: 'retry', tries: 'usual', cause: 'away' })),
    );
    await add('mailto:b@beta.example');
    await expect.poll(() => house.reasons(uid)).toEqual(['sent-retry']);
    expect(await states()).toEqual(['waiting']);
  });

  it('gives back what is under way when it stops, and another takes it at once', async () => {
    const first = work(
      (_, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('cut off')));
        }),
    );
    await add('mailto:b@beta.example');
    await expect.poll(() => sent.length).toBe(1);
    await first[Symbol.asyncDispose]();
    expect(await states()).toEqual(['waiting']);
    await using second = work(answered);
    await expect.poll(states).toEqual(['delivered']);
    expect(second.underWay).toBe(0);
  });
});

import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { Location, RecipientOutcome, Sender } from '@isched/ischedule';
import { readItipMessage, requestStatus } from '@isched/itip';
import { type Clock, systemClock, systemRandom } from '@isched/runtime';
import { type DomainName, epochMs } from '@isched/values';
import type { DeliveryState, QueuedDelivery, Store } from 'isched';
import { expect } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { enqueue } from '../../src/outbound/enqueue.ts';
import { createWakeUp, type WakeUp } from '../../src/outbound/wake-up.ts';
import { Worker, type WorkerDeps, type WorkerOptions } from '../../src/outbound/worker.ts';
import { type House, openHouse } from '../inbound/house.ts';

export const uid = 'w@alpha.example';
export const alice = 'mailto:alice@alpha.example';
const text = invitation({
  uid,
  sequence: 0,
  stamp: '20261123T000000Z',
  start: '20300101T100000Z',
  end: '20300101T110000Z',
});

/** A receiver that all domains share. */
export const located: Location = {
  status: 'located',
  candidates: [{ url: 'https://shared.example/' }],
  receiverId: 'https://shared.example/',
  ttlSeconds: 60,
};

/** What a worker is made of in these tests. */
export interface WorkerParts {
  readonly send: Sender['send'];
  readonly clock?: Clock;
  readonly store?: Store;
  readonly options?: WorkerOptions;
  readonly deps?: Partial<WorkerDeps>;
}

/** A store with a queue, and workers on it. */
export interface PostRoom extends AsyncDisposable {
  readonly house: House;
  readonly wakeUp: WakeUp;
  /** The recipients of each request that went out. */
  readonly sent: (readonly string[])[];
  /** What workers were troubled by. */
  readonly troubles: unknown[];
  work(parts: WorkerParts): Worker;
  /** Puts an invitation into the queue. */
  add(...recipients: readonly string[]): Promise<void>;
  readonly deliveries: () => Promise<readonly QueuedDelivery[]>;
  readonly states: () => Promise<readonly DeliveryState[]>;
}

/**
 * @param clock - of all workers that are given none of their own.
 * @param users - of the house, at example.org; the first of them sends.
 */
export async function openPostRoom(
  clock: Clock = systemClock,
  users: Readonly<Record<string, string>> = {},
): Promise<PostRoom> {
  const house = await openHouse(users);
  const [sender] = Object.keys(users);
  const originator = parseCalAddress(sender === undefined ? alice : `mailto:${sender}@example.org`);
  const wakeUp = createWakeUp(clock);
  const sent: (readonly string[])[] = [];
  const troubles: unknown[] = [];
  const deliveries = () => house.store.read((view) => view.queue.list({}, { limit: 100 }));
  return {
    house,
    wakeUp,
    sent,
    troubles,
    deliveries,
    states: async () => (await deliveries()).map(({ state }) => state),
    work({ send, options, deps, ...own }) {
      const sender: Sender = {
        send(message, abortable) {
          sent.push(message.recipients);
          return send(message, abortable);
        },
      };
      return new Worker(
        {
          store: own.store ?? house.store,
          sender,
          locator: { locate: () => Promise.resolve(located) },
          deliverWithin: () => Promise.resolve([]),
          busyTimes: () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } }),
          clock: own.clock ?? clock,
          random: systemRandom,
          wakeUp: own.clock ? createWakeUp(own.clock) : wakeUp,
          settled: () => undefined,
          onTrouble: (error) => troubles.push(error),
          ...deps,
        },
        options,
      );
    },
    async add(...recipients) {
      const message = {
        itip: readItipMessage(parseCalendar(text)),
        originator,
        recipients: recipients.map(parseCalAddress),
      };
      const terms = { ownDomains: new Set<DomainName>(), lifetimeMs: 432_000_000, now: clock.now() };
      await house.store.transaction((tx) => enqueue(tx, message, terms));
      wakeUp.wake();
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      expect(troubles).toEqual([]);
    },
  };
}

/** All recipients have it. */
export const answered: Sender['send'] = async ({ recipients }) =>
  recipients.map(
    (recipient): RecipientOutcome => ({
      recipient,
      attempts: [],
      status: 'answered',
      requestStatus: requestStatus('2.0'),
    }),
  );

/** A receiver that never answers. */
export const never: Sender['send'] = (_, { signal } = {}) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });

/** @returns outcomes that ask to come again. */
export const comeAgain: Sender['send'] = async ({ recipients }) =>
  recipients.map((recipient) => ({ recipient, attempts: [], status: 'retry', tries: 'usual', cause: 'away' }));

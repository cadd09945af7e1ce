import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { Location, RecipientOutcome } from '@isched/ischedule';
import { readItipMessage, requestStatus } from '@isched/itip';
import { systemRandom } from '@isched/runtime';
import { createFakeClock, type FakeClock } from '@isched/testkit';
import { epochMs, parseDomainName } from '@isched/values';
import { PostgresBell, type Store } from 'isched';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { createNotices } from '../../src/outbound/notices.ts';
import { createSubmit } from '../../src/outbound/submit.ts';
import { createWakeUp } from '../../src/outbound/wake-up.ts';
import { Worker } from '../../src/outbound/worker.ts';
import { openPostgresHouse, type PostgresHouse } from '../adapters/postgres-house.ts';

const located: Location = {
  status: 'located',
  candidates: [{ url: 'https://beta.example/' }],
  receiverId: 'https://beta.example/',
  ttlSeconds: 60,
};
const busyTimes = () => ({ periods: [], covers: { start: epochMs(0), end: epochMs(0) } });

let house: PostgresHouse;
beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());

it('what one node takes, another that only works sends at once: no clock has to go on for it', async () => {
  const schema = await house.newSchema();
  const clock = createFakeClock();
  await using one = await schema.open();
  await using two = await schema.open();
  await using bellOfOne = new PostgresBell(schema.url);
  await using bellOfTwo = new PostgresBell(schema.url);
  const sent: string[] = [];
  await using _ = work(two, { clock, bell: bellOfTwo, sent });
  const submit = createSubmit({
    store: one,
    ask: () => Promise.reject(new Error('nothing is asked')),
    ownDomains: new Set([parseDomainName('alpha.example')]),
    busyTimes,
    lifetimeMs: 432_000_000,
    clock,
    notices: createNotices(clock),
    wake: () => bellOfOne.ring(),
  });
  for (const uid of ['first@alpha.example', 'second@alpha.example']) {
    await expect.poll(() => clock.sleepers).toBe(2); // nothing to do: the worker, and who keeps its leases
    const before = clock.now();
    await submit({ itip: message(uid), originator: alice, recipients: [parseCalAddress('mailto:bob@beta.example')] });
    await expect
      .poll(() => one.read((view) => view.queue.list({ uid }, { limit: 9 })))
      .toMatchObject([{ state: 'delivered' }]);
    expect(clock.now()).toBe(before);
  }
  expect(sent).toEqual(['first@alpha.example', 'second@alpha.example']);
});

const alice = parseCalAddress('mailto:alice@alpha.example');

function message(uid: string) {
  const times = { stamp: '20261123T000000Z', start: '20300101T100000Z', end: '20300101T110000Z' };
  return readItipMessage(parseCalendar(invitation({ uid, sequence: 0, ...times })));
}

interface Surroundings {
  readonly clock: FakeClock;
  readonly bell: PostgresBell;
  readonly sent: string[];
}

function work(store: Store, { clock, bell, sent }: Surroundings): Worker {
  const wakeUp = createWakeUp(clock);
  bell.onRing(() => wakeUp.wake());
  return new Worker({
    store,
    sender: {
      send: ({ itip, recipients }) => {
        sent.push(itip.uid);
        const answer = { attempts: [], status: 'answered', requestStatus: requestStatus('2.0') } as const;
        return Promise.resolve(recipients.map((recipient): RecipientOutcome => ({ recipient, ...answer })));
      },
    },
    locator: { locate: () => Promise.resolve(located) },
    deliverWithin: () => Promise.resolve([]),
    busyTimes,
    clock,
    random: systemRandom,
    wakeUp,
    settled: () => undefined,
    onTrouble: (error) => expect.unreachable(String(error)),
  });
}

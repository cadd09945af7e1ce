import { parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { DeliveryResult } from '@isched/ischedule';
import { readItipMessage, requestStatus } from '@isched/itip';
import { systemClock } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { invitation } from '../../src/cli/commands/demo/messages.ts';
import { enqueue } from '../../src/outbound/enqueue.ts';
import { answered, openPostRoom, type PostRoom, uid } from './post-room.ts';

let room: PostRoom;
beforeEach(async () => {
  room = await openPostRoom();
});
afterEach(() => room[Symbol.asyncDispose]());

/** How many recipients each transaction had. */
async function delivered(octets: number, recipients: number): Promise<readonly number[]> {
  const groups: number[] = [];
  await using _ = room.work({
    send: answered,
    deps: {
      deliverWithin: (_tx, message) => {
        groups.push(message.recipients.length);
        const result: DeliveryResult = { requestStatus: requestStatus('2.0'), reason: 'new-invitation', replies: [] };
        return Promise.resolve(message.recipients.map(() => result));
      },
    },
  });
  await submit(octets, recipients);
  await expect.poll(async () => (await room.states()).filter((state) => state === 'delivered').length).toBe(recipients);
  return groups;
}

async function submit(octets: number, recipients: number): Promise<void> {
  const times = { stamp: '20261123T000000Z', start: '20300101T100000Z', end: '20300101T110000Z' };
  const line = `COMMENT:${'x'.repeat(60_000)}\r\n`;
  const text = invitation({ uid, sequence: 0, ...times }).replace(
    'END:VEVENT',
    `${line.repeat(Math.floor(octets / line.length))}END:VEVENT`,
  );
  const message = {
    itip: readItipMessage(parseCalendar(text)),
    originator: parseCalAddress('mailto:alice@alpha.example'),
    recipients: Array.from({ length: recipients }, (_, index) => parseCalAddress(`mailto:u${index}@alpha.example`)),
  };
  const terms = { ownDomains: new Set([parseDomainName('alpha.example')]), lifetimeMs: 1e9, now: systemClock.now() };
  await room.house.store.transaction((tx) => enqueue(tx, message, terms));
  room.wakeUp.wake();
}

it('delivers a small message to fifty of this house in one transaction', async () => {
  expect(await delivered(0, 70)).toEqual([50, 20]);
});

it('delivers a large one to as many at once as write some four megabytes together', async () => {
  expect(await delivered(1_000_000, 10)).toEqual([4, 4, 2]);
});

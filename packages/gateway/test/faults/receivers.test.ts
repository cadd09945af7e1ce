import { parameter, properties } from '@isched/icalendar';
import type { HttpField } from '@isched/runtime';
import { describe, expect, it } from 'vitest';
import type { Habit } from './support/front.ts';
import {
  cutMidBody,
  cutMidChunks,
  instead,
  lateBy,
  long,
  longInChunks,
  noHttp,
  noise,
  refuses,
  reworded,
  silent,
  silentAfter,
  telling,
} from './support/habits.ts';
import { day, dueIn, expectBetween, hour, minute, second, usual } from './support/due.ts';
import { eventOf, type Invitation, organizer } from './support/meetings.ts';
import { repetitions } from './support/rounds.ts';
import { openStreet, type Street } from './support/street.ts';
import { type FaultName, tallyOf } from './support/tally.ts';

interface Case {
  readonly name: string;
  readonly fault: FaultName;
  readonly habit: (street: Street) => Habit;
}

const emptyAnswer = '<schedule-response xmlns="urn:ietf:params:xml:ns:ischedule"></schedule-response>';
const toStrangers = (text: string): string => text.replaceAll(/room\d@beta/g, 'stranger@elsewhere');

describe('a receiver that', () => {
  it.for<Case>([
    { name: 'takes the message and never answers', fault: 'accepts and never answers', habit: () => silent },
    { name: 'does what it asks and never answers', fault: 'accepts and never answers', habit: () => silentAfter },
    {
      name: 'answers after the deadline',
      fault: 'answers after the deadline',
      habit: ({ clock }) => lateBy(() => clock.sleep(40 * second)),
    },
  ])('$name is asked again a minute after we stopped waiting', async ({ fault, habit }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    for (let time = 0; time < repetitions(5); time++) {
      const heard = street.beta.front.posts;
      street.beta.front.next(telling(() => tally.injected(fault), habit(street)));
      const invitation = await street.invite();
      await street.until(() => street.beta.front.posts > heard);
      await street.pass(31 * second, async () => (await dueIn(street, invitation))[0] !== undefined);
      // quite as long as our patience lasts, give or take a step of the clock
      expectBetween(await dueIn(street, invitation), [usual[0] - second, usual[1]]);
      await street.clock.advance(10 * second); // the late answer comes
      await street.drain();
    }
    await street.close(tally);
  });

  it.for<Case>([
    { name: 'closes in the middle of its answer', fault: 'closes mid-body', habit: () => cutMidBody },
    { name: 'closes before the last chunk of it', fault: 'closes mid-body', habit: () => cutMidChunks },
    { name: 'sends 10 MB', fault: 'sends 10 MB', habit: () => long },
    { name: 'sends 10 MB in chunks', fault: 'sends 10 MB', habit: () => longInChunks },
    { name: 'sends random octets', fault: 'sends garbage', habit: () => noise },
    { name: 'sends no HTTP', fault: 'sends garbage', habit: () => noHttp },
    { name: 'sends a page', fault: 'sends garbage', habit: () => instead('<html><body>It works!</body></html>') },
    { name: 'says 200 and nothing', fault: '200 with nothing', habit: () => instead('') },
    { name: 'says 200 and an answer about nobody', fault: '200 with nothing', habit: () => instead(emptyAnswer) },
    { name: 'answers for strangers alone', fault: 'answers for strangers', habit: () => reworded(toStrangers) },
    { name: 'says 429', fault: 'says 429', habit: () => refuses(429) },
  ])('$name is asked again in a minute', async ({ fault, habit }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    for (let time = 0; time < repetitions(5); time++) {
      street.beta.front.next(telling(() => tally.injected(fault), habit(street)));
      const invitation = await street.invite();
      await street.quiet();
      expectBetween(await dueIn(street, invitation), usual);
      await street.drain();
    }
    await street.close(tally);
  });

  const after = (value: string): HttpField => ({ name: 'Retry-After', value });
  /** 2026-11-22T12:00:00Z is when the street's clock begins; each date is two hours on. */
  it.for<{ status: number; fault: FaultName; value: string; due: readonly [number, number] }>([
    { status: 429, fault: 'says 429', value: '600', due: [10 * minute, 10 * minute] },
    { status: 429, fault: 'says 429', value: '5', due: usual },
    { status: 429, fault: 'says 429', value: '99999999', due: [day, day] },
    { status: 503, fault: 'says 503 with a date', value: 'Sun, 22 Nov 2026 14:00:00 GMT', due: [2 * hour, 2 * hour] },
    { status: 503, fault: 'says 503 with a date', value: 'Sunday, 22-Nov-26 14:00:00 GMT', due: [2 * hour, 2 * hour] },
    { status: 503, fault: 'says 503 with a date', value: 'Sun Nov 22 14:00:00 2026', due: [2 * hour, 2 * hour] },
    { status: 503, fault: 'says 503 with a date', value: 'Sun, 22 Nov 2026 11:00:00 GMT', due: usual },
    { status: 503, fault: 'says 503 with a date', value: 'Fri, 01 Jan 2100 00:00:00 GMT', due: [day, day] },
    { status: 503, fault: 'says 503 with a date', value: 'in a while', due: usual },
  ])(
    'says $status and to come again at "$value" is heeded, within bounds',
    async ({ status, fault, value, due }, { task }) => {
      const tally = tallyOf(task);
      await using street = await openStreet();
      street.beta.front.next(telling(() => tally.injected(fault), refuses(status, after(value))));
      const invitation = await street.invite();
      await street.quiet();
      expectBetween(await dueIn(street, invitation), due);
      const posts = street.beta.front.posts;
      await street.clock.advance(due[0] - 1);
      await street.quiet();
      expect(street.beta.front.posts).toBe(posts); // not before
      await street.close(tally);
    },
  );

  it('answers for one of two, and for a stranger, has the other sent again alone', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.beta.front.next(
      telling(
        () => tally.injected('answers for strangers'),
        reworded((text) => text.replace('room2@beta', 'stranger@elsewhere')),
      ),
    );
    const invitation = await street.invite();
    await street.quiet();
    const [one, two] = await dueIn(street, invitation);
    expect([one, two !== undefined]).toEqual([undefined, true]);
    await street.close(tally);
  });

  it('answers for strangers too is believed about ours', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const stranger =
      '<response><recipient>mailto:stranger@elsewhere.example</recipient><request-status>3.7;No</request-status></response>';
    const more = (text: string): string => text.replace('<response>', `${stranger}<response>`);
    street.beta.front.next(telling(() => tally.injected('answers for strangers'), reworded(more)));
    const invitation = await street.invite();
    await street.quiet();
    expect(await dueIn(street, invitation)).toEqual([undefined, undefined]);
    await street.close(tally);
  });

  it('never makes sense is given up after five tries, though it did what was asked, once', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.beta.front.always(telling(() => tally.injected('sends garbage'), noise));
    const invitation = await street.invite();
    await street.drain();
    const ended = { state: 'dead', reason: 'sent-given-up', tries: 5 };
    expect(await street.alpha.queue(invitation.uid)).toMatchObject([ended, ended]);
    expect(await statusesIn(street, invitation)).toEqual(['5.1', '5.1']);
    await street.close(tally, { alsoEnded: ['dead'] });
  });

  it('says 503 for ever is given up after five days', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const startedAt = street.clock.now();
    street.beta.front.always(telling(() => tally.injected('says 503 with a date'), refuses(503, after('3600'))));
    const invitation = await street.invite();
    await street.drain();
    const ended = { state: 'dead', reason: 'sent-given-up' };
    expect(await street.alpha.queue(invitation.uid)).toMatchObject([ended, ended]);
    expect(await statusesIn(street, invitation)).toEqual(['5.1', '5.1']);
    expect(street.clock.now() - startedAt).toBeGreaterThan(4.8 * day);
    expect(street.clock.now() - startedAt).toBeLessThanOrEqual(5 * day);
    await street.close(tally, { alsoEnded: ['dead'] });
  });
});

/** What the organizer's calendar says of the sending. */
async function statusesIn({ alpha }: Street, { uid }: Invitation): Promise<readonly (string | undefined)[]> {
  const text = await alpha.store.read(async (view) => {
    const user = await view.directory.findUser(organizer);
    return user && (await view.objects.get(user.id, uid))?.text;
  });
  const event = eventOf(text ?? '');
  const lines = event ? properties(event, 'ATTENDEE') : [];
  return lines.filter(({ value }) => value !== organizer).map((line) => parameter(line, 'SCHEDULE-STATUS'));
}

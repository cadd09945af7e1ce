import { describe, expect, it } from 'vitest';
import { dueIn, expectBetween, hour, minute, second, usual } from './support/due.ts';
import { fair, lateBy, refuses } from './support/habits.ts';
import { repetitions } from './support/rounds.ts';
import { openStreet, type Street } from './support/street.ts';
import { tallyOf } from './support/tally.ts';

/** Their effects have taken place, and the answers to them are through. */
async function answered({ beta, invitations }: Street): Promise<boolean> {
  const answers = await beta.queue();
  return answers.length === 2 * invitations.length && answers.every(({ state }) => state === 'delivered');
}

const ways = [
  { way: 'on', by: hour },
  { way: 'back', by: -hour },
] as const;

describe.for(ways)('a clock that is set an hour $way', ({ by }) => {
  it('while receivers are at messages lets each have its effect once', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const { front } = street.beta;
    await street.invite();
    await street.quiet();
    for (let time = 0; time < repetitions(5); time++) {
      const heard = front.posts;
      const held = Promise.withResolvers<void>();
      front.next(...[1, 2, 3].map(() => lateBy(() => held.promise)));
      await Promise.all([street.invite(), street.invite(), street.invite()]);
      await street.until(async () => front.posts === heard + 3 && (await answered(street)));
      street.clock.set(by);
      tally.injected('clock moved by an hour');
      held.resolve();
      await street.quiet();
      await street.drain();
    }
    await street.close(tally);
  });

  it('while a message waits keeps the time that it was promised', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const { front } = street.beta;
    front.next(refuses(503));
    const invitation = await street.invite();
    await street.quiet();
    street.clock.set(by);
    tally.injected('clock moved by an hour');
    expectBetween(await dueIn(street, invitation), [usual[0] - by, usual[1] - by]);
    const posts = front.posts;
    await street.clock.advance(minute + second); // a worker that sleeps looks at the clock at least each minute
    await street.quiet();
    expect(front.posts - posts).toBe(by > 0 ? 1 : 0);
    await street.close(tally);
  });

  it('while messages come has an outcome for each; only what came before it was signed is refused', async ({
    task,
  }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.beta.front.next(fair, refuses(503));
    for (let time = 0; time < 5 * repetitions(5); time++) {
      await Promise.all([street.invite(), street.invite()]);
      street.clock.set(time % 2 === 0 ? by : -by);
      tally.injected('clock moved by an hour');
    }
    await street.drain();
    const all = [...(await street.alpha.queue()), ...(await street.beta.queue())];
    const refused = all.filter(({ state }) => state === 'refused');
    for (const { detail } of refused) expect(detail).toContain('signed-in-the-future');
    await street.close(tally, { alsoEnded: ['refused'] });
  });
});

describe('a gateway whose clock alone is an hour', () => {
  it('ahead is told that its signature is not of this time; after it is set right its messages arrive', async ({
    task,
  }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.alpha.skew(hour);
    tally.injected('clock moved by an hour');
    const early = await street.invite();
    await street.until(async () => (await street.alpha.queue(early.uid)).every(({ state }) => state === 'refused'));
    expect((await street.alpha.queue(early.uid)).map(({ detail }) => detail)).toEqual([
      expect.stringContaining('verification-failed'),
      expect.stringContaining('verification-failed'),
    ]);
    street.alpha.skew(0);
    await street.invite();
    await street.close(tally, { alsoEnded: ['refused'] });
  });

  it('behind signs for longer than that: its messages arrive', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.alpha.skew(-hour);
    tally.injected('clock moved by an hour');
    const late = await street.invite();
    await street.until(async () => (await street.alpha.queue(late.uid)).every(({ state }) => state === 'delivered'));
    street.alpha.skew(0);
    await street.invite();
    await street.close(tally);
  });
});

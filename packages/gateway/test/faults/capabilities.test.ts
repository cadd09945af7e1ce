import type { Random } from '@isched/runtime';
import { createSeededRandom } from '@isched/testkit';
import { describe, expect, it } from 'vitest';
import { refuses } from './support/habits.ts';
import { repetitions, seed } from './support/rounds.ts';
import { openStreet, room, type Street } from './support/street.ts';
import { tallyOf } from './support/tally.ts';

const six = Array.from({ length: 6 }, (_, index) => `mailto:room${index + 1}@beta.example`);
const openHotel = (): Promise<Street> => openStreet({ beta: { users: six.map(room) } });

describe('a receiver whose capabilities changed in mid-queue', () => {
  it('and that takes fewer recipients gets the same message in several requests, at once', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openHotel();
    const { front } = street.beta;
    await street.invite(six); // its capabilities are known from now on
    await street.quiet();
    expect(front.posts).toBe(1);
    street.beta.restate({ maxRecipients: 2 });
    tally.injected('capabilities changed in mid-queue');
    const { uid } = await street.invite(six);
    await street.quiet();
    expect(front.posts).toBe(1 + 1 + 3); // what it took before; the one that was too much; three of two
    expect((await street.alpha.queue(uid)).map(({ state }) => state)).toEqual(six.map(() => 'delivered'));
    await street.close(tally);
  });

  it('while a message waited to be tried again gets it as it takes it then', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openHotel();
    await street.invite(six);
    await street.quiet();
    street.beta.front.next(refuses(503));
    const { uid } = await street.invite(six);
    await street.quiet();
    street.beta.restate({ maxRecipients: 4 });
    tally.injected('capabilities changed in mid-queue');
    await street.drain();
    expect((await street.alpha.queue(uid)).map(({ state, tries }) => [state, tries])).toEqual(
      six.map(() => ['delivered', 2]),
    );
    await street.close(tally);
  });

  it('and that takes no such message any more has refused it, until it does again', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openHotel();
    await street.invite(six);
    await street.quiet();
    const states = async (uid: string) => new Set((await street.alpha.queue(uid)).map(({ state }) => state));
    const tasksOnly = [{ component: 'VTODO', methods: ['REQUEST'] }];
    for (const less of [
      { schedulingMessages: tasksOnly },
      { maxContentLength: 100 },
      { maxInstances: 1, maxDateTime: street.clock.now() },
    ]) {
      street.beta.restate(less);
      tally.injected('capabilities changed in mid-queue');
      const refused = await street.invite(six);
      await street.quiet();
      expect(await states(refused.uid)).toEqual(new Set(['refused']));
      street.beta.restate({});
      tally.injected('capabilities changed in mid-queue');
      await street.clock.advance(3_600_000); // as long as it lets others keep them
      const taken = await street.invite(six);
      await street.quiet();
      expect(await states(taken.uid)).toEqual(new Set(['delivered']));
    }
    await street.close(tally, { alsoEnded: ['refused'] });
  });

  it(`again and again, while many messages are on their way, gets each of them once (seed ${seed})`, async ({
    task,
  }) => {
    const tally = tallyOf(task);
    const random = createSeededRandom(seed);
    await using street = await openHotel();
    for (let change = 0; change < 2 * repetitions(10); change++) {
      const submitting = Array.from({ length: 8 }, () => street.invite(six.slice(0, atMost(random, six.length))));
      const posts = street.beta.front.posts + atMost(random, 6);
      await street.until(() => street.beta.front.posts >= posts); // some have arrived, others have not
      street.beta.restate({ maxRecipients: atMost(random, six.length) });
      tally.injected('capabilities changed in mid-queue');
      await Promise.all(submitting);
      await street.quiet();
    }
    await street.close(tally);
  });
});

function atMost(random: Random, most: number): number {
  return 1 + Math.floor(random.fraction() * most);
}

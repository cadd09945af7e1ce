import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '@isched/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPostgresHouse, type PostgresHouse, type SchemaInHouse } from '../adapters/postgres-house.ts';
import type { Habit } from './support/front.ts';
import { LocalGateway } from './support/gateway.ts';
import type { TestNode } from './support/node.ts';
import { repetitions, rounds, seed } from './support/rounds.ts';
import { betaPlan } from './support/street.ts';
import { tallyOf } from './support/tally.ts';
import { Town } from './support/town.ts';

const kills = rounds - Math.ceil(rounds * 0.4);

let house: PostgresHouse;
beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());

/** For several nodes on one database that has not many connections. */
const storeIn = ({ url }: SchemaInHouse) => ({
  ISCHED_STORE__TYPE: 'postgres',
  ISCHED_STORE__URL: url,
  ISCHED_STORE__POOL_SIZE: '4',
  ISCHED_STORE__READ_POOL_SIZE: '2',
});

const aSender = { roles: ['admin', 'receiver'], fault: 'kill -9 of a sender', isPublic: true } as const;
const aReceiver = { roles: ['admin', 'receiver'], fault: 'kill -9 of a receiver', isPublic: true } as const;
const aWorker = { roles: ['worker'], fault: 'kill -9 of a worker' } as const;

it(`${kills} kills of senders, receivers and workers on PostgreSQL, at random moments under load, lose nothing and repeat nothing (seed ${seed})`, async ({
  task,
}) => {
  const tally = tallyOf(task);
  const [alphaRooms, betaRooms] = [await house.newSchema(), await house.newSchema()];
  await using town = await Town.open();
  const ofAlpha = { organisation: town.alpha, environment: storeIn(alphaRooms) };
  const ofBeta = { organisation: town.beta, environment: storeIn(betaRooms) };
  const [sender, receiver] = await Promise.all([
    town.start({ ...ofAlpha, ...aSender, name: 'alpha-1' }),
    town.start({ ...ofBeta, ...aReceiver, name: 'beta-1' }),
    town.start({ ...ofAlpha, ...aWorker, name: 'alpha-2' }),
    town.start({ ...ofBeta, ...aWorker, name: 'beta-2' }),
    ...(kills < 10 ? [] : [town.start({ ...ofAlpha, ...aWorker, name: 'alpha-3' })]),
  ]);
  const stop = new AbortController();
  const loading = town.load(sender, stop.signal, { parallel: 16 });
  await town.killAtRandom({ kills, atOnce: 2 }, createSeededRandom(seed), tally);
  stop.abort();
  await loading;
  await town.drain(sender, receiver);
  await town.closeNodes();

  expect(town.invitations.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(kills);
  await using alphaStore = await alphaRooms.open();
  await using betaStore = await betaRooms.open();
  await town.audit(tally, { alpha: alphaStore, beta: betaStore });
}, 400_000);

it('one of two workers is killed while receivers are at its messages: the other takes them over, and each has its effect once', async ({
  task,
}) => {
  const tally = tallyOf(task);
  const rooms = await house.newSchema();
  await using town = await Town.open();
  // The receiver is in this process, so that the moment can be chosen.
  await using beta = await LocalGateway.open({
    ...betaPlan(town.lab),
    openStore: async () => (await house.newSchema()).open(),
  });
  const start = (name: string): Promise<TestNode> =>
    town.start({
      name,
      organisation: town.alpha,
      environment: storeIn(rooms),
      roles: name === 'alpha-1' ? ['admin', 'receiver', 'worker'] : ['admin', 'worker'],
      fault: 'one of two workers killed mid-request',
      isPublic: name === 'alpha-1',
    });
  const [one, two] = await Promise.all([start('alpha-1'), start('alpha-2')]);
  await town.invite(one);
  await town.drain(one, beta); // all that has to be looked up is known from now on
  for (let time = 0; time < repetitions(4); time++) {
    const [victim, other] = time % 2 === 0 ? [one, two] : [two, one];
    const held = Promise.withResolvers<void>();
    let waiting = 0;
    let cutOff = 0;
    /** Every other message has its effect before its sender dies, the others have none. */
    const holding: Habit = async ({ handle, send, gone }) => {
      const isBefore = waiting++ % 2 === 0;
      const early = isBefore ? undefined : await handle();
      const kept = await Promise.race([held.promise.then(() => true), gone.then(() => false)]);
      if (!kept) cutOff += 1;
      else send(early ?? (await handle()));
    };
    beta.front.always(holding);
    await Promise.all(Array.from({ length: 8 }, () => town.invite(time % 3 === 0 ? other : victim)));
    await expect.poll(() => waiting, { timeout: 20_000 }).toBe(4); // as many as one receiver gets at once
    await victim.kill();
    await delay(100); // both ends have noticed
    tally.injected('one of two workers killed mid-request', cutOff);
    beta.front.always(async (exchange) => exchange.send(await exchange.handle()));
    held.resolve();
    town.passTime();
    await town.drain(other);
    await victim.start();
    await town.drain(other, beta);
  }
  await town.drain(one, beta);
  await town.closeNodes();
  await using alphaStore = await rooms.open();
  await town.audit(tally, { alpha: alphaStore, beta: beta.store });
}, 300_000);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresHouse, type PostgresHouse } from '../adapters/postgres-house.ts';
import type { Exchange, Habit } from './support/front.ts';
import { LocalGateway } from './support/gateway.ts';
import { createInvitations, rooms } from './support/meetings.ts';
import { repetitions } from './support/rounds.ts';
import { alphaPlan, betaPlan, openStreet, type Street, type StreetPlan } from './support/street.ts';
import { tallyOf } from './support/tally.ts';

const copies = 50;

/** Stores for a street, and for second nodes of its gateways where the store is for several. */
interface Stores {
  readonly plan: () => Promise<StreetPlan>;
  readonly nodes: 1 | 2;
}

let house: PostgresHouse;
beforeAll(async () => {
  house = await openPostgresHouse();
}, 60_000);
afterAll(() => house?.[Symbol.asyncDispose]());

const kinds: readonly (Stores & { readonly name: string })[] = [
  { name: 'SQLite', nodes: 1, plan: async () => ({}) },
  {
    name: 'two nodes on PostgreSQL',
    nodes: 2,
    async plan() {
      const [alpha, beta] = [await house.newSchema(), await house.newSchema()];
      return { openAlpha: () => alpha.open(), openBeta: () => beta.open() };
    },
  },
];

describe.for(kinds)('the same POST fifty times at once, on $name', ({ nodes, plan }) => {
  it('has one effect and one answer, whoever gets the copies', async ({ task }) => {
    const tally = tallyOf(task);
    const stores = await plan();
    await using street = await openStreet(stores);
    await using others = await openNodes(street, stores, nodes - 1);
    const handlers = [street.beta, ...others.betas];
    const answers: string[] = [];
    const copying: Habit = async (exchange: Exchange) => {
      const request = exchange.request;
      const responses = await Promise.all(
        Array.from({ length: copies }, (_, index) => handlers[index % handlers.length]?.handle(request)),
      );
      answers.push(
        ...responses.map((response) => `${response?.status} ${Buffer.from(response?.content ?? []).toString()}`),
      );
      tally.injected('the same POST 50 times at once');
      if (responses[0]) exchange.send(responses[0]);
    };
    for (let time = 0; time < repetitions(10); time++) {
      street.beta.front.next(copying);
      await street.invite();
      await street.quiet();
    }
    expect(new Set(answers.map((answer) => answer.slice(0, 4)))).toEqual(new Set(['200 ']));
    expect(new Set(answers.map((answer) => answer.replace(/mailto:[^<]*/g, ''))).size).toBe(1);
    expect(answers).toHaveLength(copies * repetitions(10));
    await others.close();
    await street.close(tally);
  });

  it('as a submission under one key is one submission, whoever gets the copies', async ({ task }) => {
    const tally = tallyOf(task);
    const stores = await plan();
    await using street = await openStreet(stores);
    await using others = await openNodes(street, stores, nodes - 1);
    const takers = [street.alpha, ...others.alphas];
    const next = createInvitations('copied');
    for (let time = 0; time < repetitions(10); time++) {
      const invitation = next();
      street.invitations.push(invitation);
      const taken = await Promise.all(
        Array.from({ length: copies }, (_, index) => takers[index % takers.length]?.submit(invitation)),
      );
      tally.injected('the same POST 50 times at once');
      const ids = taken.map((one) => (one?.kind === 'queued' ? one.id : undefined));
      expect(new Set(ids).size).toBe(1);
      expect(taken.filter((one) => one?.kind === 'queued' && !one.repeated)).toHaveLength(1);
      await street.quiet();
      expect(await street.alpha.queue(invitation.uid)).toHaveLength(rooms.length);
    }
    await others.close();
    await street.close(tally);
  });
});

/** Further nodes of both gateways, on the same stores. */
async function openNodes({ lab, alpha, beta }: Street, { openAlpha, openBeta }: StreetPlan, count: number) {
  const [alphas, betas]: [LocalGateway[], LocalGateway[]] = [[], []];
  for (let node = 0; node < count; node++) {
    if (openAlpha) alphas.push(await LocalGateway.open({ ...alphaPlan(lab), openStore: openAlpha, nodeOf: alpha }));
    if (openBeta) betas.push(await LocalGateway.open({ ...betaPlan(lab), openStore: openBeta, nodeOf: beta }));
  }
  const close = async (): Promise<void> => {
    await Promise.all([...alphas, ...betas].map((node) => node[Symbol.asyncDispose]()));
  };
  return { alphas, betas, close, [Symbol.asyncDispose]: close };
}

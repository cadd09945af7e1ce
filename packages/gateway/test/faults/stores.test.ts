import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '@isched/testkit';
import Sqlite from 'better-sqlite3';
import { openSqliteStore, type Store, StoreUnavailable } from 'isched';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOwnPostgresHouse, type PostgresHouse } from '../adapters/postgres-house.ts';
import { repetitions, seed } from './support/rounds.ts';
import { openStreet, type Street } from './support/street.ts';
import { tallyOf } from './support/tally.ts';

const load = { parallel: 4, pauseMs: 20 };

/** All that went wrong with our own work was the store. */
function expectOnlyStoreTroubles({ alpha, beta }: Street): void {
  for (const trouble of [...alpha.troubles, ...beta.troubles]) expect(trouble).toBeInstanceOf(StoreUnavailable);
}

describe('a PostgreSQL under two gateways', () => {
  let house: PostgresHouse;
  beforeAll(async () => {
    house = await openOwnPostgresHouse({ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' });
  }, 60_000);
  afterAll(() => house?.[Symbol.asyncDispose]());

  const openHouses = async (): Promise<Street> => {
    const [alpha, beta] = [await house.newSchema(), await house.newSchema()];
    return openStreet({ openAlpha: () => alpha.open(), openBeta: () => beta.open() });
  };

  it('that is stopped or dies, and comes back, while messages are on their way, loses none and repeats none', async ({
    task,
  }) => {
    const tally = tallyOf(task);
    const random = createSeededRandom(seed);
    await using street = await openHouses();
    await street.flow(async () => {
      const stop = new AbortController();
      const loading = street.load(stop.signal, load);
      for (let round = 0; round < 2 * repetitions(3); round++) {
        await delay(100 + random.fraction() * 300);
        await (round % 2 === 0 ? house.server?.stop() : house.server?.crash());
        await delay(random.fraction() * 300);
        await house.server?.start();
        tally.injected('PostgreSQL restarted');
      }
      await delay(200);
      stop.abort();
      await loading;
    });
    expect(street.invitations.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(5);
    expectOnlyStoreTroubles(street);
    await street.close(tally);
  });

  it('whose connections are cut again and again loses none and repeats none', async ({ task }) => {
    const tally = tallyOf(task);
    const random = createSeededRandom(seed + 1);
    await using street = await openHouses();
    await street.flow(async () => {
      const stop = new AbortController();
      const loading = street.load(stop.signal, load);
      for (let round = 0; round < 10 * repetitions(5); round++) {
        await delay(random.fraction() * 100);
        const cut = await house.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'isched' AND pid <> pg_backend_pid() AND pid % 3 = ${round % 3}`,
        );
        tally.injected('connections to PostgreSQL cut', cut.length);
      }
      stop.abort();
      await loading;
    });
    expect(street.invitations.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(5);
    expectOnlyStoreTroubles(street);
    await street.close(tally);
  });
});

/** A store that tells when it had no space. */
function watched(store: Store, full: () => void): Store {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof StoreUnavailable && error.trouble === 'no-space') full();
      throw error;
    }
  };
  return {
    transaction: (work, options) => told(store.transaction(work, options)),
    read: (work, options) => store.read(work, options),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function pagesOf(file: string): number {
  const database = new Sqlite(file, { readonly: true });
  const pages = database.pragma('page_count', { simple: true }) as number;
  database.close();
  return pages;
}

describe('a disk that is full', () => {
  it.for([{ whose: 'sender' }, { whose: 'receiver' }] as const)(
    'under the SQLite of the $whose has nothing acknowledged that is not kept; all is well when there is room again',
    async ({ whose }, { task }) => {
      const tally = tallyOf(task);
      await using street = await openStreet();
      const gateway = whose === 'sender' ? street.alpha : street.beta;
      const file = join(street.folder, whose === 'sender' ? 'alpha.sqlite' : 'beta.sqlite');
      for (let round = 0; round < repetitions(3); round++) {
        let refused = 0;
        await gateway.stop();
        const maxPages = pagesOf(file) + 20 + 10 * round; // PRAGMA max_page_count: whatever asks for one more page is told FULL
        await gateway.start(() => watched(openSqliteStore({ file, maxPages }), () => (refused += 1)));
        await street.flow(async () => {
          const stop = new AbortController();
          const loading = street.load(stop.signal, load);
          await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThan(3);
          await delay(200);
          stop.abort();
          await loading;
        });
        tally.injected('disk full under SQLite', refused);
        await gateway.stop();
        await gateway.start(() => openSqliteStore({ file }));
        await street.drain();
      }
      expectOnlyStoreTroubles(street);
      await street.close(tally);
    },
  );
});

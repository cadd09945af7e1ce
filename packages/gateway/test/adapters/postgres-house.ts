import { hash } from 'node:crypto';
import { type LabPostgres, startPostgres } from '@isched/lab';
import type { StoreUnderTest } from '@isched/testkit';
import { openPostgresStore, type PostgresLimits, type Store } from 'isched';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

/** One server for a whole test file, a schema of its own for each test. */
export interface PostgresHouse extends AsyncDisposable {
  /** A new, empty room in the database. */
  newSchema(): Promise<SchemaInHouse>;
  /** The server, where it is ours to stop. */
  readonly server: LabPostgres | undefined;
  /** Asks the database directly. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
}

export interface SchemaInHouse {
  readonly name: string;
  readonly url: string;
  open(limits?: Partial<PostgresLimits>): Promise<Store>;
  drop(): Promise<void>;
}

/** Uses the database that `ISCHED_TEST_DATABASE_URL` names, or starts one. @throws PostgresMissing. */
export async function openPostgresHouse(): Promise<PostgresHouse> {
  const given = process.env['ISCHED_TEST_DATABASE_URL'];
  const server = given === undefined ? await startPostgres({ settings: { deadlock_timeout: '50ms' } }) : undefined;
  return houseAt(given ?? server?.url ?? '', server);
}

/** A server of the test's own, to be stopped and started. */
export async function openOwnPostgresHouse(settings: Readonly<Record<string, string>> = {}): Promise<PostgresHouse> {
  const server = await startPostgres({ settings });
  return houseAt(server.url, server);
}

function houseAt(url: string, server: LabPostgres | undefined): PostgresHouse {
  let schemas = 0;
  let connected: Promise<Client> | undefined;
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined).on('end', () => (connected = undefined));
    await client.connect();
    return client;
  };
  const query = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    connected ??= connect();
    return (await (await connected).query<Record<string, unknown>>(sql)).rows;
  };
  return {
    server,
    query,
    async newSchema() {
      const name = `isched_test_${process.pid}_${(schemas += 1)}`;
      await query(`DROP SCHEMA IF EXISTS ${name} CASCADE; CREATE SCHEMA ${name}`);
      const its = new URL(url);
      its.searchParams.set('options', `-csearch_path=${name}`);
      return {
        name,
        url: its.href,
        open: (limits) => openPostgresStore({ url: its.href, limits }),
        drop: async () => void (await query(`DROP SCHEMA ${name} CASCADE`)),
      };
    },
    async [Symbol.asyncDispose]() {
      await (await connected)?.end();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/** A store in a schema of its own. */
export async function openStoreIn(house: PostgresHouse): Promise<StoreUnderTest> {
  const schema = await house.newSchema();
  let store = await schema.open();
  return {
    store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      store = await schema.open();
      return store;
    },
    async dispose() {
      await store[Symbol.asyncDispose]();
      await schema.drop();
    },
  };
}

/** Two nodes on one database. */
export interface TwoNodes {
  readonly house: PostgresHouse;
  readonly schema: SchemaInHouse;
  readonly one: Store;
  readonly two: Store;
}

/** Gives each test of a file two nodes on a schema of their own, on one server for all. */
export function useTwoNodes(enter: (scene: TwoNodes) => void): void {
  let house: PostgresHouse;
  let scene: TwoNodes;
  beforeAll(async () => {
    house = await openPostgresHouse();
  }, 60_000);
  afterAll(() => house?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    const schema = await house.newSchema();
    const [one, two] = await Promise.all([schema.open(), schema.open()]);
    scene = { house, schema, one, two };
    enter(scene);
  });
  afterEach(async () => {
    await Promise.all([scene.one[Symbol.asyncDispose](), scene.two[Symbol.asyncDispose]()]);
    await scene.schema.drop();
  });
}

/** The number under which the store locks something: 64 bits of a SHA-256, by decision 0081. */
export function lockKey(...name: readonly string[]): string {
  return hash('sha256', JSON.stringify(['isched', ...name]), 'buffer')
    .readBigInt64BE()
    .toString();
}

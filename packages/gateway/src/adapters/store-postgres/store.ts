import type { Abortable } from '@isched/values';
import { Client, type ClientBase } from 'pg';
import type { Store, StoreTransaction, StoreView } from '../../ports/store.ts';
import { ClockWatch, requireSameClock, timeBy, timeIn } from './clock.ts';
import { beginWriting, clientConfig, Connections, defaultPostgresLimits, type PostgresLimits } from './connections.ts';
import { decisionsRoom } from './decisions.ts';
import { directoryRoom } from './directory.ts';
import { asFinalError } from './errors.ts';
import { migrate, type MigrationReport } from './migrations.ts';
import { objectsRoom, objectsView } from './objects.ts';
import { queueRoom } from './queue.ts';
import { queueView } from './queue-view.ts';
import { receivedRoom } from './received.ts';
import { Runner } from './runner.ts';
import { serialsRoom } from './serials.ts';
import type { Session } from './session.ts';

export interface PostgresStoreOptions {
  /** `postgresql://user:password@host/database`. */
  readonly url: string;
  readonly limits?: Partial<PostgresLimits> | undefined;
}

/**
 * Opens the store that several nodes share, migrating the database as needed.
 *
 * @throws StoreUnavailable when the database can't be reached, was made by a newer version, or has another time than we; the
 * signal's reason when aborted.
 */
export async function openPostgresStore(options: PostgresStoreOptions, abortable: Abortable = {}): Promise<Store> {
  const { maxClockDifferenceMs } = { ...defaultPostgresLimits, ...options.limits };
  await withClient(options, abortable, async (client) => {
    await requireSameClock(() => timeBy(client), maxClockDifferenceMs);
    await migrate(client);
  });
  return new PostgresStore(options);
}

/**
 * Brings the schema of a database up to date.
 *
 * @throws StoreUnavailable when the database can't be reached or was made by a newer version; the signal's reason when aborted.
 */
export function migratePostgres(options: PostgresStoreOptions, abortable: Abortable = {}): Promise<MigrationReport> {
  return withClient(options, abortable, migrate);
}

async function withClient<T>(
  options: PostgresStoreOptions,
  { signal }: Abortable,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limits = { ...defaultPostgresLimits, ...options.limits };
  // A step of the schema may take as long as it takes.
  const { query_timeout: _, ...config } = clientConfig(options.url, limits);
  try {
    const client = new Client(config);
    client.on('error', () => undefined); // its statements fail
    const cut = (): void => void client.connection.stream.destroy();
    signal?.addEventListener('abort', cut);
    try {
      await client.connect();
      return await work(client);
    } finally {
      signal?.removeEventListener('abort', cut);
      await client.end();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw asFinalError(error);
  }
}

class PostgresStore implements Store {
  readonly #writing: Runner<StoreTransaction>;
  readonly #reading: Runner<Reading>;
  readonly #clock: ClockWatch;
  #closing: Promise<void> | undefined;

  constructor({ url, limits: given }: PostgresStoreOptions) {
    const limits = { ...defaultPostgresLimits, ...given };
    this.#writing = new Runner(new Connections(url, limits.poolSize, limits), {
      begin: beginWriting,
      rooms: transactionRooms,
    });
    this.#reading = new Runner(new Connections(url, limits.readPoolSize, limits), {
      begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      rooms: (session) => ({ view: viewRooms(session), session }),
    });
    const { maxClockDifferenceMs, clockCheckMs } = limits;
    const askTime = () => this.#reading.run(({ session }) => timeIn(session));
    this.#clock = new ClockWatch(() => requireSameClock(askTime, maxClockDifferenceMs), clockCheckMs);
  }

  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, options?: Abortable): Promise<T> {
    const { fault } = this.#clock;
    return fault ? Promise.reject(fault) : this.#writing.run(work, options);
  }

  read<T>(work: (view: StoreView) => Promise<T>, options?: Abortable): Promise<T> {
    return this.#reading.run(({ view }) => work(view), options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    const ends = () => [this.#clock[Symbol.asyncDispose](), this.#writing.close(), this.#reading.close()];
    this.#closing ??= Promise.all(ends()).then(() => undefined);
    return this.#closing;
  }
}

/** What one reads with. */
interface Reading {
  readonly view: StoreView;
  readonly session: Session;
}

function transactionRooms(session: Session): StoreTransaction {
  return {
    received: receivedRoom(session),
    objects: objectsRoom(session),
    directory: directoryRoom(session),
    decisions: decisionsRoom(session),
    serials: serialsRoom(session),
    queue: queueRoom(session),
  };
}

function viewRooms(session: Session): StoreView {
  return {
    objects: objectsView(session),
    directory: directoryRoom(session),
    decisions: decisionsRoom(session),
    queue: queueView(session),
  };
}

import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Abortable } from '@isched/values';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Store, StoreTransaction, StoreView } from '../../ports/store.ts';
import { Checkpointer } from './checkpointer.ts';
import { prepareDecisions } from './decisions.ts';
import { prepareDirectory } from './directory.ts';
import { DurableLog } from './durable-log.ts';
import { asStoreError } from './errors.ts';
import { migrate } from './migrations.ts';
import { prepareObjects } from './objects.ts';
import { Reader } from './reader.ts';
import { prepareQueue } from './queue.ts';
import { prepareQueueView } from './queue-view.ts';
import { prepareReceived } from './received.ts';
import type { Scope } from './scope.ts';
import { prepareSerials } from './serials.ts';
import { withSteadyPlans } from './steady-plans.ts';
import { Writer } from './writer.ts';

export interface SqliteStoreOptions {
  /** The database file; it and its folder are made when missing, for this user's eyes only. */
  readonly file: string;
  /** How large the database may grow, in pages of 4 KiB; past it, work is refused with `no-space`. Default: no limit. */
  readonly maxPages?: number | undefined;
}

/**
 * Opens the embedded store, making or migrating it as needed.
 *
 * @throws StoreUnavailable when the file can't be used or was made by a newer version.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  try {
    makePrivate(options.file);
    return new SqliteStore(options);
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Calendars are private: the file is made before the driver makes it, whose log and index copy its mode. */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

/** A search for free time looks at a thousand rows of a busy user; the default of 2 MiB would read each anew. KiB. */
const readCacheKiB = 16_384;

class SqliteStore implements Store {
  readonly #writing: Database;
  readonly #reading: Database;
  readonly #log: DurableLog;
  readonly #checkpointer: Checkpointer;
  readonly #writer: Writer;
  readonly #reader: Reader;
  #closing: Promise<void> | undefined;

  constructor({ file, maxPages }: SqliteStoreOptions) {
    this.#writing = openForWriting(file, maxPages);
    this.#reading = withSteadyPlans(new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 0 }));
    this.#reading.pragma(`cache_size = -${readCacheKiB}`);
    this.#log = new DurableLog(`${file}-wal`);
    this.#checkpointer = new Checkpointer(file);
    this.#writer = new Writer({
      database: this.#writing,
      rooms: prepareRooms(this.#writing),
      log: this.#log,
      checkpointer: this.#checkpointer,
    });
    this.#reader = new Reader(this.#reading, prepareViews(this.#reading));
  }

  transaction<T>(work: (tx: StoreTransaction) => Promise<T>, options?: Abortable): Promise<T> {
    return this.#writer.run(work, options);
  }

  read<T>(work: (view: StoreView) => Promise<T>, options?: Abortable): Promise<T> {
    return this.#reader.run(work, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#reader.close();
    await this.#checkpointer.close();
    this.#log.close();
    this.#reading.close();
    this.#writing.close();
  }
}

function openForWriting(file: string, maxPages: number | undefined): Database {
  const database = withSteadyPlans(new Sqlite(file, { timeout: 0 }));
  try {
    database.pragma('busy_timeout = 5000'); // while nobody is served yet
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    migrate(database);
    if (maxPages !== undefined) database.pragma(`max_page_count = ${maxPages}`);
    database.pragma('busy_timeout = 0');
    database.pragma('synchronous = NORMAL'); // with DurableLog doing the rest: decision 0060
    database.pragma('wal_autocheckpoint = 0'); // Checkpointer's
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareRooms(database: Database): (scope: Scope) => StoreTransaction {
  const received = prepareReceived(database);
  const objects = prepareObjects(database);
  const directory = prepareDirectory(database);
  const decisions = prepareDecisions(database);
  const serials = prepareSerials(database);
  const queue = prepareQueue(database);
  return (scope) => ({
    received: received(scope),
    objects: objects(scope),
    directory: directory(scope),
    decisions: decisions(scope),
    serials: serials(scope),
    queue: queue(scope),
  });
}

function prepareViews(database: Database): (scope: Scope) => StoreView {
  const objects = prepareObjects(database);
  const directory = prepareDirectory(database);
  const decisions = prepareDecisions(database);
  const queue = prepareQueueView(database);
  return (scope) => ({
    objects: objects(scope),
    directory: directory(scope),
    decisions: decisions(scope),
    queue: queue(scope),
  });
}

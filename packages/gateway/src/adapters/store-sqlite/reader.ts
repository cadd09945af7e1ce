import type { Abortable } from '@isched/values';
import type { Database } from 'better-sqlite3';
import { type StoreView, StoreUnavailable } from '../../ports/store.ts';
import { asStoreError } from './errors.ts';
import { runGuarded } from './guarded.ts';
import { Scope } from './scope.ts';

/** Looks without waiting for the writer: a connection of its own, one snapshot for each piece of work, one at a time. */
export class Reader {
  readonly #database: Database;
  readonly #rooms: (scope: Scope) => StoreView;
  readonly #begin;
  readonly #end;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(database: Database, rooms: (scope: Scope) => StoreView) {
    this.#database = database;
    this.#rooms = rooms;
    this.#begin = database.prepare('BEGIN');
    this.#end = database.prepare('ROLLBACK');
  }

  run<T>(work: (view: StoreView) => Promise<T>, { signal }: Abortable = {}): Promise<T> {
    const turn = this.#last.then(() => this.#look(work, signal));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #look<T>(work: (view: StoreView) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw new StoreUnavailable('closed', 'the store is closed');
    const scope = new Scope(this.#database);
    try {
      this.#begin.run();
      return await runGuarded(() => work(this.#rooms(scope)));
    } catch (error) {
      throw asStoreError(error);
    } finally {
      scope.close();
      if (this.#database.inTransaction) this.#end.run();
    }
  }
}

import type { Database } from 'better-sqlite3';
import { StoreUnavailable } from '../../ports/store.ts';

/** The life of one piece of work: its rooms are of no use before and after it. */
export class Scope {
  readonly #database: Pick<Database, 'inTransaction'>;
  #open = true;

  /** @param database - in a transaction. */
  constructor(database: Pick<Database, 'inTransaction'>) {
    this.#database = database;
  }

  /**
   * Asked before each statement, or what is one in effect.
   *
   * @throws TypeError when the piece of work has ended; StoreUnavailable when SQLite has undone its transaction, as it does
   * where the disk is full or fails: what came after that would be kept by itself.
   */
  enter(): void {
    if (!this.#open) throw new TypeError('a store transaction was used after its work had ended');
    if (!this.#database.inTransaction)
      throw new StoreUnavailable('failed', 'the transaction was undone before its end');
  }

  close(): void {
    this.#open = false;
  }
}

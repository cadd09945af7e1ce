import { fdatasync, openSync, closeSync } from 'node:fs';
import { promisify } from 'node:util';

const syncData = promisify(fdatasync);

/**
 * The write-ahead log, seen as what has to reach the disk. SQLite's own connection writes it and, with
 * `synchronous = NORMAL`, leaves it in the system's cache; `sync` then does what FULL would do inside COMMIT, but in a thread
 * of the pool, so that a slow disk keeps nobody from verifying the next message.
 *
 * @see docs/decisions/0060.
 */
export class DurableLog {
  readonly #descriptor: number;
  #failed: unknown;

  /** @param file - the `-wal` file; its connection must be open and have written to it. */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'r+');
  }

  /**
   * Resolves once everything written to the log so far is on the disk.
   *
   * @throws what the system said. Once it failed it fails for good: what the system dropped then is not known.
   */
  async sync(): Promise<void> {
    this.check();
    try {
      await syncData(this.#descriptor);
    } catch (error) {
      this.#failed = error;
      throw error;
    }
  }

  /** @throws what made a sync fail before. */
  check(): void {
    if (this.#failed !== undefined) throw this.#failed;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

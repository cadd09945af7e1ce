import { setTimeout as delay } from 'node:timers/promises';
import type { Abortable } from '@isched/values';
import type { Database } from 'better-sqlite3';
import { type StoreTransaction, StoreUnavailable } from '../../ports/store.ts';
import type { Checkpointer, LogState } from './checkpointer.ts';
import type { DurableLog } from './durable-log.ts';
import { asStoreError, isBusy } from './errors.ts';
import { runGuarded } from './guarded.ts';
import { Scope } from './scope.ts';

/** A piece of work that waits for its turn, then for the commit it shares. */
interface Piece {
  readonly work: (tx: StoreTransaction) => Promise<unknown>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WriterDeps {
  readonly database: Database;
  readonly rooms: (scope: Scope) => StoreTransaction;
  readonly log: Pick<DurableLog, 'check' | 'sync'>;
  readonly checkpointer: Pick<Checkpointer, 'died' | 'committed' | 'mayWrite'>;
}

/** A group ends after this time even if more pieces wait: the event loop has other guests. */
const longestGroupMs = 20;
/** How long another program may hold the database before that is trouble. */
const busyMs = 5_000;
const busyRetryMs = 5;

/**
 * The one writer. Pieces of work run one after the other, each in a savepoint, and share one commit with all that waited
 * when the group began; each resolves when that commit is on the disk. While the disk works, the next group gathers.
 */
export class Writer {
  readonly #deps: WriterDeps;
  readonly #statements;
  #waiting: Piece[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    const prepare = (sql: string) => deps.database.prepare(sql);
    this.#statements = {
      begin: prepare('BEGIN IMMEDIATE'),
      commit: prepare('COMMIT'),
      save: prepare('SAVEPOINT piece'),
      release: prepare('RELEASE piece'),
      undo: prepare('ROLLBACK TO piece'),
      changes: deps.database.prepare<[], number>('SELECT total_changes()').pluck(),
      logState: deps.database.prepare<[], LogState>('PRAGMA wal_checkpoint(NOOP)'),
    };
  }

  run<T>(work: (tx: StoreTransaction) => Promise<T>, { signal }: Abortable = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new StoreUnavailable('closed', 'the store is closed'));
      this.#waiting.push({ work, signal, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Refuses new work and resolves when what was accepted has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // pieces offered in the same breath go together
    while (this.#waiting.length > 0) {
      await this.#group();
    }
    this.#draining = undefined; // in the same breath as the last look: nobody is forgotten in between
  }

  async #group(): Promise<void> {
    const done: (() => void)[] = [];
    const taken: Piece[] = [];
    try {
      await this.#deps.checkpointer.mayWrite();
      this.#deps.log.check();
      await this.#begin();
      const before = this.#statements.changes.get();
      await this.#runPieces(taken, done);
      const changed = this.#statements.changes.get() !== before;
      this.#statements.commit.run();
      if (changed) await this.#durable();
    } catch (error) {
      this.#giveUp(error, taken);
      return;
    }
    for (const settle of done) settle();
  }

  /** Another program may be writing; it is waited for without stopping the thread. */
  async #begin(): Promise<void> {
    const giveUpAt = performance.now() + busyMs;
    for (;;) {
      try {
        this.#statements.begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw error;
        await delay(busyRetryMs);
      }
    }
  }

  /** Runs what waits, and notes in `done` what to tell each piece once the commit is durable. */
  async #runPieces(taken: Piece[], done: (() => void)[]): Promise<void> {
    const endAt = performance.now() + longestGroupMs;
    do {
      const piece = this.#waiting.shift();
      if (!piece) return;
      taken.push(piece);
      if (piece.signal?.aborted) {
        const { reason } = piece.signal;
        done.push(() => piece.reject(reason));
        continue;
      }
      done.push(await this.#runPiece(piece));
    } while (performance.now() < endAt);
  }

  async #runPiece(piece: Piece): Promise<() => void> {
    const scope = new Scope(this.#deps.database);
    this.#statements.save.run();
    try {
      const value = await runGuarded(() => piece.work(this.#deps.rooms(scope)));
      this.#statements.release.run();
      return () => piece.resolve(value);
    } catch (error) {
      // Out of space, or a failing disk: the driver may have undone the whole group already.
      if (!this.#deps.database.inTransaction) throw error;
      this.#statements.undo.run();
      this.#statements.release.run();
      return () => piece.reject(asStoreError(error));
    } finally {
      scope.close();
    }
  }

  /** While the disk works the log is looked after. */
  async #durable(): Promise<void> {
    const { log, checkpointer, database } = this.#deps;
    const synced = log.sync();
    if (checkpointer.died) database.pragma('wal_autocheckpoint = 1000');
    checkpointer.committed(this.#statements.logState.get() ?? { log: 0, checkpointed: 0 });
    await synced;
  }

  /** Nothing of the group was kept, or nobody knows: all its pieces fail, and those that never began with it. */
  #giveUp(error: unknown, taken: readonly Piece[]): void {
    const reason = asStoreError(error);
    const failure =
      reason instanceof StoreUnavailable
        ? reason
        : new StoreUnavailable('failed', 'the commit failed', { cause: error });
    if (this.#deps.database.inTransaction) this.#deps.database.exec('ROLLBACK');
    const pieces = taken.length > 0 ? taken : this.#waiting.splice(0);
    for (const piece of pieces) piece.reject(failure);
  }
}

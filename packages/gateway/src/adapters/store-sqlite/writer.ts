import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
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

/** Tells whoever offered a piece what came of it. */
type Tell = () => void;

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

/** So many groups, after one that failed together, are run piece by piece: what fails often does not run twice each time. */
const groupsApart = 64;

/**
 * The one writer. Pieces of work run one after the other and share one commit with all that waited when the group began; each
 * resolves when that commit is on the disk. While the disk works, the next group gathers.
 *
 * A savepoint for each piece would cost as much as its work, for it copies each page that is changed. So a group runs without;
 * where a piece fails it is undone, and its pieces run again, each in a savepoint.
 *
 * @see docs/decisions/0088.
 */
export class Writer {
  readonly #deps: WriterDeps;
  readonly #statements;
  #waiting: Piece[] = [];
  #draining: Promise<void> | undefined;
  /** So many groups still run piece by piece. */
  #apart = 0;
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
      rollback: prepare('ROLLBACK'),
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
    const taken: Piece[] = [];
    let told: readonly Tell[];
    try {
      await this.#deps.checkpointer.mayWrite();
      this.#deps.log.check();
      await this.#begin();
      const before = this.#statements.changes.get();
      told = (await this.#runTogether(taken)) ?? (await this.#runApart(taken));
      const changed = this.#statements.changes.get() !== before;
      this.#statements.commit.run();
      if (changed) await this.#durable();
    } catch (error) {
      this.#giveUp(error, taken);
      return;
    }
    for (const tell of told) tell();
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

  /**
   * Runs what waits.
   *
   * @param taken - gets the pieces that began.
   * @returns what to tell each once the commit is durable; nothing where one failed: then all of them are undone.
   */
  async #runTogether(taken: Piece[]): Promise<readonly Tell[] | undefined> {
    if (this.#apart > 0) {
      this.#apart -= 1;
      return undefined;
    }
    const told: Tell[] = [];
    for (const piece of this.#takeWaiting(taken)) {
      try {
        told.push(await this.#run(piece));
      } catch (error) {
        this.#throwIfUndone(error);
        this.#statements.rollback.run();
        await turn(); // the event loop has other guests
        await this.#begin();
        this.#apart = groupsApart;
        return undefined;
      }
    }
    return told;
  }

  /** Runs the pieces that were taken, else what waits, each by itself. @returns what to tell each. */
  async #runApart(taken: Piece[]): Promise<readonly Tell[]> {
    const told: Tell[] = [];
    const pieces = taken.length > 0 ? taken.slice() : this.#takeWaiting(taken);
    for (const piece of pieces) told.push(await this.#runByItself(piece));
    return told;
  }

  /** Those that wait, one after the other, until the group has lasted long enough. The first is always taken. */
  *#takeWaiting(taken: Piece[]): Iterable<Piece> {
    const endAt = performance.now() + longestGroupMs;
    do {
      const piece = this.#waiting.shift();
      if (!piece) return;
      if (piece.signal?.aborted) {
        piece.reject(piece.signal.reason);
        continue;
      }
      taken.push(piece);
      yield piece;
    } while (performance.now() < endAt);
  }

  async #runByItself(piece: Piece): Promise<Tell> {
    this.#statements.save.run();
    try {
      const tell = await this.#run(piece);
      this.#statements.release.run();
      return tell;
    } catch (error) {
      this.#throwIfUndone(error);
      this.#statements.undo.run();
      this.#statements.release.run();
      return () => piece.reject(asStoreError(error));
    }
  }

  /** @throws what the work threw. */
  async #run(piece: Piece): Promise<Tell> {
    const scope = new Scope(this.#deps.database);
    try {
      const value = await runGuarded(() => piece.work(this.#deps.rooms(scope)));
      return () => piece.resolve(value);
    } finally {
      scope.close();
    }
  }

  /** Out of space, or a failing disk: the driver may have undone the whole group already. @throws the error then. */
  #throwIfUndone(error: unknown): void {
    if (!this.#deps.database.inTransaction) throw error;
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
    if (this.#deps.database.inTransaction) this.#statements.rollback.run();
    const pieces = taken.length > 0 ? taken : this.#waiting.splice(0);
    for (const piece of pieces) piece.reject(failure);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Abortable } from '@isched/values';
import type { PoolClient } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';
import type { Connections } from './connections.ts';
import { asFinalError, TryAgain } from './errors.ts';
import { Session } from './session.ts';

/** How a kind of work is begun, and what it gets to work with. */
export interface WorkKind<Rooms> {
  readonly begin: string;
  readonly rooms: (session: Session) => Rooms;
}

/** So often a piece of work is begun at most because of others. */
const mostTries = 12;
/** A connection may have died unnoticed; the next one that dies is no chance. */
const mostLost = 2;
const firstPauseMs = 2;
const longestPauseMs = 250;

/** Runs pieces of work, several at once, each in a transaction on a connection of its own. */
export class Runner<Rooms> {
  readonly #connections: Connections;
  readonly #kind: WorkKind<Rooms>;
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(connections: Connections, kind: WorkKind<Rooms>) {
    this.#connections = connections;
    this.#kind = kind;
  }

  run<T>(work: (rooms: Rooms) => Promise<T>, { signal }: Abortable = {}): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('closed', 'the store is closed'));
    const running = this.#untilDone(work, signal);
    const ended: Promise<void> = running.then(
      () => void this.#running.delete(ended),
      () => void this.#running.delete(ended),
    );
    this.#running.add(ended);
    return running;
  }

  /** Refuses new work and resolves when what was accepted has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running);
    await this.#connections.close();
  }

  /** Again while others were in the way, within bounds. */
  async #untilDone<T>(work: (rooms: Rooms) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let tries = 1, lost = 0; ; tries += 1) {
      signal?.throwIfAborted();
      try {
        return await this.#once(work, signal);
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        if (error.why === 'lost') lost += 1;
        if (tries >= mostTries || lost >= mostLost) throw asFinalError(error);
        await delay(Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tries));
      }
    }
  }

  async #once<T>(work: (rooms: Rooms) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const client = await this.#connections.take();
    const session = new Session(client);
    try {
      signal?.throwIfAborted();
      const value = await this.#workOn(session, work);
      await commit(session);
      client.release();
      return value;
    } catch (error) {
      await undo(client, session);
      throw error;
    }
  }

  /** What the database said counts more than what the work made of it. */
  async #workOn<T>(session: Session, work: (rooms: Rooms) => Promise<T>): Promise<T> {
    const begun = session.control(this.#kind.begin);
    void begun.catch(() => undefined); // kept as the session's failure; seen below
    try {
      const value = await session.guard(async () => {
        const result = await work(this.#kind.rooms(session));
        await session.finish();
        return result;
      });
      await begun;
      return value;
    } catch (error) {
      await begun.catch(() => undefined);
      throw session.failure ? session.failure.error : error;
    }
  }
}

/**
 * From here on a connection that breaks leaves it open what was kept: the work must not run again.
 *
 * @throws StoreUnavailable; TryAgain where the server says that it kept nothing.
 */
async function commit(session: Session): Promise<void> {
  let word: string;
  try {
    word = await session.control('COMMIT');
  } catch (error) {
    if (error instanceof TryAgain && error.why === 'conflict') throw error;
    throw asFinalError(error);
  }
  // To COMMIT after a statement that failed the server answers ROLLBACK.
  if (word === 'COMMIT') return;
  throw session.failure?.error ?? new StoreUnavailable('failed', 'the database kept nothing');
}

/** Gives the connection back as it was; one that can't be brought back to that is closed. */
async function undo(client: PoolClient, session: Session): Promise<void> {
  try {
    if (session.used) await session.control('ROLLBACK');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}

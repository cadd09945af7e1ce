import type { ClientBase, QueryResult } from 'pg';
import { asStoreError, TryAgain } from './errors.ts';

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What statements take. */
export type Value = Single | bigint | readonly Single[];
type Single = string | number | boolean | null | Buffer;

/** Names a statement. @param name - unique among all statements. @throws nothing. */
export function statement(name: string, text: string): Statement {
  return { name: `isched_${name}`, text };
}

/**
 * One piece of work on one connection. Statements go out at once, one behind the other, without waiting for answers; the
 * first that fails spoils the rest.
 */
export class Session {
  readonly #client: ClientBase;
  readonly #locked = new Set<string>();
  readonly #lastSteps = new Set<() => Promise<void>>();
  #open = true;
  #inFlight = 0;
  #used = false;
  #failure: { readonly error: unknown } | undefined;
  #onIdle: (() => void) | undefined;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** What went wrong first between us and the database, whatever the work made of it. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Whether anything was asked of the connection. */
  get used(): boolean {
    return this.#used;
  }

  /**
   * Runs a statement; bigints come as numbers.
   *
   * @throws TypeError when the piece of work has ended; TryAgain; StoreUnavailable.
   */
  async rows<Row extends object>(what: Statement, values: readonly Value[] = []): Promise<readonly Row[]> {
    return (await this.#run<Row>(what, values)).rows;
  }

  /** Runs a statement. @returns how many rows it changed. @throws as `rows`. */
  async change(what: Statement, values: readonly Value[] = []): Promise<number> {
    return (await this.#run<object>(what, values)).rowCount ?? 0;
  }

  /** Says whether this piece of work asks for the first time for something it will then have to its end. */
  firstTime(lock: string): boolean {
    if (this.#locked.has(lock)) return false;
    this.#locked.add(lock);
    return true;
  }

  /** Says whether this piece of work has asked for it before. */
  holds(lock: string): boolean {
    return this.#locked.has(lock);
  }

  /** Has a step done as the last thing before the commit; once, however often it is asked for. */
  beforeCommit(step: () => Promise<void>): void {
    this.#lastSteps.add(step);
  }

  /** Does what was put off until now. @throws as `rows`. */
  async finish(): Promise<void> {
    for (const step of this.#lastSteps) await step();
  }

  /**
   * Does something that may fail, and is undone then, without spoiling the rest.
   *
   * @returns what the database said to it, if it failed.
   * @throws what the work threw where that was no word of the database; TryAgain where the connection is gone.
   */
  async attempt(work: () => Promise<void>): Promise<unknown> {
    await this.control('SAVEPOINT attempt');
    try {
      await work();
    } catch (error) {
      const failure = this.#failure?.error;
      if (failure === undefined || (failure instanceof TryAgain && failure.why === 'lost')) throw error;
      await this.control('ROLLBACK TO SAVEPOINT attempt');
      this.#failure = undefined;
      return failure;
    }
    await this.control('RELEASE SAVEPOINT attempt');
    return undefined;
  }

  /** Runs BEGIN, COMMIT and the like. @returns the server's word for what it did. @throws as `rows`. */
  async control(text: string): Promise<string> {
    return (await this.#watched(() => this.#client.query<object>(text))).command;
  }

  /**
   * Runs work that may await only this session: when no statement is under way and the event loop has turned, it waits
   * for something else, and would hold what it has locked.
   *
   * @throws what the work threw; TypeError when it waited for something other than the store.
   */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    const strayed = new Promise<never>((_, reject) => {
      this.#onIdle = () => reject(new TypeError('a store transaction awaited something other than the store'));
    });
    this.#lookWhenIdle();
    try {
      return await Promise.race([work(), strayed]);
    } finally {
      this.#onIdle = undefined;
      this.#open = false;
    }
  }

  #run<Row extends object>(what: Statement, values: readonly Value[]): Promise<QueryResult<Row>> {
    if (!this.#open) throw new TypeError('a store transaction was used after its work had ended');
    return this.#watched(() => this.#client.query<Row>({ ...what, values: values.map(withoutNul) }));
  }

  async #watched<T>(ask: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    this.#used = true;
    try {
      return await ask();
    } catch (error) {
      const known = asStoreError(error);
      this.#failure ??= { error: known };
      throw known;
    } finally {
      this.#inFlight -= 1;
      this.#lookWhenIdle();
    }
  }

  #lookWhenIdle(): void {
    if (this.#onIdle && this.#inFlight === 0) {
      setImmediate(() => {
        if (this.#inFlight === 0) this.#onIdle?.();
      });
    }
  }
}

function withoutNul(value: Value): Value {
  return typeof value === 'string' ? storedText(value) : value;
}

/** A text as it is kept: PostgreSQL's hold everything but NUL. @throws nothing. */
export function storedText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

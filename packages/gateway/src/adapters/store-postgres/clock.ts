import { StoreUnavailable } from '../../ports/store.ts';
import { type Session, statement } from './session.ts';

const databaseTime = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';
const askTime = statement('time', databaseTime);

/** Asks the database what time it is. Milliseconds since 1970. */
export type AskTime = () => Promise<number | undefined>;

/** Asks by a connection that is not a store's yet. @throws what the driver throws. */
export async function timeBy(client: {
  query(text: string): Promise<{ readonly rows: readonly { readonly now?: number }[] }>;
}): Promise<number | undefined> {
  return (await client.query(databaseTime)).rows[0]?.now;
}

/** Asks within a piece of work. @throws as `Session.rows`. */
export async function timeIn(session: Session): Promise<number | undefined> {
  return (await session.rows<{ now: number }>(askTime))[0]?.now;
}

/**
 * Compares this machine's clock with the database's, which is the same for all nodes: a node that is ahead takes over leases
 * that others still work on.
 *
 * @param mostMs - how far they may be apart, beside the time that it takes to ask.
 * @throws StoreUnavailable `unfit` when they are further apart; what asking throws.
 */
export async function requireSameClock(ask: AskTime, mostMs: number): Promise<void> {
  const before = Date.now();
  const now = (await ask()) ?? Number.NaN;
  const after = Date.now();
  const ahead = Math.max(0, before - now);
  const behind = Math.max(0, now - after);
  if (Math.max(ahead, behind) <= mostMs) return;
  const difference = `${(Math.max(ahead, behind) / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  throw new StoreUnavailable('unfit', `this machine's clock is ${difference} the database's: synchronise them (NTP)`);
}

/**
 * Compares the clocks from time to time: a node whose clock has run away changes nothing until it is right again, and others take
 * over what it held. A database that does not answer says nothing of clocks.
 */
export class ClockWatch implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;
  #fault: StoreUnavailable | undefined;
  #looking: Promise<void> | undefined;

  /** @param compare - see `requireSameClock`. */
  constructor(compare: () => Promise<void>, everyMs: number) {
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look(compare).finally(() => (this.#looking = undefined));
    }, everyMs).unref();
  }

  /** What is wrong with this machine's clock, as far as is known. */
  get fault(): StoreUnavailable | undefined {
    return this.#fault;
  }

  async #look(compare: () => Promise<void>): Promise<void> {
    try {
      await compare();
      this.#fault = undefined;
    } catch (error) {
      if (error instanceof StoreUnavailable && error.trouble === 'unfit') this.#fault = error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

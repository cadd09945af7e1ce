import { type ClientConfig, type CustomTypesConfig, Pool, type PoolClient, types } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';
import { asFinalError } from './errors.ts';

/** How much of the database one node takes, and how long it waits. */
export interface PostgresLimits {
  /** Connections for work that changes something. Default 10, from 1. */
  readonly poolSize: number;
  /** Connections for looks. Default 5, from 1. */
  readonly readPoolSize: number;
  /** How many pieces of work may wait for a connection; more are refused at once. Default 2,000. */
  readonly maxWaiting: number;
  /** How long to wait for a connection. Milliseconds, default 5,000. */
  readonly connectTimeoutMs: number;
  /** How long one statement may run. Milliseconds, default 10,000. */
  readonly statementTimeoutMs: number;
  /** How long a statement may wait for what others hold. Milliseconds, default 5,000. */
  readonly lockTimeoutMs: number;
  /** How far this machine's clock may be from the database's. Milliseconds, default 5,000. */
  readonly maxClockDifferenceMs: number;
  /** How often the two are compared. Milliseconds, default 10,000. */
  readonly clockCheckMs: number;
}

/** What is not said. */
export const defaultPostgresLimits: PostgresLimits = {
  poolSize: 10,
  readPoolSize: 5,
  maxWaiting: 2_000,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  maxClockDifferenceMs: 5_000,
  clockCheckMs: 10_000,
};

/** The server answers late when it is stopped by its own timeout; this much later we stop waiting for it. */
const graceMs = 5_000;
/** Connections nobody needs are closed after this time. */
const idleMs = 30_000;
const int8 = 20;

/** Our bigints are ids and times: all of them numbers that a double holds. */
const parsers: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text'),
} as CustomTypesConfig;

/**
 * How work begins that changes something, with locks: decision 0081. What is acknowledged is on the disk, whatever the role or the
 * database says; settings that wait for standbys in another way stay.
 */
export const beginWriting = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
  SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') IN ('off', 'local')`;

/** How a connection is made. @throws nothing. */
export function clientConfig(url: string, limits: PostgresLimits): ClientConfig {
  return {
    connectionString: url,
    application_name: 'isched',
    types: parsers,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
    // A node that stands still in mid-work gives up what it holds.
    idle_in_transaction_session_timeout: limits.statementTimeoutMs,
    query_timeout: limits.statementTimeoutMs + graceMs,
  };
}

/** Connections to one database, some at a time, made when needed; those that broke are replaced. */
export class Connections {
  readonly #pool: Pool;
  readonly #maxWaiting: number;

  constructor(url: string, size: number, limits: PostgresLimits) {
    this.#maxWaiting = limits.maxWaiting;
    this.#pool = new Pool({ ...clientConfig(url, limits), max: size, idleTimeoutMillis: idleMs });
    // A connection that breaks while nobody uses it is nobody's trouble; in use, its statements fail.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  /** @throws StoreUnavailable when there is none in time, or too many wait already. */
  async take(): Promise<PoolClient> {
    if (this.#pool.waitingCount >= this.#maxWaiting) {
      throw new StoreUnavailable('failed', 'too much work waits for the database');
    }
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw asFinalError(error);
    }
  }

  /** Closes them; those in use, when they are given back. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}

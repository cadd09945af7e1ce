import { join } from 'node:path';
import type { Abortable } from '@isched/values';
import { PostgresBell } from '../adapters/store-postgres/bell.ts';
import { migratePostgres, openPostgresStore, type PostgresStoreOptions } from '../adapters/store-postgres/store.ts';
import { openSqliteStore } from '../adapters/store-sqlite/store.ts';
import type { Bell } from '../ports/bell.ts';
import type { Store } from '../ports/store.ts';
import { readText } from './config/load.ts';
import type { Config } from './config/schema.ts';

/**
 * Opens the store that the configuration names, bringing its schema up to date.
 *
 * @throws StoreUnavailable; ConfigError when `url_file` can't be read; the signal's reason when aborted.
 */
export async function openConfiguredStore(config: Config, options: Abortable = {}): Promise<Store> {
  return config.store.type === 'postgres'
    ? openPostgresStore(postgresOptions(config), options)
    : openSqliteStore({ file: sqliteFile(config) });
}

/**
 * What tells the nodes on one store that there is something in the queue; where there is only one node, nothing.
 *
 * @throws ConfigError when `url_file` can't be read.
 */
export function openBell(config: Config): Bell | undefined {
  return config.store.type === 'postgres' ? new PostgresBell(postgresOptions(config).url) : undefined;
}

/**
 * Brings the schema of the configured store up to date.
 *
 * @returns what was done, in a sentence.
 * @throws StoreUnavailable; ConfigError when `url_file` can't be read.
 */
export async function migrateConfiguredStore(config: Config): Promise<string> {
  if (config.store.type === 'postgres') {
    const { from, to } = await migratePostgres(postgresOptions(config));
    return from === to ? `The database has schema ${to} already.` : `The database went from schema ${from} to ${to}.`;
  }
  await openSqliteStore({ file: sqliteFile(config) })[Symbol.asyncDispose]();
  return `${sqliteFile(config)} has the newest schema.`;
}

/** Where the embedded store lies. @throws nothing. */
function sqliteFile(config: Config): string {
  return join(config.data, 'isched.sqlite');
}

function postgresOptions({ store }: Config): PostgresStoreOptions {
  const url = store.url ?? (store.url_file === undefined ? undefined : readText(store.url_file).trim());
  if (url === undefined) throw new TypeError('a checked configuration names its database');
  return {
    url,
    limits: {
      poolSize: store.pool_size,
      readPoolSize: store.read_pool_size,
      connectTimeoutMs: store.connect_timeout_ms,
      statementTimeoutMs: store.statement_timeout_ms,
      lockTimeoutMs: store.lock_timeout_ms,
      maxClockDifferenceMs: store.max_clock_difference_ms,
    },
  };
}

/** A database's URL as it may be shown. @throws nothing. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/?#]*):[^@]*@/, '$1:***@').replace(/([?&](?:ssl)?password=)[^&]*/g, '$1***');
}

import type { ClientBase } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';
import { migrationLock } from './locks.ts';
import { migrations } from './schema.ts';

/** What a migration found and did. */
export interface MigrationReport {
  /** 0: an empty database. */
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the schema up to date, forward only, in one transaction. Of several nodes that start at once one does it, and the
 * others wait for it: the lock is the database's.
 *
 * @throws StoreUnavailable when the database was made by a newer version, or keeps its texts in another encoding; what
 * the driver throws.
 */
export async function migrate(client: ClientBase): Promise<MigrationReport> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  try {
    // Steps may take long, and so may another node's.
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0');
    await client.query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    const report = await bringUpToDate(client);
    await client.query('COMMIT');
    return report;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // the first error is what matters
    throw error;
  }
}

async function bringUpToDate(client: ClientBase): Promise<MigrationReport> {
  await requireUtf8(client);
  await client.query('CREATE TABLE IF NOT EXISTS schema_steps (number integer PRIMARY KEY, name text NOT NULL)');
  const { rows } = await client.query<{ present: number }>(
    'SELECT coalesce(max(number), 0)::integer AS present FROM schema_steps',
  );
  const present = rows[0]?.present ?? 0;
  const newest = migrations.at(-1)?.number ?? 0;
  if (present > newest) {
    throw new StoreUnavailable(
      'unfit',
      `the database has schema ${present}, this version knows ${newest}: run a newer version`,
    );
  }
  for (const step of migrations) {
    if (step.number <= present) continue;
    await client.query(step.sql);
    await client.query('INSERT INTO schema_steps (number, name) VALUES ($1, $2)', [step.number, step.name]);
  }
  await client.query(forgetStrangeOrder);
  return { from: present, to: newest };
}

/**
 * After a restore into another server the events' transactions may lie in its future, and new events before them. They are the
 * oldest then, all of them, as they were added; and who had a place among them is told to begin anew.
 */
const forgetStrangeOrder = `UPDATE decisions SET xact = '0'
  WHERE delivery_id IS NOT NULL AND EXISTS
    (SELECT FROM decisions WHERE delivery_id IS NOT NULL AND xact >= pg_snapshot_xmax(pg_current_snapshot()))`;

async function requireUtf8(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  throw new StoreUnavailable('unfit', `the database has encoding ${encoding}: create it with ENCODING 'UTF8'`);
}

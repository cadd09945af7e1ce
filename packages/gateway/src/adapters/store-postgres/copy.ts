import { hash } from 'node:crypto';
import { Client } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';
import {
  type CarriedRow,
  type Cell,
  type ColumnKind,
  type Table,
  type TableSource,
  tables,
} from '../store-rows/tables.ts';
import { beginWriting } from './connections.ts';
import { asFinalError } from './errors.ts';
import { migrate } from './migrations.ts';

/** One statement carries so much at most. */
const rowsAtOnce = 500;
const octetsAtOnce = 4_194_304;

const typeOf: Readonly<Record<ColumnKind, string>> = {
  number: 'bigint',
  small: 'smallint',
  text: 'text',
  blob: 'bytea',
  flag: 'boolean',
};

/**
 * Fills an empty database with what another store holds, in one transaction.
 *
 * @returns how many rows each table got: as many as there were.
 * @throws StoreUnavailable when the database can't be reached, is not empty, or did not get everything.
 */
export async function writeTables(url: string, source: TableSource): Promise<Readonly<Record<string, number>>> {
  const client = new Client({ connectionString: url, application_name: 'isched store copy' });
  client.on('error', () => undefined); // its statements fail
  const target: Target = {
    async ask(sql, values) {
      try {
        return (await client.query<Record<string, unknown>>(sql, values)).rows;
      } catch (error) {
        throw asFinalError(error);
      }
    },
  };
  try {
    await prepare(client);
    await target.ask(beginWriting);
    const counts: Record<string, number> = {};
    for (const table of tables) counts[table.name] = await copyTable(target, source, table);
    await target.ask('COMMIT');
    return counts;
  } finally {
    await client.end();
  }
}

async function prepare(client: Client): Promise<void> {
  try {
    await client.connect();
    await migrate(client);
  } catch (error) {
    throw asFinalError(error);
  }
}

interface Target {
  /** @throws StoreUnavailable. */
  ask(sql: string, values?: unknown[]): Promise<readonly Record<string, unknown>[]>;
}

async function copyTable(target: Target, source: TableSource, table: Table): Promise<number> {
  if ((await countRows(target, table)) > 0) {
    throw new StoreUnavailable('unfit', `the database is not empty: there are rows in ${table.name}`);
  }
  let rows: CarriedRow[] = [];
  let octets = 0;
  for (const row of source.rows(table)) {
    rows.push(row);
    octets += sizeOf(row);
    if (rows.length < rowsAtOnce && octets < octetsAtOnce) continue;
    await insertRows(target, table, rows);
    rows = [];
    octets = 0;
  }
  if (rows.length > 0) await insertRows(target, table, rows);
  if (table.numbered) await continueNumbers(target, table);
  const [expected, got] = [source.count(table), await countRows(target, table)];
  if (expected === got) return got;
  throw new StoreUnavailable('failed', `${table.name}: ${expected} rows were there, ${got} arrived; nothing was kept`);
}

async function insertRows(target: Target, table: Table, rows: readonly CarriedRow[]): Promise<void> {
  const columns: Readonly<Record<string, ColumnKind>> =
    table.name === 'objects' ? { ...table.columns, uid_key: 'blob' } : table.columns;
  const names = Object.keys(columns);
  const places = Object.values(columns).map((kind, index) => `$${index + 1}::${typeOf[kind]}[]`);
  const values = names.map((name) =>
    rows.map((row) => (name === 'uid_key' ? uidKeyOf(row) : carried(row[name] ?? null, columns[name]))),
  );
  await target.ask(
    `INSERT INTO ${table.name} (${names.join(', ')}) SELECT * FROM unnest(${places.join(', ')})`,
    values,
  );
}

function carried(value: Cell, kind: ColumnKind | undefined): Cell | boolean {
  if (kind === 'flag') return value === 1;
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}

function uidKeyOf(row: CarriedRow): Buffer {
  return hash('sha256', String(row['uid']), 'buffer').subarray(0, 16);
}

async function continueNumbers(target: Target, { name }: Table): Promise<void> {
  await target.ask(
    `SELECT setval(pg_get_serial_sequence('${name}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM ${name}), false)`,
  );
}

async function countRows(target: Target, { name }: Table): Promise<number> {
  const [row] = await target.ask(`SELECT count(*) AS count FROM ${name}`);
  return Number(row?.['count']);
}

function sizeOf(row: CarriedRow): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8),
    0,
  );
}

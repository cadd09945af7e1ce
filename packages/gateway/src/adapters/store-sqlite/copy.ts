import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { StoreUnavailable } from '../../ports/store.ts';
import type { CarriedRow, Table, TableSource } from '../store-rows/tables.ts';
import { asStoreError } from './errors.ts';
import { migrate } from './migrations.ts';
import { shownState } from './shown-state.ts';

/**
 * Opens a store to be carried elsewhere: all of it as it is at this moment.
 *
 * @throws StoreUnavailable when the file is not there, or no store of this version or an earlier one.
 */
export function readTables(file: string): TableSource & Disposable {
  if (!existsSync(file)) throw new StoreUnavailable('unfit', `there is no ${file}`);
  try {
    return openSource(file);
  } catch (error) {
    throw asStoreError(error);
  }
}

function openSource(file: string): TableSource & Disposable {
  const writing = new Sqlite(file, { fileMustExist: true, timeout: 5_000 });
  try {
    migrate(writing);
  } finally {
    writing.close();
  }
  const database = new Sqlite(file, { readonly: true, fileMustExist: true });
  database.exec('BEGIN'); // one state for all tables
  return {
    count: ({ name }) => database.prepare<[], number>(`SELECT count(*) FROM ${name}`).pluck().get() ?? 0,
    rows: (table) => rowsOf(database, table),
    [Symbol.dispose]: () => void database.close(),
  };
}

/** Columns that this store keeps otherwise. */
const columnsElsewhere: Readonly<Record<string, string>> = {
  'deliveries.state': shownState,
  'submissions.text': '(SELECT t.text FROM submission_texts t WHERE t.submission_id = d.id) AS text',
};

function rowsOf(database: Sqlite.Database, { name, columns }: Table): Iterable<CarriedRow> {
  const carried = Object.keys(columns).map((column) => columnsElsewhere[`${name}.${column}`] ?? `d.${column}`);
  return database.prepare<[], CarriedRow>(`SELECT ${carried.join(', ')} FROM ${name} d`).iterate();
}

import Sqlite from 'better-sqlite3';
import { StoreUnavailable } from '../../ports/store.ts';

/** Says whether somebody else holds the database; trying again is all there is to do. @throws nothing. */
export function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

/** What waiting does not mend: no database, a damaged one, one that is not ours to use. */
const unfit = /^(SQLITE_(NOTADB|CORRUPT|CANTOPEN|READONLY|PERM|AUTH)|EISDIR|ENOTDIR|ENOENT|EACCES|EPERM|EROFS)/;

/**
 * What a failure of the driver is to the port: trouble of the machine becomes StoreUnavailable, all else stays what it is.
 *
 * @throws nothing.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const code = error instanceof Sqlite.SqliteError ? error.code : systemCode(error);
  if (code === undefined || /^SQLITE_(CONSTRAINT|ERROR|MISUSE|RANGE|MISMATCH)/.test(code)) return error;
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return new StoreUnavailable('no-space', 'the database has no space left', { cause: error });
  const trouble = unfit.test(code) ? 'unfit' : 'failed';
  return new StoreUnavailable(trouble, `the database could not be used: ${code}`, { cause: error });
}

function systemCode(error: unknown): string | undefined {
  const isSystemError = error instanceof Error && 'syscall' in error && 'code' in error;
  return isSystemError && typeof error.code === 'string' ? error.code : undefined;
}

import Sqlite from 'better-sqlite3';
import { StoreUnavailable } from '../../ports/store.ts';

/** Says whether somebody else holds the database; trying again is all there is to do. @throws nothing. */
export function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

/**
 * What a failure of the driver is to the port: trouble of the machine becomes StoreUnavailable, all else stays what it is.
 *
 * @throws nothing.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  const code = error instanceof Sqlite.SqliteError ? error.code : systemCode(error);
  if (code === undefined || /^SQLITE_(CONSTRAINT|ERROR|MISUSE|RANGE|MISMATCH)/.test(code)) return error;
  return code === 'SQLITE_FULL' || code === 'ENOSPC'
    ? new StoreUnavailable('no-space', 'the database has no space left', { cause: error })
    : new StoreUnavailable('failed', `the database could not be used: ${code}`, { cause: error });
}

function systemCode(error: unknown): string | undefined {
  const isSystemError = error instanceof Error && 'syscall' in error && 'code' in error;
  return isSystemError && typeof error.code === 'string' ? error.code : undefined;
}

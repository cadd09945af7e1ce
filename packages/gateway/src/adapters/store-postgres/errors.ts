import { systemCode, systemReason } from '@isched/runtime';
import { DatabaseError } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';

/** The piece of work was undone and may run again. Never leaves this folder. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
  /** `conflict`: somebody else was in the way; `lost`: the connection broke before the commit. */
  readonly why: 'conflict' | 'lost';
  constructor(why: 'conflict' | 'lost', options: ErrorOptions) {
    super(`a piece of work has to run again: ${why}`, options);
    this.why = why;
  }
}

/** serialization_failure, deadlock_detected */
const conflicts = new Set(['40001', '40P01']);
/** read_only_sql_transaction, lock_not_available and the like: it may pass, and is no defect of ours. */
const passing = new Set(['25006', '55P03', '55000']);
/** What waiting does not mend: no such database, user or schema, a wrong password, a missing privilege. */
const unfit = new Set(['28000', '28P01', '3D000', '3F000', '42501']);
/** Classes of states that say that the server can't, not that we asked for nonsense. */
const troubleClasses = new Set(['08', '0A', '28', '3D', '3F', '53', '57', '58', 'F0', 'XX']);

/**
 * What a failure of the driver is to us. Called only with what the driver threw: whatever is no answer of the server, and no
 * mistake of ours, is a connection that is gone.
 *
 * @throws nothing.
 * @see PostgreSQL, appendix A: error codes.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailable || error instanceof TryAgain) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error; // we asked for nonsense
  if (!(error instanceof DatabaseError)) return new TryAgain('lost', { cause: error });
  const state = error.code ?? '';
  if (conflicts.has(state)) return new TryAgain('conflict', { cause: error });
  if (state === '53100') return new StoreUnavailable('no-space', 'the database has no space left', { cause: error });
  if (isShutdown(state)) return new TryAgain('lost', { cause: error });
  if (unfit.has(state)) {
    return new StoreUnavailable('unfit', `the database refuses: ${error.message} (${state})`, { cause: error });
  }
  if (troubleClasses.has(state.slice(0, 2)) || passing.has(state)) return unavailable(error);
  return error;
}

/** The same where running again is no longer, or not yet, the question. @throws nothing. */
export function asFinalError(error: unknown): unknown {
  const known = asStoreError(error);
  return known instanceof TryAgain ? unavailable(known.cause) : known;
}

/**
 * admin_shutdown, crash_shutdown, cannot_connect_now: the server goes, or is not there yet. idle_in_transaction and
 * transaction timeouts: it has hung up on us.
 */
function isShutdown(state: string): boolean {
  return ['57P01', '57P02', '57P03', '25P03', '25P04'].includes(state);
}

function unavailable(cause: unknown): StoreUnavailable {
  return new StoreUnavailable('failed', `the database could not be used: ${reasonOf(cause)}`, { cause });
}

/** What the server or the system says; of several addresses that were tried, what the first did. */
function reasonOf(cause: unknown): string {
  if (cause instanceof DatabaseError) return `${cause.message} (${cause.code})`;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  if (systemCode(cause) !== undefined) return systemReason(cause);
  return cause instanceof Error ? cause.message : 'unknown reason';
}

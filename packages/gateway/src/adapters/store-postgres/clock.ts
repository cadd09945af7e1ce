import type { ClientBase } from 'pg';
import { StoreUnavailable } from '../../ports/store.ts';

/**
 * Compares this machine's clock with the database's, which is the same for all nodes: a node that is ahead takes over leases
 * that others still work on.
 *
 * @param mostMs - how far they may be apart, beside the time that it takes to ask.
 * @throws StoreUnavailable when they are further apart; what the driver throws.
 */
export async function requireSameClock(client: ClientBase, mostMs: number): Promise<void> {
  const before = Date.now();
  const { rows } = await client.query<{ now: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  const after = Date.now();
  const now = rows[0]?.now ?? Number.NaN;
  const ahead = Math.max(0, before - now);
  const behind = Math.max(0, now - after);
  if (Math.max(ahead, behind) <= mostMs) return;
  const difference = `${(Math.max(ahead, behind) / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  throw new StoreUnavailable('unfit', `this machine's clock is ${difference} the database's: synchronise them (NTP)`);
}

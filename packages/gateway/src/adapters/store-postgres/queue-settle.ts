import type { EpochMs } from '@isched/values';
import { type DeliveryId, type Lease, LeaseLost, type Settlement } from '../../ports/delivery-queue.ts';
import { idNumber, stateNumber } from '../store-rows/queue-rows.ts';
import { followUp, holdChains } from './queue-books.ts';
import { type Session, statement } from './session.ts';

const lockLease = statement('lock_lease', 'SELECT until FROM leases WHERE id = $1 FOR UPDATE');
const chainsOf = statement('chains_of_lease', 'SELECT chain FROM deliveries WHERE lease_id = $1');
const leased = statement(
  'leased_deliveries',
  'SELECT id, submission_id, domain, chain, pointless, attempts FROM deliveries WHERE lease_id = $1 ORDER BY id FOR UPDATE',
);
const update = statement(
  'settle_delivery',
  `UPDATE deliveries SET state = $2, lease_id = NULL, pointless = 0, due_at = coalesce($3, due_at), tries = tries + 1,
     changed_at = $4, reason = $5, request_status = $6, detail = $7, attempts = $8
   WHERE id = $1`,
);
const giveBack = statement(
  'return_delivery',
  `UPDATE deliveries SET state = $2, lease_id = NULL, pointless = 0, reason = coalesce($3, reason), changed_at = $4
   WHERE id = $1`,
);
const removeLease = statement('remove_lease', 'DELETE FROM leases WHERE id = $1');

interface LeasedRow {
  readonly id: number;
  readonly submission_id: number;
  readonly domain: string;
  readonly chain: Buffer;
  readonly pointless: number;
  readonly attempts: string | null;
}

const attemptsKept = 100;

/** Ends a lease. @returns what became superseded. @throws LeaseLost, TypeError, TryAgain, StoreUnavailable. */
export async function settleLease(
  session: Session,
  { lease, settlements }: { readonly lease: Lease; readonly settlements: readonly Settlement[] },
  now: EpochMs,
): Promise<readonly DeliveryId[]> {
  const id = idNumber(lease.token);
  const [held] = await session.rows<{ until: number }>(lockLease, [id]);
  if (!held || held.until <= now) throw new LeaseLost('the lease ran out');
  const rows = await rowsOf(session, id);
  const byId = new Map(settlements.map((settlement) => [idNumber(settlement.delivery), settlement]));
  if (settlements.some(({ delivery }) => !rows.some((row) => row.id === idNumber(delivery)))) {
    throw new TypeError('a delivery was settled that the lease does not hold');
  }
  await Promise.all(rows.map((row) => settleRow(session, { row, settlement: byId.get(row.id) }, now)));
  await session.change(removeLease, [id]);
  await followUp(session, rows, now);
  return rows.filter((row) => isSuperseded(row, byId.get(row.id))).map((row) => String(row.id) as DeliveryId);
}

async function rowsOf(session: Session, lease: number): Promise<readonly LeasedRow[]> {
  const chains = await session.rows<{ chain: Buffer }>(chainsOf, [lease]);
  await holdChains(
    session,
    chains.map(({ chain }) => chain),
  );
  return session.rows<LeasedRow>(leased, [lease]);
}

async function settleRow(
  session: Session,
  { row, settlement }: { readonly row: LeasedRow; readonly settlement: Settlement | undefined },
  now: EpochMs,
): Promise<void> {
  const superseded = isSuperseded(row, settlement);
  const state = stateNumber(superseded ? 'superseded' : (settlement?.state ?? 'waiting'));
  if (!settlement) {
    await session.change(giveBack, [row.id, state, superseded ? 'superseded' : null, now]);
    return;
  }
  const { requestStatus = null, detail = null } = settlement;
  await session.change(update, [
    ...([row.id, state, settlement.state === 'waiting' ? settlement.dueAt : null, now] as const),
    ...([superseded ? 'superseded' : settlement.reason, requestStatus, detail] as const),
    attemptsWith(row.attempts, settlement),
  ]);
}

/** What would have waited again, but a newer message has made it pointless meanwhile. */
function isSuperseded(row: LeasedRow, settlement: Settlement | undefined): boolean {
  return row.pointless === 1 && (settlement === undefined || settlement.state === 'waiting');
}

/** Of very many attempts the latest are kept. */
function attemptsWith(before: string | null, { attempts }: Settlement): string | null {
  if (attempts.length === 0) return before;
  const all = [...(before === null ? [] : (JSON.parse(before) as unknown[])), ...attempts];
  return JSON.stringify(all.slice(-attemptsKept));
}

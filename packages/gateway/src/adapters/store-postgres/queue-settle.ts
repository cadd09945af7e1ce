import type { EpochMs } from '@isched/values';
import type { DeliveryId } from '../../ports/delivery.ts';
import { type Lease, LeaseLost, type Settlement } from '../../ports/delivery-queue.ts';
import { fallbackName, idNumber, stateNumber } from '../store-rows/queue-rows.ts';
import { prolongSubmissions } from './queue-endings.ts';
import { followUp, holdChains, noteReady, type QueueWork } from './queue-books.ts';
import { statement } from './session.ts';

const lockLease = statement('lock_lease', 'SELECT until FROM leases WHERE id = $1 FOR UPDATE');
const uidOf = statement(
  'uid_of_lease',
  `SELECT uid FROM submissions WHERE id = (SELECT submission_id FROM deliveries WHERE lease_id = $1 LIMIT 1)`,
);
const leased = statement(
  'leased_deliveries',
  'SELECT id, submission_id, domain, chain, pointless, due_at, attempts FROM deliveries WHERE lease_id = $1 ORDER BY id FOR UPDATE',
);
const update = statement(
  'settle_delivery',
  `UPDATE deliveries SET state = $2, lease_id = NULL, pointless = 0, due_at = $3,
     domain = coalesce($9, domain), tries = CASE WHEN $9 IS NULL THEN tries + 1 ELSE 0 END,
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
  readonly due_at: number;
  readonly attempts: string | null;
}

const attemptsKept = 100;

/** Ends a lease. @returns what became superseded. @throws LeaseLost, TypeError, TryAgain, StoreUnavailable. */
export async function settleLease(
  work: QueueWork,
  { lease, settlements }: { readonly lease: Lease; readonly settlements: readonly Settlement[] },
  now: EpochMs,
): Promise<readonly DeliveryId[]> {
  const { session } = work;
  const id = idNumber(lease.token);
  const [[held], uids] = await Promise.all([
    session.rows<{ until: number }>(lockLease, [id]),
    session.rows<{ uid: string }>(uidOf, [id]),
  ]);
  if (!held || held.until <= now) throw new LeaseLost('the lease ran out');
  const [, rows] = await Promise.all([
    holdChains(
      session,
      uids.map(({ uid }) => uid),
    ),
    session.rows<LeasedRow>(leased, [id]),
  ]);
  const byId = new Map(settlements.map((settlement) => [idNumber(settlement.delivery), settlement]));
  if (settlements.some(({ delivery }) => !rows.some((row) => row.id === idNumber(delivery)))) {
    throw new TypeError('a delivery was settled that the lease does not hold');
  }
  await Promise.all([
    ...rows.map((row) => settleRow(work, { row, settlement: byId.get(row.id) }, now)),
    session.change(removeLease, [id]),
    followUp(work, rows, now),
  ]);
  return rows.filter((row) => isSuperseded(row, byId.get(row.id))).map((row) => String(row.id) as DeliveryId);
}

async function settleRow(
  { session, domains }: QueueWork,
  { row, settlement }: { readonly row: LeasedRow; readonly settlement: Settlement | undefined },
  now: EpochMs,
): Promise<void> {
  const superseded = isSuperseded(row, settlement);
  const state = stateNumber(superseded ? 'superseded' : (settlement?.state ?? 'waiting'));
  const dueAt = settlement?.state === 'waiting' ? settlement.dueAt : row.due_at;
  const fallBackUntil = !superseded && settlement?.state === 'waiting' ? settlement.fallBackUntil : undefined;
  const name = fallBackUntil === undefined ? row.domain : fallbackName(row.domain);
  if (fallBackUntil !== undefined) domains.open([name]);
  noteReady(domains, [{ domain: name, due_at: dueAt, state, blocked: 0 }]);
  if (!settlement) {
    await session.change(giveBack, [row.id, state, superseded ? 'superseded' : null, now]);
    return;
  }
  const { requestStatus = null, detail = null } = settlement;
  await session.change(update, [
    ...([row.id, state, dueAt, now] as const),
    ...([superseded ? 'superseded' : settlement.reason, requestStatus, detail] as const),
    attemptsWith(row.attempts, settlement),
    fallBackUntil === undefined ? null : name,
  ]);
  if (fallBackUntil !== undefined) await prolongSubmissions(session, [row.submission_id], fallBackUntil);
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

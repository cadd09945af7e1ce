import type { Database } from 'better-sqlite3';
import type { EpochMs } from '@isched/values';
import type { DeliveryId } from '../../ports/delivery.ts';
import { type Lease, LeaseLost, type Settlement } from '../../ports/delivery-queue.ts';
import { fallbackName, idNumber, stateNumber } from '../store-rows/queue-rows.ts';
import { prepareProlong } from './queue-endings.ts';
import type { QueueParts } from './queue.ts';

const attemptsKept = 100;

/** @throws LeaseLost; TypeError for a delivery that is not the lease's. */
type Settle = (lease: Lease, settlements: readonly Settlement[], now: EpochMs) => readonly DeliveryId[];

/** Prepares the statements once. @returns what ends a lease, and answers which deliveries became superseded. */
export function prepareSettle(parts: QueueParts): Settle {
  const { database, lanes, chains, ends } = parts;
  const until = database.prepare<[number], number>('SELECT until FROM leases WHERE id = ?').pluck();
  const leased = database.prepare<[number], LeasedRow>(
    'SELECT id, submission_id, domain, pointless, attempts FROM deliveries WHERE lease_id = ? ORDER BY id',
  );
  const end = database.prepare<[number]>('DELETE FROM leases WHERE id = ?');
  const change = prepareChange(parts);

  return (lease, settlements, now) => {
    const leaseId = idNumber(lease.token);
    if ((until.get(leaseId) ?? Number.NEGATIVE_INFINITY) <= now) throw new LeaseLost('the lease ran out');
    const rows = leased.all(leaseId);
    const byId = new Map(settlements.map((settlement) => [idNumber(settlement.delivery), settlement]));
    if (settlements.some(({ delivery }) => !rows.some(({ id }) => id === idNumber(delivery)))) {
      throw new TypeError('a delivery was settled that the lease does not hold');
    }
    const superseded: DeliveryId[] = [];
    const ended = new Set<number>();
    const ready = new Set<string>();
    for (const row of rows) {
      const settlement = byId.get(row.id);
      const isSuperseded = row.pointless === 1 && (settlement === undefined || settlement.state === 'waiting');
      if (isSuperseded) superseded.push(String(row.id) as DeliveryId);
      const name = change(row, { settlement, isSuperseded, now });
      if (name === undefined) ended.add(row.submission_id);
      else ready.add(name);
      chains.straighten(row.id);
    }
    end.run(leaseId);
    for (const submission of ended) ends.refresh(submission, now);
    for (const name of ready) lanes.refresh(name);
    return superseded;
  };
}

interface LeasedRow {
  readonly id: number;
  readonly submission_id: number;
  readonly domain: string;
  readonly pointless: number;
  readonly attempts: string | null;
}

interface Change {
  /** Nothing: it goes back as it was. */
  readonly settlement: Settlement | undefined;
  /** It would wait again, but was made pointless. */
  readonly isSuperseded: boolean;
  readonly now: EpochMs;
}

/**
 * Prepares what makes of a leased delivery what it is from now on. Each statement names only columns that change: SQLite writes
 * anew every index of a column that a statement names.
 *
 * @returns the name under which it waits again; nothing where it ended.
 */
function prepareChange({ database, lanes }: QueueParts): (row: LeasedRow, change: Change) => string | undefined {
  const { giveBack, supersede, end, again, goElsewhere } = prepareUpdates(database);
  const prolong = prepareProlong(database);
  return ({ id, submission_id: submission, domain, attempts }, { settlement, isSuperseded, now }) => {
    if (!settlement) {
      (isSuperseded ? supersede : giveBack).run({ id, now });
      return isSuperseded ? undefined : domain;
    }
    const { state, reason, requestStatus = null, detail = null } = settlement;
    const told = { id, now, reason, requestStatus, detail, attempts: attemptsWith(attempts, settlement) };
    if (isSuperseded) {
      end.run({ ...told, reason: 'superseded', state: stateNumber('superseded') });
      return undefined;
    }
    if (state !== 'waiting') {
      end.run({ ...told, state: stateNumber(state) });
      return undefined;
    }
    const { dueAt, fallBackUntil } = settlement;
    if (fallBackUntil === undefined) {
      again.run({ ...told, dueAt });
      return domain;
    }
    const elsewhere = fallbackName(domain);
    lanes.open(elsewhere);
    goElsewhere.run({ ...told, dueAt, elsewhere });
    prolong.run(fallBackUntil, submission, fallBackUntil);
    return elsewhere;
  };
}

function prepareUpdates(database: Database) {
  const update = (changes: string) => database.prepare<[object]>(`UPDATE deliveries SET ${changes} WHERE id = @id`);
  const unleased = 'lease_id = NULL, pointless = 0, changed_at = @now';
  const told = `${unleased}, reason = @reason, request_status = @requestStatus, detail = @detail, attempts = @attempts`;
  return {
    giveBack: update(unleased),
    supersede: update(`state = ${stateNumber('superseded')}, reason = 'superseded', ${unleased}`),
    end: update(`state = @state, tries = tries + 1, ${told}`),
    again: update(`due_at = @dueAt, tries = tries + 1, ${told}`),
    goElsewhere: update(`due_at = @dueAt, domain = @elsewhere, tries = 0, ${told}`),
  };
}

/** Of very many attempts the latest are kept. */
function attemptsWith(before: string | null, { attempts }: Settlement): string | null {
  if (attempts.length === 0) return before;
  const all = [...(before === null ? [] : (JSON.parse(before) as unknown[])), ...attempts];
  return JSON.stringify(all.slice(-attemptsKept));
}

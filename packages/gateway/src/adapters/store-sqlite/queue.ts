import type { Database } from 'better-sqlite3';
import type { EpochMs } from '@isched/values';
import {
  type AddOptions,
  type Added,
  type Batch,
  type DeliveryId,
  type DeliveryQueue,
  type Lease,
  domainLane,
  LeaseLost,
  type LeaseWish,
  type QueueAdmin,
  type Settlement,
  type Submission,
  type SubmissionId,
  type SupersededDelivery,
} from '../../ports/delivery-queue.ts';
import { prepareQueueAdmin } from './queue-admin.ts';
import { prepareChains } from './queue-chains.ts';
import { prepareEndings, prepareProlong } from './queue-endings.ts';
import { prepareLanes } from './queue-lanes.ts';
import { prepareLeasing } from './queue-leasing.ts';
import { isPointless, revisionColumns } from '../store-rows/pointless.ts';
import { chainOf, fallbackName, idNumber, stateNumber, submissionHead } from '../store-rows/queue-rows.ts';
import { checkRepeated, type KnownSubmission, submissionDigest } from '../store-rows/submission-digest.ts';
import type { Scope } from './scope.ts';

const attemptsKept = 100;

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareQueue(database: Database): (scope: Scope) => DeliveryQueue & QueueAdmin {
  const lanes = prepareLanes(database);
  const chains = prepareChains(database, lanes);
  const parts: QueueParts = { database, lanes, chains, ends: prepareEnds(database) };
  const admin = prepareQueueAdmin(parts);
  const leasing = prepareLeasing(parts);
  const add = prepareAdd(parts);
  const { giveUp, fallBack } = prepareEndings(parts);
  const settle = prepareSettle(parts);
  return (scope) => ({
    ...admin(scope),
    async add(submission, options) {
      scope.enter();
      return add(submission, options);
    },
    async lease(wish: LeaseWish): Promise<readonly Batch[]> {
      scope.enter();
      return leasing.lease(wish);
    },
    async renew(lease, terms) {
      scope.enter();
      return leasing.renew(lease, terms);
    },
    async settle(lease, settlements, now) {
      scope.enter();
      return { superseded: settle(lease, settlements, now) };
    },
    async giveUp(deliveries, now) {
      scope.enter();
      return giveUp(deliveries, now);
    },
    async fallBack(deliveries, terms) {
      scope.enter();
      return fallBack(deliveries, terms);
    },
    async troubleOf(lane) {
      scope.enter();
      return lanes.troubleOf(lane);
    },
    async setTrouble(lane, trouble) {
      scope.enter();
      lanes.setTrouble(lane, trouble);
    },
    async setLane(domain, lane) {
      scope.enter();
      lanes.move(domain, lane ?? domainLane(domain));
    },
  });
}

/** What the parts of the queue share. */
export interface QueueParts {
  readonly database: Database;
  readonly lanes: ReturnType<typeof prepareLanes>;
  readonly chains: ReturnType<typeof prepareChains>;
  readonly ends: Ends;
}

/** Notes when a submission has ended. */
export interface Ends {
  /** After deliveries of it changed their state. */
  refresh(submission: number, now: number): void;
}

function prepareEnds(database: Database): Ends {
  const isOpen = database
    .prepare<[number], number>('SELECT 1 FROM deliveries WHERE submission_id = ? AND state <= 2 LIMIT 1')
    .pluck();
  const end = database.prepare<[number | null, number]>('UPDATE submissions SET ended_at = ? WHERE id = ?');
  return { refresh: (submission, now) => void end.run(isOpen.get(submission) ? null : now, submission) };
}

type AddResult = Added & { readonly superseded: readonly SupersededDelivery[] };

function prepareAdd({
  database,
  lanes,
  chains,
  ends,
}: QueueParts): (submission: Submission, options: AddOptions) => AddResult {
  const known = database.prepare<[string], KnownSubmission & { readonly id: number }>(
    'SELECT id, digest, iif(digest IS NULL, text, NULL) AS text FROM submissions WHERE idempotency_key = ?',
  );
  const deliveriesOf = database
    .prepare<[number], number>('SELECT id FROM deliveries WHERE submission_id = ? ORDER BY id')
    .pluck();
  const insertSubmission = database.prepare<[object]>(
    `INSERT INTO submissions (idempotency_key, digest, originator, method, uid, instance, sequence, stamp, text, recipients,
       added_at, expires_at)
     VALUES (@key, @digest, @originator, @method, @uid, @instance, @sequence, @stamp, @text, @count, @now, @expiresAt)`,
  );
  const insertDelivery = database.prepare<[object]>(
    `INSERT INTO deliveries (submission_id, recipient, recipient_key, domain, chain, state, blocked, due_at, changed_at)
     VALUES (@submission, @recipient, @recipientKey, @domain, @chain, 0, @blocked, @dueAt, @now)`,
  );
  const supersede = database.prepare<[string, number, number]>(
    "UPDATE deliveries SET state = 7, blocked = 0, reason = 'superseded', detail = ?, changed_at = ? WHERE id = ?",
  );
  const doubt = database.prepare<[number, number]>(
    'UPDATE deliveries SET pointless = 1, pointless_by = ? WHERE id = ?',
  );
  const headOf = database.prepare<[number], Parameters<typeof submissionHead>[0]>(
    `SELECT id AS submission_id, originator, method, uid, instance, added_at, expires_at FROM submissions WHERE id = ?`,
  );

  return (submission, { idempotencyKey, now, dueAt }) => {
    const before = idempotencyKey === undefined ? undefined : known.get(idempotencyKey);
    if (before !== undefined) {
      checkRepeated(before, submission);
      return { ...addedOf(before.id, deliveriesOf.all(before.id)), repeated: true, superseded: [] };
    }
    const { originator, method, uid, instance, text, expiresAt, recipients } = submission;
    const id = Number(
      insertSubmission.run({
        key: idempotencyKey ?? null,
        digest: idempotencyKey === undefined ? null : submissionDigest(submission),
        ...revisionColumns(submission),
        originator,
        method,
        uid,
        instance,
        text,
        now,
        expiresAt,
        count: recipients.length,
      }).lastInsertRowid,
    );
    const superseded: SupersededDelivery[] = [];
    const touched = new Set<string>();
    const ids = recipients.map((recipient) => {
      const chain = chainOf(submission, recipient.key);
      const left = chains.open(chain).filter((older) => {
        if (!isPointless(older, submission)) return true;
        if (older.state === stateNumber('leased')) {
          doubt.run(id, older.id);
          return true;
        }
        supersede.run(`by submission ${id}`, now, older.id);
        ends.refresh(older.submission_id, now);
        touched.add(older.domain);
        const head = headOf.get(older.submission_id);
        const delivery = String(older.id) as DeliveryId;
        if (head) superseded.push({ delivery, submission: submissionHead(head), recipient: recipient.key });
        return false;
      });
      const domain = recipient.domain ?? '';
      lanes.open(domain);
      touched.add(domain);
      const { lastInsertRowid } = insertDelivery.run({
        submission: id,
        recipient: recipient.address,
        recipientKey: recipient.key,
        domain,
        chain,
        dueAt,
        now,
        blocked: left.length > 0 ? 1 : 0,
      });
      if (left.length > 0) chains.straighten(chain);
      return Number(lastInsertRowid);
    });
    for (const domain of touched) lanes.refresh(domain);
    return { ...addedOf(id, ids), repeated: false, superseded };
  };
}

function addedOf(id: number, deliveries: readonly number[]): Omit<Added, 'repeated'> {
  return { id: String(id) as SubmissionId, deliveries: deliveries.map((delivery) => String(delivery) as DeliveryId) };
}

interface LeasedRow {
  readonly id: number;
  readonly submission_id: number;
  readonly domain: string;
  readonly chain: Buffer;
  readonly pointless: number;
  readonly attempts: string | null;
}

function prepareSettle({ database, lanes, chains, ends }: QueueParts) {
  const until = database.prepare<[number], number>('SELECT until FROM leases WHERE id = ?').pluck();
  const leased = database.prepare<[number], LeasedRow>(
    'SELECT id, submission_id, domain, chain, pointless, attempts FROM deliveries WHERE lease_id = ? ORDER BY id',
  );
  const update = database.prepare<[object]>(
    `UPDATE deliveries SET state = @state, lease_id = NULL, pointless = 0, due_at = coalesce(@dueAt, due_at),
       domain = coalesce(@elsewhere, domain), tries = iif(@elsewhere IS NULL, tries + 1, 0), changed_at = @now, reason = @reason, request_status = @requestStatus, detail = @detail, attempts = @attempts
     WHERE id = @id`,
  );
  const giveBack = database.prepare<[number, string | null, number, number]>(
    `UPDATE deliveries SET state = ?, lease_id = NULL, pointless = 0, reason = coalesce(?, reason), changed_at = ?
     WHERE id = ?`,
  );
  const end = database.prepare<[number]>('DELETE FROM leases WHERE id = ?');
  const prolong = prepareProlong(database);

  return (lease: Lease, settlements: readonly Settlement[], now: EpochMs): readonly DeliveryId[] => {
    const leaseId = idNumber(lease.token);
    if ((until.get(leaseId) ?? Number.NEGATIVE_INFINITY) <= now) throw new LeaseLost('the lease ran out');
    const rows = leased.all(leaseId);
    const byId = new Map(settlements.map((settlement) => [idNumber(settlement.delivery), settlement]));
    if (settlements.some(({ delivery }) => !rows.some(({ id }) => id === idNumber(delivery)))) {
      throw new TypeError('a delivery was settled that the lease does not hold');
    }
    const superseded: DeliveryId[] = [];
    const touched = new Set<string>();
    for (const row of rows) {
      const settlement = byId.get(row.id);
      const waits = settlement === undefined || settlement.state === 'waiting';
      const fallBackUntil =
        settlement?.state === 'waiting' && row.pointless === 0 ? settlement.fallBackUntil : undefined;
      const elsewhere = fallBackUntil === undefined ? null : fallbackName(row.domain);
      if (elsewhere !== null) lanes.open(elsewhere);
      if (fallBackUntil !== undefined) prolong.run(fallBackUntil, row.submission_id, fallBackUntil);
      touched.add(elsewhere ?? row.domain).add(row.domain);
      const state = stateNumber(waits && row.pointless === 1 ? 'superseded' : (settlement?.state ?? 'waiting'));
      if (waits && row.pointless === 1) superseded.push(String(row.id) as DeliveryId);
      if (!settlement) giveBack.run(state, row.pointless === 1 ? 'superseded' : null, now, row.id);
      else {
        update.run({
          id: row.id,
          state,
          now,
          dueAt: settlement.state === 'waiting' ? settlement.dueAt : null,
          elsewhere,
          reason: waits && row.pointless === 1 ? 'superseded' : settlement.reason,
          requestStatus: settlement.requestStatus ?? null,
          detail: settlement.detail ?? null,
          attempts: attemptsWith(row.attempts, settlement),
        });
      }
      chains.straighten(row.chain);
    }
    end.run(leaseId);
    for (const submission of new Set(rows.map((row) => row.submission_id))) ends.refresh(submission, now);
    for (const domain of touched) lanes.refresh(domain);
    return superseded;
  };
}

/** Of very many attempts the latest are kept. */
function attemptsWith(before: string | null, { attempts }: Settlement): string | null {
  if (attempts.length === 0) return before;
  const all = [...(before === null ? [] : (JSON.parse(before) as unknown[])), ...attempts];
  return JSON.stringify(all.slice(-attemptsKept));
}

import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs } from '@isched/values';
import type { DeliveryAttempt, QueueFilter, QueueView, SubmissionId } from '../../ports/delivery-queue.ts';
import { prepareLanes } from './queue-lanes.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  deliveryTables,
  fallbackName,
  idNumber,
  queuedDelivery,
  stateNumber,
} from '../store-rows/queue-rows.ts';
import type { Scope } from './scope.ts';

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareQueueView(database: Database): (scope: Scope) => QueueView {
  const lanes = prepareLanes(database);
  const select = prepareSelect(database);
  const ending = prepareEnding(database);
  const attempts = database.prepare<[number], string | null>('SELECT attempts FROM deliveries WHERE id = ?').pluck();
  const text = database.prepare<[number], string | null>('SELECT text FROM submissions WHERE id = ?').pluck();
  const submissionOf = database
    .prepare<[string], number>('SELECT id FROM submissions WHERE idempotency_key = ?')
    .pluck();
  const firstExpiry = database.prepare<[], number>('SELECT until FROM leases ORDER BY until LIMIT 1').pluck();
  const count = database
    .prepare<[number], number>(
      'SELECT count(*) FROM deliveries INDEXED BY deliveries_troubled WHERE state = ? AND state IN (1, 2, 4, 6)',
    )
    .pluck();
  const countOpen = database
    .prepare<[], number>('SELECT count(*) FROM deliveries INDEXED BY deliveries_chain WHERE state <= 2')
    .pluck();
  return (scope) => ({
    async list(filter, { limit, after }) {
      scope.enter();
      return select(filter, limit, after === undefined ? 0 : idNumber(after)).map(queuedDelivery);
    },
    async ending(before, { limit, after }) {
      scope.enter();
      const at = after?.submission.expiresAt ?? Number.MIN_SAFE_INTEGER;
      return ending.all({ before, limit, at, id: after === undefined ? 0 : idNumber(after.id) }).map(queuedDelivery);
    },
    async attempts(delivery) {
      scope.enter();
      return JSON.parse(attempts.get(idNumber(delivery)) ?? '[]') as DeliveryAttempt[];
    },
    async text(submission) {
      scope.enter();
      return text.get(idNumber(submission)) ?? undefined;
    },
    async submissionOf(key) {
      scope.enter();
      const id = submissionOf.get(key);
      return id === undefined ? undefined : (String(id) as SubmissionId);
    },
    async nextDue({ skipLanes }) {
      scope.enter();
      const times = [lanes.nextDue(new Set<string>(skipLanes)), firstExpiry.get()];
      const known = times.filter((time) => time !== undefined);
      return known.length === 0 ? undefined : (Math.min(...known) as EpochMs);
    },
    async backlog() {
      scope.enter();
      const leased = count.get(stateNumber('leased')) ?? 0;
      const held = count.get(stateNumber('held')) ?? 0;
      return { waiting: (countOpen.get() ?? 0) - leased - held, leased, held };
    },
  });
}

function prepareEnding(database: Database): Statement<[object], DeliveryRow> {
  return database.prepare(
    `SELECT ${deliveryColumns} FROM submissions s INDEXED BY submissions_open
       JOIN deliveries d ON d.submission_id = s.id JOIN queue_domains n ON n.domain = d.domain
     WHERE s.ended_at IS NULL AND s.expires_at BETWEEN @at AND @before AND (s.expires_at, d.id) > (@at, @id) AND d.state = 0
     ORDER BY s.expires_at, d.id LIMIT @limit`,
  );
}

/** The rows that a filter leaves. */
export type SelectDeliveries = (filter: QueueFilter, limit: number, after: number) => readonly DeliveryRow[];

/** The statement depends on what the filter says; each kind is prepared once. */
export function prepareSelect(database: Database): SelectDeliveries {
  const statements = new Map<string, Statement<[object], DeliveryRow>>();
  return (filter, limit, after) => {
    const { conditions, values } = conditionsOf(filter);
    const sql = `SELECT ${deliveryColumns} FROM ${deliveryTables}
      WHERE ${['d.id > @after', ...conditions].join(' AND ')} ORDER BY d.id LIMIT @limit`;
    const statement = statements.get(sql) ?? database.prepare<[object], DeliveryRow>(sql);
    statements.set(sql, statement);
    return statement.all({ ...values, limit, after });
  };
}

function conditionsOf(filter: QueueFilter): { readonly conditions: readonly string[]; readonly values: object } {
  const { delivery, submission, states, lane, domain, recipient, uid } = filter;
  const numbers = states
    ?.map(stateNumber)
    .toSorted((left, right) => left - right)
    .join(', ');
  const conditions = [
    delivery !== undefined && 'd.id = @delivery',
    submission !== undefined && 'd.submission_id = @submission',
    numbers !== undefined && `d.state IN (${numbers})`,
    lane !== undefined && 'n.lane = @lane',
    domain !== undefined && 'd.domain IN (@domain, @elsewhere)',
    recipient !== undefined && 'd.recipient_key = @recipient',
    uid !== undefined && 's.uid = @uid',
  ].filter((condition) => condition !== false);
  const values = {
    ...(delivery !== undefined && { delivery: idNumber(delivery) }),
    ...(submission !== undefined && { submission: idNumber(submission) }),
    ...(lane !== undefined && { lane }),
    ...(domain !== undefined && { domain, elsewhere: fallbackName(domain) }),
    ...(recipient !== undefined && { recipient }),
    ...(uid !== undefined && { uid }),
  };
  return { conditions, values };
}

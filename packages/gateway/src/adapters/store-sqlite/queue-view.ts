import type { Database, Statement } from 'better-sqlite3';
import type { EpochMs } from '@isched/values';
import type { DeliveryAttempt } from '../../ports/delivery.ts';
import type { Pause } from '../../ports/lane.ts';
import { defaultCountTo, type QueueFilter, type QueueView } from '../../ports/queue-admin.ts';
import type { SubmissionId } from '../../ports/submission.ts';
import { type Arm, armsOf, mostNames, onePage } from '../store-rows/queue-arms.ts';
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
import { prepareLeftOut } from './queue-left-out.ts';
import type { Scope } from './scope.ts';
import { shownState, shownStateExpression } from './shown-state.ts';

const columns = deliveryColumns(shownState);

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareQueueView(database: Database): (scope: Scope) => QueueView {
  const lanes = prepareLanes(database);
  const select = prepareSelect(database);
  const ending = prepareEnding(database);
  const attempts = database.prepare<[number], string | null>('SELECT attempts FROM deliveries WHERE id = ?').pluck();
  const text = database.prepare<[number], string>('SELECT text FROM submission_texts WHERE submission_id = ?').pluck();
  const submissionOf = database
    .prepare<[string], number>('SELECT id FROM submissions WHERE idempotency_key = ?')
    .pluck();
  const leftOut = prepareLeftOut(database);
  const firstExpiry = database.prepare<[], number>('SELECT until FROM leases ORDER BY until LIMIT 1').pluck();
  const paused = database.prepare<[number, number], Pause>(
    'SELECT lane, paused_until AS until FROM lane_troubles WHERE paused_until > ? ORDER BY paused_until, lane LIMIT ?',
  );
  const backlog = prepareBacklog(database);
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
      return text.get(idNumber(submission));
    },
    async leftOut(deliveries, supersedesOf) {
      scope.enter();
      return leftOut(
        deliveries.map((id) => ({ id: idNumber(id) })),
        supersedesOf,
      );
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
    async paused(now, limit) {
      scope.enter();
      return paused.all(now, limit);
    },
    async backlog({ countTo } = { countTo: defaultCountTo }) {
      scope.enter();
      return backlog(countTo);
    },
  });
}

/** What is leased lies among what waits: so many more are counted, and taken off. Leases are never many. */
function prepareBacklog(database: Database): (countTo: number) => Awaited<ReturnType<QueueView['backlog']>> {
  const inState = database
    .prepare<[number, number], number>(
      `SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_by_state
         WHERE state = ? AND state <> 3 LIMIT ?)`,
    )
    .pluck();
  const leased = database
    .prepare<[], number>('SELECT count(*) FROM deliveries INDEXED BY deliveries_lease WHERE lease_id IS NOT NULL')
    .pluck();
  return (countTo) => {
    const underWay = leased.get() ?? 0;
    const waiting = (inState.get(stateNumber('waiting'), countTo + underWay) ?? 0) - underWay;
    const held = inState.get(stateNumber('held'), countTo) ?? 0;
    return { waiting, leased: Math.min(underWay, countTo), held };
  };
}

function prepareEnding(database: Database): Statement<[object], DeliveryRow> {
  return database.prepare(
    `SELECT ${columns} FROM submissions s INDEXED BY submissions_open
       JOIN deliveries d ON d.submission_id = s.id JOIN queue_domains n ON n.domain = d.domain
     WHERE s.ended_at IS NULL AND s.expires_at BETWEEN @at AND @before AND (s.expires_at, d.id) > (@at, @id)
       AND d.state = 0 AND d.lease_id IS NULL
     ORDER BY s.expires_at, d.id LIMIT @limit`,
  );
}

/** The rows that a filter leaves. */
export type SelectDeliveries = (filter: QueueFilter, limit: number, after: number) => readonly DeliveryRow[];

/** Along an index deliveries come first, in its order; what a filter names may lead by another table. */
const along = (index: string): string =>
  `deliveries d INDEXED BY ${index} CROSS JOIN submissions s ON s.id = d.submission_id
     CROSS JOIN queue_domains n ON n.domain = d.domain`;
const tablesBy = {
  filter: deliveryTables,
  name: along('deliveries_by_domain'),
  state: along('deliveries_by_state'),
  lease: along('deliveries_lease'),
};
const conditionBy = {
  filter: 'TRUE',
  name: 'd.domain = @name',
  state: 'd.state = @state AND d.state <> 3 AND d.lease_id IS NULL',
  lease: 'd.lease_id IS NOT NULL',
};
const leased = stateNumber('leased');

/** The statement depends on what the filter says; each kind is prepared once. */
export function prepareSelect(database: Database): SelectDeliveries {
  const statements = new Map<string, Statement<[object], DeliveryRow>>();
  const inLane = database
    .prepare<[string, number], string>('SELECT domain FROM queue_domains WHERE lane = ? LIMIT ?')
    .pluck();
  const follow = (arm: Arm, filter: QueueFilter, page: { readonly limit: number; readonly after: number }) => {
    const { conditions, values } = conditionsOf(filter);
    const by = arm.by === 'state' && arm.state === leased ? 'lease' : arm.by;
    const sql = `SELECT ${columns} FROM ${tablesBy[by]}
      WHERE ${['d.id > @after', conditionBy[by], ...conditions].join(' AND ')} ORDER BY d.id LIMIT @limit`;
    const statement = statements.get(sql) ?? database.prepare<[object], DeliveryRow>(sql);
    statements.set(sql, statement);
    return statement.all({ ...values, ...arm, ...page });
  };
  return (filter, limit, after) => {
    const names = filter.lane === undefined ? [] : inLane.all(filter.lane, mostNames + 1);
    const found = armsOf(filter, names).map((arm) => follow(arm, filter, { limit, after }));
    return onePage(found, limit);
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
    numbers !== undefined && `${shownStateExpression} IN (${numbers})`,
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

import type { EpochMs } from '@isched/values';
import type { DeliveryAttempt } from '../../ports/delivery.ts';
import type { Pause } from '../../ports/lane.ts';
import { defaultCountTo, type QueueFilter, type QueueView } from '../../ports/queue-admin.ts';
import type { SubmissionId } from '../../ports/submission.ts';
import { type Arm, armsOf, mostNames, onePage } from '../store-rows/queue-arms.ts';
import {
  type DeliveryRow,
  deliveryColumns,
  deliveryTables,
  idNumber,
  queuedDelivery,
  stateNumber,
  fallbackName,
} from '../store-rows/queue-rows.ts';
import { findLeftOut } from './queue-left-out.ts';
import { type Session, statement, type Value } from './session.ts';

const attempts = statement('attempts', 'SELECT attempts FROM deliveries WHERE id = $1');
const text = statement('submission_text', 'SELECT text FROM submissions WHERE id = $1');
const submissionOf = statement('submission_of_key', 'SELECT id FROM submissions WHERE idempotency_key = $1');
const nextDue = statement(
  'next_due',
  `SELECT least(
     (SELECT greatest(next_due, paused_until) FROM queue_domains WHERE next_due IS NOT NULL AND lane <> ALL ($1::text[])
      ORDER BY greatest(next_due, paused_until) LIMIT 1),
     (SELECT until FROM leases ORDER BY until LIMIT 1)) AS due`,
);
const ending = statement(
  'ending',
  `SELECT ${deliveryColumns('d.state')} FROM submissions s JOIN deliveries d ON d.submission_id = s.id JOIN queue_domains n ON n.domain = d.domain
   WHERE s.ended_at IS NULL AND s.expires_at BETWEEN $3 AND $1 AND (s.expires_at, d.id) > ($3, $4) AND d.state = 0
   ORDER BY s.expires_at, d.id LIMIT $2`,
);
const backlog = statement(
  'backlog',
  `SELECT w.state, (SELECT count(*) FROM (SELECT FROM deliveries d WHERE d.state = w.state AND d.state <> 3 LIMIT $1) AS found)
     AS count
   FROM (VALUES (0::smallint), (1), (2)) AS w (state)`,
);
const paused = statement(
  'paused_lanes',
  'SELECT lane, paused_until AS until FROM lane_troubles WHERE paused_until > $1 ORDER BY paused_until, lane LIMIT $2',
);
const inLane = statement('names_in_lane', 'SELECT domain FROM queue_domains WHERE lane = $1 LIMIT $2');

/** The queue, as a look sees it. @throws nothing. */
export function queueView(session: Session): QueueView {
  return {
    async list(filter, { limit, after }) {
      const rows = await selectDeliveries(session, filter, { limit, after: after === undefined ? 0 : idNumber(after) });
      return rows.map(queuedDelivery);
    },
    async ending(before, { limit, after }) {
      const from = after?.submission.expiresAt ?? Number.MIN_SAFE_INTEGER;
      const place = after === undefined ? 0 : idNumber(after.id);
      return (await session.rows<DeliveryRow>(ending, [before, limit, from, place])).map(queuedDelivery);
    },
    async attempts(delivery) {
      const [row] = await session.rows<{ attempts: string | null }>(attempts, [idNumber(delivery)]);
      return JSON.parse(row?.attempts ?? '[]') as DeliveryAttempt[];
    },
    async text(submission) {
      const [row] = await session.rows<{ text: string | null }>(text, [idNumber(submission)]);
      return row?.text ?? undefined;
    },
    leftOut: (deliveries, supersedesOf) => findLeftOut(session, deliveries.map(idNumber), supersedesOf),
    async submissionOf(key) {
      const [row] = await session.rows<{ id: number }>(submissionOf, [key]);
      return row && (String(row.id) as SubmissionId);
    },
    async nextDue({ skipLanes }) {
      const [row] = await session.rows<{ due: number | null }>(nextDue, [skipLanes]);
      return (row?.due ?? undefined) as EpochMs | undefined;
    },
    paused: (now, limit) => session.rows<Pause>(paused, [now, limit]),
    async backlog({ countTo } = { countTo: defaultCountTo }) {
      const rows = await session.rows<{ state: number; count: number }>(backlog, [countTo]);
      const of = (state: 'waiting' | 'leased' | 'held') =>
        rows.find((row) => row.state === stateNumber(state))?.count ?? 0;
      return { waiting: of('waiting'), leased: of('leased'), held: of('held') };
    },
  };
}

interface Page {
  readonly limit: number;
  readonly after: number;
}

/** The rows that a filter leaves, oldest first. @throws TryAgain, StoreUnavailable. */
export async function selectDeliveries(
  session: Session,
  filter: QueueFilter,
  page: Page,
): Promise<readonly DeliveryRow[]> {
  const { lane } = filter;
  const names = lane === undefined ? [] : await session.rows<{ domain: string }>(inLane, [lane, mostNames + 1]);
  const arms = armsOf(
    filter,
    names.map(({ domain }) => domain),
  );
  return onePage(await Promise.all(arms.map((arm) => selectAlong(session, arm, { filter, ...page }))), page.limit);
}

/** A kind of statement has one name, and is prepared once. */
function selectAlong(
  session: Session,
  arm: Arm,
  { filter, limit, after }: Page & { readonly filter: QueueFilter },
): Promise<readonly DeliveryRow[]> {
  const { delivery, submission, states, lane, domain, recipient, uid } = filter;
  const conditions: readonly (readonly [text: string, value: Value | undefined])[] = [
    ['d.id = #', delivery && idNumber(delivery)],
    ['d.submission_id = #', submission && idNumber(submission)],
    ['d.state = ANY (#::smallint[])', states?.map(stateNumber)],
    ['n.lane = #', lane],
    ['d.domain = ANY (#::text[])', domain && [domain, fallbackName(domain)]],
    ['left(d.recipient_key, 255) = left(#, 255) AND d.recipient_key = #', recipient],
    ['left(s.uid, 255) = left(#, 255) AND s.uid = #', uid],
    ['d.domain = #', arm.by === 'name' ? arm.name : undefined],
    ['d.state = # AND d.state <> 3', arm.by === 'state' ? arm.state : undefined],
  ];
  const said = conditions.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = said.map(({ condition }, index) => condition.replaceAll('#', `$${index + 3}`));
  const kind = conditions.map(([, value]) => (value === undefined ? '0' : '1')).join('');
  const sql = `SELECT ${deliveryColumns('d.state')} FROM ${deliveryTables}
    WHERE ${['d.id > $1', ...where].join(' AND ')} ORDER BY d.id LIMIT $2`;
  return session.rows<DeliveryRow>(statement(`list_${kind}`, sql), [after, limit, ...said.map(({ value }) => value)]);
}

import type { LeftOut } from '../../ports/queue-admin.ts';
import type { SupersedesOf } from '../../ports/submission.ts';
import { type DeadRow, type OtherRow, saidColumns, whyLeftOut } from '../store-rows/pointless.ts';
import { stateNumber } from '../store-rows/queue-rows.ts';
import { type Session, statement } from './session.ts';

const dead = statement(
  'given_up',
  `SELECT d.id, s.text IS NOT NULL AS has_text, ${saidColumns}
   FROM deliveries d JOIN submissions s ON s.id = d.submission_id
   WHERE d.id = ANY ($1::bigint[]) AND d.state = $2 ORDER BY d.id`,
);
const others = statement(
  'others_in_chains',
  `SELECT of.id AS of_id, d.id, s.id AS submission_id, s.originator, s.uid, s.added_at, s.expires_at, ${saidColumns}
   FROM deliveries of JOIN submissions m ON m.id = of.submission_id
     JOIN submissions s ON left(s.uid, 255) = left(m.uid, 255) AND s.uid = m.uid
     JOIN deliveries d ON d.submission_id = s.id AND d.chain = of.chain AND d.id <> of.id
   WHERE of.id = ANY ($1::bigint[]) AND of.state = $2 AND d.state <> $3`,
);

/** Those of some deliveries that are not to be tried again, although they were given up. @throws TryAgain, StoreUnavailable. */
export async function findLeftOut(
  session: Session,
  deliveries: readonly number[],
  supersedesOf: SupersedesOf,
): Promise<readonly LeftOut[]> {
  const [rows, found] = await Promise.all([
    session.rows<DeadRow>(dead, [deliveries, stateNumber('dead')]),
    session.rows<OtherRow & { of_id: number }>(others, [deliveries, stateNumber('dead'), stateNumber('dropped')]),
  ]);
  const of = Map.groupBy(found, (row) => row.of_id);
  return rows.flatMap((row) => whyLeftOut(row, of.get(row.id) ?? [], supersedesOf) ?? []);
}

import type { DeliveryId } from '../../ports/delivery.ts';
import type { DeliveryQueue } from '../../ports/delivery-queue.ts';
import { fallbackName, idNumber, stateNumber } from '../store-rows/queue-rows.ts';
import { asTheyAre, type ChangedRow } from './queue-admin.ts';
import { followUp, holdChains, noteReady, type QueueWork } from './queue-books.ts';
import { type Session, statement } from './session.ts';

const chosen = statement(
  'waiting_deliveries',
  `SELECT s.uid, d.domain FROM deliveries d JOIN submissions s ON s.id = d.submission_id
   WHERE d.id = ANY ($1::bigint[]) AND d.state = 0`,
);
const changed = 'RETURNING id, chain, domain, submission_id, due_at, state, blocked';
const giveUp = statement(
  'give_up',
  `UPDATE deliveries SET state = $2, blocked = 0, reason = 'sent-given-up', changed_at = $3
   WHERE id = ANY ($1::bigint[]) AND state = 0 ${changed}`,
);
const fallBack = statement(
  'fall_back',
  `UPDATE deliveries d SET domain = n.elsewhere, due_at = $4, tries = 0, changed_at = $4, reason = $5
   FROM unnest($2::text[], $3::text[]) AS n (domain, elsewhere)
   WHERE d.id = ANY ($1::bigint[]) AND d.state = 0 AND d.domain = n.domain
   RETURNING d.id, d.chain, d.domain, d.submission_id, d.due_at, d.state, d.blocked`,
);
const prolong = statement(
  'prolong_for_fallback',
  'UPDATE submissions SET expires_at = $2 WHERE id = ANY ($1::bigint[]) AND expires_at < $2',
);

/** What becomes of what has waited long enough. @throws nothing. */
export function queueEndings(work: QueueWork): Pick<DeliveryQueue, 'giveUp' | 'fallBack'> {
  const { session, domains } = work;
  return {
    async giveUp(deliveries, now) {
      const { ids } = await hold(session, deliveries);
      const rows = await session.rows<ChangedRow>(giveUp, [ids, stateNumber('dead'), now]);
      await followUp(work, rows, now);
      return asTheyAre(session, rows);
    },
    async fallBack(deliveries, { now, until, reason }) {
      const { ids, names } = await hold(session, deliveries);
      const before = names.filter((name) => name !== '' && name !== fallbackName(name));
      const after = before.map(fallbackName);
      const rows = await session.rows<ChangedRow>(fallBack, [ids, before, after, now, reason]);
      domains.open(after);
      noteReady(domains, rows);
      await prolongSubmissions(
        session,
        rows.map((row) => row.submission_id),
        until,
      );
      await domains.write();
      return asTheyAre(session, rows);
    },
  };
}

/** Holds the chains of those that wait; the names they wait under, each once. */
async function hold(
  session: Session,
  deliveries: readonly DeliveryId[],
): Promise<{ readonly ids: readonly number[]; readonly names: readonly string[] }> {
  const ids = deliveries.map(idNumber);
  const rows = await session.rows<{ uid: string; domain: string }>(chosen, [ids]);
  await holdChains(
    session,
    rows.map(({ uid }) => uid),
  );
  return { ids, names: [...new Set(rows.map(({ domain }) => domain))] };
}

/** Submissions get time until then, unless they have more. @throws TryAgain, StoreUnavailable. */
export async function prolongSubmissions(
  session: Session,
  submissions: readonly number[],
  until: number,
): Promise<void> {
  await session.change(prolong, [[...new Set(submissions)], until]);
}

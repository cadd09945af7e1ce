import { domainLane, laneHere } from '../../ports/delivery-queue.ts';
import type { DomainName } from '@isched/values';
import { holdAll } from './locks.ts';
import { type Session, statement } from './session.ts';

const openDomains = statement(
  'open_domains',
  `INSERT INTO queue_domains (domain, lane) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`,
);
const refresh = statement(
  'refresh_domains',
  `UPDATE queue_domains q SET next_due = n.due
   FROM (SELECT u.domain, (SELECT d.due_at FROM deliveries d WHERE d.domain = u.domain AND d.state = 0 AND d.blocked = 0
                           ORDER BY d.due_at LIMIT 1) AS due
         FROM unnest($1::text[]) AS u (domain)) AS n
   WHERE q.domain = n.domain AND q.next_due IS DISTINCT FROM n.due`,
);
const straighten = statement(
  'straighten_chains',
  `UPDATE deliveries d SET blocked = w.blocked
   FROM (SELECT id, CASE WHEN row_number() OVER (PARTITION BY chain ORDER BY id) = 1 THEN 0 ELSE 1 END AS blocked
         FROM deliveries WHERE chain = ANY ($1::bytea[]) AND state <= 2) AS w
   WHERE d.id = w.id AND d.blocked <> w.blocked AND NOT (w.blocked = 1 AND d.state = 1) RETURNING d.domain`,
);
const lockSubmissions = statement(
  'lock_submissions',
  'SELECT id FROM submissions WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE',
);
const endSubmissions = statement(
  'end_submissions',
  `UPDATE submissions s SET ended_at = CASE WHEN EXISTS
     (SELECT FROM deliveries d WHERE d.submission_id = s.id AND d.state <= 2) THEN NULL ELSE $2::bigint END
   WHERE s.id = ANY ($1::bigint[])`,
);

/** Domains get a lane unless they have one. @throws TryAgain, StoreUnavailable. */
export async function openLanes(session: Session, domains: Iterable<string>): Promise<void> {
  const names = [...new Set(domains)].sort();
  const lanes = names.map((name) => (name === '' ? laneHere : domainLane(name as DomainName)));
  await session.change(openDomains, [names, lanes]);
}

/**
 * Writes down when the next delivery of each domain is due. The domains are held first, in a statement of its own: what
 * others have added to them is then seen.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function refreshDomains(session: Session, domains: Iterable<string>): Promise<void> {
  const names = [...new Set(domains)].sort();
  if (names.length === 0) return;
  await Promise.all([holdAll(session, 'queue domain', names), session.change(refresh, [names])]);
}

/** Holds chains to the end of this piece of work. @throws TryAgain, StoreUnavailable. */
export async function holdChains(session: Session, chains: readonly Buffer[]): Promise<void> {
  await holdAll(
    session,
    'queue chain',
    chains.map((chain) => chain.toString('hex')),
  );
}

/** Lets the first of each chain go and holds the others back. @returns the domains that have changed. */
export async function straightenChains(session: Session, chains: readonly Buffer[]): Promise<readonly string[]> {
  if (chains.length === 0) return [];
  return (await session.rows<{ domain: string }>(straighten, [chains])).map(({ domain }) => domain);
}

/** Notes which submissions have ended, after deliveries of them changed their state. @throws TryAgain, StoreUnavailable. */
export async function refreshEnds(session: Session, submissions: Iterable<number>, now: number): Promise<void> {
  const ids = [...new Set(submissions)];
  if (ids.length === 0) return;
  await Promise.all([session.rows(lockSubmissions, [ids]), session.change(endSubmissions, [ids, now])]);
}

/** What follows from a change: chains in order, submissions ended, lanes up to date. @throws TryAgain, StoreUnavailable. */
export async function followUp(
  session: Session,
  rows: readonly { readonly chain: Buffer; readonly domain: string; readonly submission_id: number }[],
  now: number,
): Promise<void> {
  const freed = await straightenChains(
    session,
    rows.map((row) => row.chain),
  );
  await refreshEnds(
    session,
    rows.map((row) => row.submission_id),
    now,
  );
  await refreshDomains(session, [...freed, ...rows.map((row) => row.domain)]);
}

import { stateNumber } from '../store-rows/queue-rows.ts';
import { holdAll } from './locks.ts';
import type { DomainBook } from './queue-domains.ts';
import { type Session, statement, storedText } from './session.ts';

const straighten = statement(
  'straighten_chains',
  `UPDATE deliveries d SET blocked = w.blocked
   FROM (SELECT id, CASE WHEN row_number() OVER (PARTITION BY chain ORDER BY state = 1 DESC, id) = 1 THEN 0 ELSE 1 END AS blocked
         FROM deliveries WHERE chain = ANY ($1::bytea[]) AND state <= 2) AS w
   WHERE d.id = w.id AND d.blocked <> w.blocked AND NOT (w.blocked = 1 AND d.state = 1)
   RETURNING d.domain, d.due_at, d.state, d.blocked`,
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

/** What the parts of the queue share in one piece of work. */
export interface QueueWork {
  readonly session: Session;
  readonly domains: DomainBook;
}

/** What there is to know of a delivery to say when its domain is due. */
export interface ReadyColumns {
  readonly domain: string;
  readonly due_at: number;
  readonly state: number;
  readonly blocked: number;
}

/** Notes of deliveries as they are now when they can be leased. @throws nothing. */
export function noteReady(domains: DomainBook, rows: readonly ReadyColumns[]): void {
  const waiting = stateNumber('waiting');
  for (const row of rows) if (row.state === waiting && row.blocked === 0) domains.ready(row.domain, row.due_at);
}

/** What holds the chains of a UID, all of them by one lock: a message to many recipients begins as many chains. */
export const chainLock = 'queue chain';

/** Holds all chains of some UIDs to the end of this piece of work. @throws TryAgain, StoreUnavailable. */
export async function holdChains(session: Session, uids: readonly string[]): Promise<void> {
  await holdAll(session, chainLock, uids.map(storedText));
}

/** Lets the one under way or else the first of each chain go, and holds the others back. @throws TryAgain, StoreUnavailable. */
export async function straightenChains({ session, domains }: QueueWork, chains: readonly Buffer[]): Promise<void> {
  if (chains.length > 0) noteReady(domains, await session.rows<ReadyColumns>(straighten, [chains]));
}

/** Keeps submissions as they are to the end of this piece of work. @throws TryAgain, StoreUnavailable. */
export async function holdSubmissions(session: Session, submissions: Iterable<number>): Promise<void> {
  await session.rows(lockSubmissions, [[...new Set(submissions)]]);
}

/** Notes which submissions have ended, after deliveries of them changed their state. @throws TryAgain, StoreUnavailable. */
export async function refreshEnds(session: Session, submissions: Iterable<number>, now: number): Promise<void> {
  const ids = [...new Set(submissions)];
  if (ids.length === 0) return;
  await Promise.all([session.rows(lockSubmissions, [ids]), session.change(endSubmissions, [ids, now])]);
}

/** What follows from a change: chains in order, submissions ended. @throws TryAgain, StoreUnavailable. */
export async function followUp(
  work: QueueWork,
  rows: readonly { readonly chain: Buffer; readonly submission_id: number }[],
  now: number,
): Promise<void> {
  const submissions = rows.map((row) => row.submission_id);
  await Promise.all([
    straightenChains(
      work,
      rows.map((row) => row.chain),
    ),
    refreshEnds(work.session, submissions, now),
  ]);
}

import type { Lane } from '../../ports/lane.ts';
import { firstLane } from '../store-rows/queue-rows.ts';
import { shareThese, tryToHoldEach } from './locks.ts';
import { type Session, statement } from './session.ts';

const open = statement(
  'open_domains',
  `INSERT INTO queue_domains (domain, lane) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`,
);
const lockRows = statement(
  'lock_domains',
  'SELECT domain FROM queue_domains WHERE domain = ANY ($1::text[]) ORDER BY domain FOR NO KEY UPDATE',
);
const move = statement(
  'move_domains',
  `UPDATE queue_domains q SET lane = n.lane, paused_until = 0 FROM unnest($1::text[], $2::text[]) AS n (domain, lane)
   WHERE q.domain = n.domain`,
);
// What is due no later already is not even locked: many may add to a busy domain at once.
const lower = statement(
  'lower_domains',
  `UPDATE queue_domains q SET next_due = least(q.next_due, n.due)
   FROM (SELECT q.domain, u.due FROM queue_domains q JOIN unnest($1::text[], $2::bigint[]) AS u (domain, due) USING (domain)
         WHERE q.next_due IS NULL OR q.next_due > u.due ORDER BY q.domain FOR NO KEY UPDATE OF q) AS n
   WHERE q.domain = n.domain`,
);
// A hint, so rows that others hold are passed over: who finds the lane paused writes it down again.
const pause = statement(
  'pause_domains',
  `UPDATE queue_domains SET paused_until = $2 WHERE paused_until <> $2 AND domain IN
     (SELECT domain FROM queue_domains WHERE lane = $1 ORDER BY domain FOR NO KEY UPDATE SKIP LOCKED)`,
);
// The newest is looked for first, along the index: rows that were just deleted are passed one by one.
const forget = statement(
  'forget_domains',
  `DELETE FROM queue_domains q WHERE q.domain = ANY ($1::text[])
     AND (SELECT true FROM deliveries d WHERE d.domain >= q.domain AND d.domain <= q.domain
          ORDER BY d.domain DESC, d.id DESC LIMIT 1) IS NULL`,
);
const refresh = statement(
  'refresh_domains',
  `UPDATE queue_domains q SET next_due = n.due
   FROM (SELECT u.domain, (SELECT d.due_at FROM deliveries d WHERE d.domain = u.domain AND d.state = 0 AND d.blocked = 0
                           ORDER BY d.due_at LIMIT 1) AS due
         FROM unnest($1::text[]) AS u (domain)) AS n
   WHERE q.domain = n.domain AND q.next_due IS DISTINCT FROM n.due`,
);

/**
 * When something of a domain is due at the earliest. Whoever makes a delivery ready lowers it, many at once, as the last thing
 * before the commit; whoever takes one away leaves it; only who leases raises it, alone in the domain, and so sees what all
 * others have made ready. It may be too early: then a look finds nothing, and puts it right.
 */
export interface DomainBook {
  /** Domains get a lane unless they have one. */
  open(domains: Iterable<string>): void;
  /** A delivery of the domain can be leased from this time on. */
  ready(domain: string, dueAt: number): void;
  move(domain: string, lane: Lane): void;
  /** Nothing of the lane is due before this time; 0: whenever it is due. */
  pause(lane: Lane, until: number): void;
  /** Writes down what was said until now; without it that is done before the commit. */
  write(): Promise<void>;
}

/** Opens the book for one piece of work. @throws nothing. */
export function openDomainBook(session: Session): DomainBook {
  const notes: Notes = { opened: new Set(), due: new Map(), lanes: new Map(), pauses: new Map() };
  const write = (): Promise<void> => writeDown(session, notes);
  const note = (): void => session.beforeCommit(write);
  return {
    open(domains) {
      for (const domain of domains) notes.opened.add(domain);
      note();
    },
    ready(domain, dueAt) {
      notes.due.set(domain, Math.min(dueAt, notes.due.get(domain) ?? dueAt));
      note();
    },
    move(domain, lane) {
      notes.opened.add(domain);
      notes.lanes.set(domain, lane);
      note();
    },
    pause(lane, until) {
      notes.pauses.set(lane, until);
      note();
    },
    write,
  };
}

interface Notes {
  readonly opened: Set<string>;
  readonly due: Map<string, number>;
  readonly lanes: Map<string, Lane>;
  readonly pauses: Map<Lane, number>;
}

/** All locks in one order. The domains are shared first: who raises one has ended then, or waits for us. */
async function writeDown(session: Session, { opened, due, lanes, pauses }: Notes): Promise<void> {
  const [fresh, moved, readied, paused] = [[...opened].sort(), [...lanes], [...due], [...pauses]];
  const names = [...new Set([...fresh, ...lanes.keys(), ...due.keys()])].sort();
  for (const written of [opened, due, lanes, pauses]) written.clear();
  // All of them go out at once, one behind the other.
  const steps: Promise<unknown>[] = [];
  if (names.length > 0) steps.push(shareThese(session, 'queue domain', names));
  if (fresh.length > 0) steps.push(session.change(open, [fresh, fresh.map(firstLane)]));
  if (moved.length > 0) steps.push(session.rows(lockRows, [names]), session.change(move, columns(moved)));
  if (readied.length > 0) steps.push(session.change(lower, columns(readied)));
  for (const [lane, until] of paused) steps.push(session.change(pause, [lane, until]));
  await Promise.all(steps);
}

/**
 * Forgets those of some domains that have no deliveries. Where somebody is adding one the domain stays, and who adds one
 * later, or has not yet shared the domain, opens it again.
 *
 * @throws TryAgain, StoreUnavailable.
 */
export async function forgetUnused(session: Session, domains: readonly string[]): Promise<void> {
  if (domains.length === 0) return;
  await session.change(forget, [await tryToHoldEach(session, 'queue domain', domains)]); // sees what came before it held them
}

function columns<T extends string | number>(pairs: readonly (readonly [string, T])[]): [string[], T[]] {
  return [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
}

/**
 * Writes down when the next delivery of these domains is due, later than before as it may be. They have to be held alone, since
 * before this statement: what others have added is then seen.
 *
 * @returns how many were written down too early, or too late.
 * @throws TryAgain, StoreUnavailable.
 */
export function refreshHeld(session: Session, domains: Iterable<string>): Promise<number> {
  return session.change(refresh, [[...new Set(domains)].sort()]);
}

import type { Database } from 'better-sqlite3';
import type { Lane, LaneTrouble } from '../../ports/lane.ts';
import { firstLane, readTrouble, type TroubleRow } from '../store-rows/queue-rows.ts';

/** A lane in which something is due. */
export interface DueLane {
  readonly lane: string;
  readonly next_due: number;
}

/**
 * Keeps, for each domain and each lane, when its next delivery is due: to lease is to look at the first few lanes,
 * however many deliveries wait behind them.
 */
export interface LaneBook {
  /** The domain gets a lane unless it has one. */
  open(domain: string): void;
  laneOf(domain: string): Lane;
  move(domain: string, lane: Lane): void;
  /** Brings a domain and its lane up to date after its deliveries changed. */
  refresh(domain: string): void;
  /** Lanes that have something due, longest waiting first, behind `after`. */
  due(now: number, after: DueLane | undefined, limit: number): readonly DueLane[];
  /** The domain of a lane that has waited longest. */
  firstDomain(lane: string, now: number): string | undefined;
  /** When the first lane that is not skipped is due. */
  nextDue(skip: ReadonlySet<string>): number | undefined;
  troubleOf(lane: string): LaneTrouble | undefined;
  /** A lane that is paused is not due before the pause has ended. */
  setTrouble(lane: string, trouble: LaneTrouble | undefined): void;
}

/** Prepares the statements once. */
export function prepareLanes(database: Database): LaneBook {
  const open = database.prepare<[string, string]>(
    'INSERT INTO queue_domains (domain, lane, next_due) VALUES (?, ?, NULL) ON CONFLICT DO NOTHING',
  );
  const domainRow = database.prepare<[string], { lane: string; next_due: number | null }>(
    'SELECT lane, next_due FROM queue_domains WHERE domain = ?',
  );
  const firstReady = database
    .prepare<[string], number>(
      'SELECT due_at FROM deliveries WHERE domain = ? AND state = 0 AND blocked = 0 AND lease_id IS NULL ORDER BY due_at LIMIT 1',
    )
    .pluck();
  const setDomain = database.prepare<[number | null, string]>('UPDATE queue_domains SET next_due = ? WHERE domain = ?');
  const setLane = database.prepare<[string, string]>('UPDATE queue_domains SET lane = ? WHERE domain = ?');
  const firstOfLane = database
    .prepare<[string], number>(
      'SELECT next_due FROM queue_domains WHERE lane = ? AND next_due IS NOT NULL ORDER BY next_due LIMIT 1',
    )
    .pluck();
  const laneDue = database.prepare<[string], number>('SELECT next_due FROM queue_lanes WHERE lane = ?').pluck();
  const putLane = database.prepare<[string, number]>(
    'INSERT INTO queue_lanes (lane, next_due) VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET next_due = excluded.next_due',
  );
  const removeLane = database.prepare<[string]>('DELETE FROM queue_lanes WHERE lane = ?');
  const due = database.prepare<[number, number, string, number], DueLane>(
    `SELECT lane, next_due FROM queue_lanes
     WHERE next_due <= ? AND (next_due, lane) > (?, ?) ORDER BY next_due, lane LIMIT ?`,
  );
  const firstDomain = database
    .prepare<[string, number], string>(
      `SELECT domain FROM queue_domains WHERE lane = ? AND next_due IS NOT NULL AND next_due <= ?
       ORDER BY next_due, domain LIMIT 1`,
    )
    .pluck();

  const trouble = database.prepare<[string], TroubleRow>(
    'SELECT failures, pause_ms, paused_until FROM lane_troubles WHERE lane = ?',
  );
  const putTrouble = database.prepare<[string, number, number, number | null]>(
    'INSERT OR REPLACE INTO lane_troubles (lane, failures, pause_ms, paused_until) VALUES (?, ?, ?, ?)',
  );
  const removeTrouble = database.prepare<[string]>('DELETE FROM lane_troubles WHERE lane = ?');

  const refreshLane = (lane: string): void => {
    const first = firstOfLane.get(lane);
    const due = first === undefined ? undefined : Math.max(first, trouble.get(lane)?.paused_until ?? first);
    if (due === laneDue.get(lane)) return;
    if (due === undefined) removeLane.run(lane);
    else putLane.run(lane, due);
  };
  const book: LaneBook = {
    open: (domain) => void open.run(domain, firstLane(domain)),
    laneOf: (domain) => (domainRow.get(domain)?.lane ?? firstLane(domain)) as Lane,
    move(domain, lane) {
      book.open(domain);
      const before = book.laneOf(domain);
      if (before === lane) return;
      setLane.run(lane, domain);
      refreshLane(before);
      refreshLane(lane);
    },
    refresh(domain) {
      const row = domainRow.get(domain);
      const first = firstReady.get(domain) ?? null;
      if (!row || row.next_due === first) return;
      setDomain.run(first, domain);
      refreshLane(row.lane);
    },
    due: (now, after, limit) => due.all(now, after?.next_due ?? Number.MIN_SAFE_INTEGER, after?.lane ?? '', limit),
    firstDomain: (lane, now) => firstDomain.get(lane, now),
    nextDue(skip) {
      const lanes = due.all(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, '', skip.size + 1);
      return lanes.find(({ lane }) => !skip.has(lane))?.next_due;
    },
    troubleOf(lane) {
      const row = trouble.get(lane);
      return row && readTrouble(row);
    },
    setTrouble(lane, known) {
      if (known) putTrouble.run(lane, known.failures, known.pauseMs, known.pausedUntil ?? null);
      else removeTrouble.run(lane);
      refreshLane(lane);
    },
  };
  return book;
}

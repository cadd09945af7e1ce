import type { Database } from 'better-sqlite3';
import { saidColumns, type SaidRow } from '../store-rows/pointless.ts';
import type { LaneBook } from './queue-lanes.ts';

/** One delivery of a chain that is not final. */
export interface ChainRow extends SaidRow {
  readonly id: number;
  readonly submission_id: number;
  readonly domain: string;
  readonly state: number;
  readonly blocked: number;
  readonly recipient_key: string;
  readonly originator: string;
}

/** Deliveries that have to keep their order: the one under way, else the first that is not final goes; the others wait. */
export interface Chains {
  /** Those that are not final, oldest first. */
  open(chain: Buffer): readonly ChainRow[];
  /** Lets the one under way or else the first one go, and holds the others back. */
  straighten(chain: Buffer): void;
  /** What is under way is not superseded by a submission that is not sent. */
  spare(chain: Buffer, submission: number): void;
}

/** Prepares the statements once. */
export function prepareChains(database: Database, lanes: LaneBook): Chains {
  const open = database.prepare<[Buffer], ChainRow>(
    `SELECT d.id, d.submission_id, d.domain, d.state, d.blocked, d.recipient_key, s.originator, ${saidColumns}
     FROM deliveries d JOIN submissions s ON s.id = d.submission_id WHERE d.chain = ? AND d.state <= 2 ORDER BY d.id`,
  );
  const first = database
    .prepare<[Buffer], number>(
      'SELECT id FROM deliveries WHERE chain = ? AND state <= 2 ORDER BY state = 1 DESC, id LIMIT 1',
    )
    .pluck();
  const free = database
    .prepare<[number], string>('UPDATE deliveries SET blocked = 0 WHERE id = ? AND blocked = 1 RETURNING domain')
    .pluck();
  const block = database
    .prepare<[Buffer, number], string>(
      `UPDATE deliveries SET blocked = 1 WHERE chain = ? AND state <= 2 AND id <> ? AND blocked = 0 AND state <> 1
       RETURNING domain`,
    )
    .pluck();
  const spare = database.prepare<[Buffer, number]>(
    `UPDATE deliveries SET pointless = 0, pointless_by = NULL
     WHERE chain = ? AND state <= 2 AND state = 1 AND pointless_by = ?`,
  );
  return {
    open: (chain) => open.all(chain),
    spare: (chain, submission) => void spare.run(chain, submission),
    straighten(chain) {
      const head = first.get(chain);
      if (head === undefined) return;
      for (const domain of new Set([...free.all(head), ...block.all(chain, head)])) lanes.refresh(domain);
    },
  };
}

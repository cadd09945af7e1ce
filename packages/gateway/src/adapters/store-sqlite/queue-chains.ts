import type { Database } from 'better-sqlite3';
import { saidColumns, type SaidRow } from '../store-rows/pointless.ts';
import { shownState } from './shown-state.ts';
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
  /** In the chain of a delivery: lets the one under way or else the first one go, and holds the others back. */
  straighten(delivery: number): void;
  /** In the chain of a delivery: what is under way is not superseded by its submission, which is not sent. */
  spare(delivery: number, submission: number): void;
}

const chainOfDelivery = '(SELECT own.chain FROM deliveries own WHERE own.id = ?)';

/** Prepares the statements once. */
export function prepareChains(database: Database, lanes: LaneBook): Chains {
  const open = database.prepare<[Buffer], ChainRow>(
    `SELECT d.id, d.submission_id, d.domain, ${shownState}, d.blocked, d.recipient_key, s.originator, ${saidColumns}
     FROM deliveries d JOIN submissions s ON s.id = d.submission_id WHERE d.chain = ? AND d.state <= 2 ORDER BY d.id`,
  );
  const first = database
    .prepare<[number], number>(
      `SELECT d.id FROM deliveries d INDEXED BY deliveries_chain WHERE d.chain = ${chainOfDelivery} AND d.state <= 2
       ORDER BY d.lease_id IS NULL, d.id LIMIT 1`,
    )
    .pluck();
  const free = database
    .prepare<[number], string>('UPDATE deliveries SET blocked = 0 WHERE id = ? AND blocked = 1 RETURNING domain')
    .pluck();
  const block = database
    .prepare<[number, number], string>(
      `UPDATE deliveries SET blocked = 1
       WHERE chain = ${chainOfDelivery} AND state <= 2 AND id <> ? AND blocked = 0 AND lease_id IS NULL RETURNING domain`,
    )
    .pluck();
  const spare = database.prepare<[number, number]>(
    `UPDATE deliveries SET pointless = 0, pointless_by = NULL
     WHERE chain = ${chainOfDelivery} AND state <= 2 AND lease_id IS NOT NULL AND pointless_by = ?`,
  );
  return {
    open: (chain) => open.all(chain),
    spare: (delivery, submission) => void spare.run(delivery, submission),
    straighten(delivery) {
      const head = first.get(delivery);
      if (head === undefined) return;
      for (const domain of new Set([...free.all(head), ...block.all(delivery, head)])) lanes.refresh(domain);
    },
  };
}

import type { Database } from 'better-sqlite3';
import type { LeftOut } from '../../ports/queue-admin.ts';
import type { SupersedesOf } from '../../ports/submission.ts';
import { type DeadRow, type OtherRow, saidColumns, whyLeftOut } from '../store-rows/pointless.ts';
import { stateNumber } from '../store-rows/queue-rows.ts';

interface GivenUpRow extends DeadRow {
  readonly chain: Buffer;
  readonly uid: string;
}

type FindLeftOut = (deliveries: readonly { readonly id: number }[], supersedesOf: SupersedesOf) => readonly LeftOut[];

/** Prepares the statements once. */
export function prepareLeftOut(database: Database): FindLeftOut {
  const dead = database.prepare<[number, number], GivenUpRow>(
    `SELECT d.id, d.chain, s.uid, s.has_text, ${saidColumns}
     FROM deliveries d JOIN submissions s ON s.id = d.submission_id WHERE d.id = ? AND d.state = ?`,
  );
  const others = database.prepare<[string, Buffer, number, number], OtherRow>(
    `SELECT d.id, s.id AS submission_id, s.originator, s.uid, s.added_at, s.expires_at, ${saidColumns}
     FROM submissions s INDEXED BY submissions_uid CROSS JOIN deliveries d ON d.submission_id = s.id
     WHERE s.uid = ? AND d.chain = ? AND d.id <> ? AND d.state <> ?`,
  );
  return (deliveries, supersedesOf) =>
    deliveries.flatMap(({ id }) => {
      const row = dead.get(id, stateNumber('dead'));
      if (!row) return [];
      const of = others.all(row.uid, row.chain, id, stateNumber('dropped'));
      return whyLeftOut(row, of, supersedesOf) ?? [];
    });
}

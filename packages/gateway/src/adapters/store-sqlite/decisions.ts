import type { Database } from 'better-sqlite3';
import type { Decision, Decisions } from '../../ports/decisions.ts';
import type { EpochMs } from '@isched/values';
import type { Scope } from './scope.ts';

type Text = string | null;

interface Row {
  readonly at: number;
  readonly direction: string;
  readonly reason: string;
  readonly originator: string;
  readonly recipient: string;
  readonly signing_domain: Text;
  readonly message_id: Text;
  readonly method: Text;
  readonly uid: Text;
  readonly request_status: Text;
  readonly detail: Text;
}

const columns =
  'at, direction, reason, originator, recipient, signing_domain, message_id, method, uid, request_status, detail';

/** A UID may be as long as a line may be; here it is only a name, once for each line and once in the index. */
const longestUid = 255;

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareDecisions(database: Database): (scope: Scope) => Decisions {
  const insert = database.prepare<[number, string, string, string, string, Text, Text, Text, Text, Text, Text]>(
    `INSERT INTO decisions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofMeeting = database.prepare<[string, number], Row>(
    `SELECT ${columns} FROM decisions WHERE uid = ? ORDER BY id DESC LIMIT ?`,
  );
  const latest = database.prepare<[number], Row>(`SELECT ${columns} FROM decisions ORDER BY id DESC LIMIT ?`);
  // Only the oldest rows are looked at: ids follow time, and nothing is scanned in vain.
  const forget = database.prepare<[number, number]>(
    `DELETE FROM decisions WHERE id IN
       (SELECT id FROM (SELECT id, at FROM decisions ORDER BY id LIMIT ?) WHERE at < ?)`,
  );
  return (scope) => ({
    async add(decision) {
      scope.enter();
      const { at, direction, reason, originator, recipient } = decision;
      const { signingDomain, messageId, method, uid, requestStatus, detail } = decision;
      insert.run(
        ...([at, direction, reason, originator, recipient] as const),
        ...([
          signingDomain ?? null,
          messageId ?? null,
          method ?? null,
          uid?.slice(0, longestUid) ?? null,
          requestStatus ?? null,
          detail ?? null,
        ] as const),
      );
    },
    async ofMeeting(uid, limit) {
      scope.enter();
      return ofMeeting.all(uid.slice(0, longestUid), limit).map(readRow).toReversed();
    },
    async latest(limit) {
      scope.enter();
      return latest.all(limit).map(readRow).toReversed();
    },
    async forgetBefore(time, limit) {
      scope.enter();
      return forget.run(limit, time).changes;
    },
  });
}

function readRow(row: Row): Decision {
  return {
    at: row.at as EpochMs,
    direction: row.direction === 'outbound' ? 'outbound' : 'inbound',
    reason: row.reason,
    originator: row.originator,
    recipient: row.recipient,
    signingDomain: row.signing_domain ?? undefined,
    messageId: row.message_id ?? undefined,
    method: row.method ?? undefined,
    uid: row.uid ?? undefined,
    requestStatus: row.request_status ?? undefined,
    detail: row.detail ?? undefined,
  };
}

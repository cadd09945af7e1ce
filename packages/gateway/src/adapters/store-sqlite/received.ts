import type { Database } from 'better-sqlite3';
import type { Claim, FinalResult, MessageKey, ReceivedMessages } from '../../ports/received-messages.ts';
import { messageDigest, remembering } from '../store-rows/message-digest.ts';
import type { Scope } from './scope.ts';

interface Row {
  readonly until: number;
  readonly result: string | null;
}

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareReceived(database: Database): (scope: Scope) => ReceivedMessages {
  const insert = database.prepare<[Buffer, number, string | null]>(
    'INSERT INTO received (key, until, message_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const select = database.prepare<[Buffer], Row>('SELECT until, result FROM received WHERE key = ?');
  const takeOver = database.prepare<[number, string | null, Buffer]>(
    'UPDATE received SET until = ?, message_id = ?, result = NULL WHERE key = ?',
  );
  const settle = database.prepare<[string, number, Buffer]>('UPDATE received SET result = ?, until = ? WHERE key = ?');
  const settleOnly = database.prepare<[string, Buffer]>('UPDATE received SET result = ? WHERE key = ?');
  const release = database.prepare<[Buffer]>('DELETE FROM received WHERE key = ? AND result IS NULL');
  const forget = database.prepare<[number, number]>(
    'DELETE FROM received WHERE key IN (SELECT key FROM received WHERE until <= ? LIMIT ?)',
  );

  return (scope) => {
    const digestOf = remembering(messageDigest);
    // A message is mostly claimed and settled in one piece of work, for the same time: its place in the index can stay.
    const claimed = new Map<MessageKey, number>();
    return {
      async claim(key, { now, until, messageId }): Promise<Claim> {
        scope.enter();
        const id = digestOf(key);
        claimed.set(key, until);
        if (insert.run(id, until, messageId ?? null).changes === 1) return { status: 'new' };
        const row = select.get(id);
        if (row && row.until > now)
          return row.result === null
            ? { status: 'in-progress' }
            : { status: 'answered', result: readResult(row.result) };
        takeOver.run(until, messageId ?? null, id);
        return { status: 'new' };
      },
      async settle(key, result, expiresAt) {
        scope.enter();
        const json = JSON.stringify(result);
        const inPlace = claimed.get(key) === expiresAt;
        const { changes } = inPlace ? settleOnly.run(json, digestOf(key)) : settle.run(json, expiresAt, digestOf(key));
        if (changes !== 1) {
          throw new TypeError('a result was settled for a message that was not claimed');
        }
      },
      async release(key) {
        scope.enter();
        release.run(digestOf(key));
      },
      async forgetExpired(now, limit) {
        scope.enter();
        return forget.run(now, limit).changes;
      },
    };
  };
}

function readResult(json: string): FinalResult {
  return JSON.parse(json) as FinalResult;
}

import type { Claim, FinalResult, ReceivedMessages } from '../../ports/received-messages.ts';
import { messageDigest, remembering } from '../store-rows/message-digest.ts';
import { type Session, statement } from './session.ts';

interface Row {
  readonly until: number;
  readonly result: string | null;
}

/**
 * Of two copies at the same instant the second waits here until the first one's transaction has ended: then it sees what
 * became of it, or, where the first one's node died, is the first itself.
 */
const claim = statement(
  'claim',
  `INSERT INTO received AS r (key, until, message_id) VALUES ($1, $2, $3)
   ON CONFLICT (key) DO UPDATE SET until = excluded.until, message_id = excluded.message_id, result = NULL
     WHERE r.until <= $4`,
);
const select = statement('received', 'SELECT until, result FROM received WHERE key = $1');
const settle = statement('settle', 'UPDATE received SET result = $2, until = $3 WHERE key = $1');
const release = statement('release', 'DELETE FROM received WHERE key = $1 AND result IS NULL');
const forget = statement(
  'forget_received',
  `DELETE FROM received WHERE key IN
     (SELECT key FROM received WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

/** What was received, as one piece of work sees it. @throws nothing. */
export function receivedRoom(session: Session): ReceivedMessages {
  const digestOf = remembering(messageDigest);
  return {
    async claim(key, { now, until, messageId }): Promise<Claim> {
      for (;;) {
        const taken = await session.change(claim, [digestOf(key), until, messageId ?? null, now]);
        if (taken === 1) return { status: 'new' };
        const [row] = await session.rows<Row>(select, [digestOf(key)]);
        if (!row) continue; // released or forgotten between the two statements
        return row.result === null
          ? { status: 'in-progress' }
          : { status: 'answered', result: JSON.parse(row.result) as FinalResult };
      }
    },
    async settle(key, result, expiresAt) {
      const settled = await session.change(settle, [digestOf(key), JSON.stringify(result), expiresAt]);
      if (settled !== 1) throw new TypeError('a result was settled for a message that was not claimed');
    },
    async release(key) {
      await session.change(release, [digestOf(key)]);
    },
    forgetExpired: (now, limit) => session.change(forget, [now, limit]),
  };
}

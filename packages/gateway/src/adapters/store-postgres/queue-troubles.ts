import type { DeliveryQueue } from '../../ports/delivery-queue.ts';
import { readTrouble, type TroubleRow } from '../store-rows/queue-rows.ts';
import { holdNamed } from './locks.ts';
import type { QueueWork } from './queue-books.ts';
import { statement } from './session.ts';

const select = statement('lane_trouble', 'SELECT failures, pause_ms, paused_until FROM lane_troubles WHERE lane = $1');
const upsert = statement(
  'set_lane_trouble',
  `INSERT INTO lane_troubles (lane, failures, pause_ms, paused_until) VALUES ($1, $2, $3, $4)
   ON CONFLICT (lane) DO UPDATE SET failures = excluded.failures, pause_ms = excluded.pause_ms,
     paused_until = excluded.paused_until`,
);
const remove = statement('clear_lane_trouble', 'DELETE FROM lane_troubles WHERE lane = $1');

/** What nodes tell each other of receivers that give trouble. @throws nothing. */
export function queueTroubles({ session, domains }: QueueWork): Pick<DeliveryQueue, 'troubleOf' | 'setTrouble'> {
  return {
    async troubleOf(lane) {
      const [, [row]] = await Promise.all([
        holdNamed(session, 'lane trouble', lane),
        session.rows<TroubleRow>(select, [lane]), // goes out behind the lock
      ]);
      return row && readTrouble(row);
    },
    async setTrouble(lane, trouble) {
      domains.pause(lane, trouble?.pausedUntil ?? 0);
      if (!trouble) await session.change(remove, [lane]);
      else await session.change(upsert, [lane, trouble.failures, trouble.pauseMs, trouble.pausedUntil ?? null]);
    },
  };
}

import { type DeliveryQueue, domainLane, type QueueAdmin } from '../../ports/delivery-queue.ts';
import { holdAll } from './locks.ts';
import { addSubmission } from './queue-add.ts';
import { expireOverdue, queueAdmin } from './queue-admin.ts';
import { leaseBatches, renewLease } from './queue-leasing.ts';
import { settleLease } from './queue-settle.ts';
import { type Session, statement } from './session.ts';

const setLane = statement(
  'set_lane',
  'INSERT INTO queue_domains (domain, lane) VALUES ($1, $2) ON CONFLICT (domain) DO UPDATE SET lane = excluded.lane',
);

/** The delivery queue, as one piece of work sees it. @throws nothing. @see docs/decisions/0082. */
export function queueRoom(session: Session): DeliveryQueue & QueueAdmin {
  return {
    ...queueAdmin(session),
    add: (submission, options) => addSubmission(session, submission, options),
    lease: (wish) => leaseBatches(session, wish),
    renew: (lease, terms) => renewLease(session, lease, terms),
    settle: async (lease, settlements, now) => ({
      superseded: await settleLease(session, { lease, settlements }, now),
    }),
    expire: (now, limit) => expireOverdue(session, now, limit),
    async setLane(domain, lane) {
      await Promise.all([
        holdAll(session, 'queue domain', [domain]),
        session.change(setLane, [domain, lane ?? domainLane(domain)]),
      ]);
    },
  };
}

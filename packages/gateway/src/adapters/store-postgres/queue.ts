import type { DeliveryQueue } from '../../ports/delivery-queue.ts';
import { domainLane } from '../../ports/lane.ts';
import type { QueueAdmin } from '../../ports/queue-admin.ts';
import { addSubmission } from './queue-add.ts';
import { queueAdmin } from './queue-admin.ts';
import { openDomainBook } from './queue-domains.ts';
import { queueEndings } from './queue-endings.ts';
import { leaseBatches, renewLease } from './queue-leasing.ts';
import { settleLease } from './queue-settle.ts';
import { queueTroubles } from './queue-troubles.ts';
import type { Session } from './session.ts';

/** The delivery queue, as one piece of work sees it. @throws nothing. @see docs/decisions/0082. */
export function queueRoom(session: Session): DeliveryQueue & QueueAdmin {
  const domains = openDomainBook(session);
  const work = { session, domains };
  const admin = queueAdmin(work);
  return {
    ...admin,
    async list(filter, page) {
      await domains.write();
      return admin.list(filter, page);
    },
    add: (submission, options) => addSubmission(work, submission, options),
    lease: (wish) => leaseBatches(work, wish),
    renew: (lease, terms) => renewLease(session, lease, terms),
    settle: async (lease, settlements, now) => ({
      superseded: await settleLease(work, { lease, settlements }, now),
    }),
    ...queueEndings(work),
    ...queueTroubles(work),
    setLane: async (domain, lane) => domains.move(domain, lane ?? domainLane(domain)),
  };
}

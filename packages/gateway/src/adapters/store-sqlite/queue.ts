import type { Database } from 'better-sqlite3';
import type { Batch, DeliveryQueue, LeaseWish } from '../../ports/delivery-queue.ts';
import { domainLane } from '../../ports/lane.ts';
import type { QueueAdmin } from '../../ports/queue-admin.ts';
import { prepareAdd } from './queue-add.ts';
import { prepareQueueAdmin } from './queue-admin.ts';
import { prepareChains } from './queue-chains.ts';
import { prepareEndings } from './queue-endings.ts';
import { prepareLanes } from './queue-lanes.ts';
import { prepareLeasing } from './queue-leasing.ts';
import { prepareSettle } from './queue-settle.ts';
import type { Scope } from './scope.ts';

/** Prepares the statements once; each piece of work gets its room from the function answered. */
export function prepareQueue(database: Database): (scope: Scope) => DeliveryQueue & QueueAdmin {
  const lanes = prepareLanes(database);
  const chains = prepareChains(database, lanes);
  const parts: QueueParts = { database, lanes, chains, ends: prepareEnds(database) };
  const admin = prepareQueueAdmin(parts);
  const leasing = prepareLeasing(parts);
  const add = prepareAdd(parts);
  const { giveUp, fallBack } = prepareEndings(parts);
  const settle = prepareSettle(parts);
  return (scope) => ({
    ...admin(scope),
    async add(submission, options) {
      scope.enter();
      return add(submission, options);
    },
    async lease(wish: LeaseWish): Promise<readonly Batch[]> {
      scope.enter();
      return leasing.lease(wish);
    },
    async renew(lease, terms) {
      scope.enter();
      return leasing.renew(lease, terms);
    },
    async settle(lease, settlements, now) {
      scope.enter();
      return { superseded: settle(lease, settlements, now) };
    },
    async giveUp(deliveries, now) {
      scope.enter();
      return giveUp(deliveries, now);
    },
    async fallBack(deliveries, terms) {
      scope.enter();
      return fallBack(deliveries, terms);
    },
    async troubleOf(lane) {
      scope.enter();
      return lanes.troubleOf(lane);
    },
    async setTrouble(lane, trouble) {
      scope.enter();
      lanes.setTrouble(lane, trouble);
    },
    async setLane(domain, lane) {
      scope.enter();
      lanes.move(domain, lane ?? domainLane(domain));
    },
  });
}

/** What the parts of the queue share. */
export interface QueueParts {
  readonly database: Database;
  readonly lanes: ReturnType<typeof prepareLanes>;
  readonly chains: ReturnType<typeof prepareChains>;
  readonly ends: Ends;
}

/** Notes when a submission has ended. */
export interface Ends {
  /** After deliveries of it changed their state. */
  refresh(submission: number, now: number): void;
}

function prepareEnds(database: Database): Ends {
  const isOpen = database
    .prepare<[number], number>('SELECT 1 FROM deliveries WHERE submission_id = ? AND state <= 2 LIMIT 1')
    .pluck();
  const end = database.prepare<[number | null, number]>('UPDATE submissions SET ended_at = ? WHERE id = ?');
  return { refresh: (submission, now) => void end.run(isOpen.get(submission) ? null : now, submission) };
}

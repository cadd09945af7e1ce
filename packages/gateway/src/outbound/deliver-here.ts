import { parseCalAddress } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { recipientsAtOnce, resolveInboundLimits } from '../policy/inbound-limits.ts';
import type { Batch, LeasedDelivery } from '../ports/delivery-queue.ts';
import type { Job } from './job.ts';
import { readQueuedMessage } from './queued-message.ts';
import { recordSettlements } from './record.ts';
import { settlementOf } from './settle.ts';

const limitsHere = resolveInboundLimits();

/**
 * Delivers a batch to users of this gateway. Effect, answers it gives rise to and outcome are one transaction: it happens once.
 * Where not all are served at once, the others go back to waiting, for another batch.
 *
 * @throws LeaseLost, with nothing kept; StoreUnavailable.
 */
export async function deliverHere({ batch, deps, limits }: Job): Promise<void> {
  const { store, clock, deliverWithin, random, busyTimes } = deps;
  const { originator: from, text, expiresAt } = batch.submission;
  const deliveries = servedAtOnce(batch);
  const recipients = deliveries.map(({ recipient }) => parseCalAddress(recipient.address));
  const message = { itip: readQueuedMessage(text), originator: parseCalAddress(from), recipients };
  await store.transaction(async (tx) => {
    const now = clock.now();
    const results = await deliverWithin(tx, message, now);
    const settlements = deliveries.flatMap((delivery, index) => {
      const [result, recipient] = [results[index], recipients[index]];
      if (!result || !recipient) return [];
      const { requestStatus, description } = result;
      const outcome: RecipientOutcome = { recipient, attempts: [], status: 'answered', requestStatus, description };
      return [settlementOf(outcome, { delivery, expiresAt, now, policy: limits.retry, random })];
    });
    const { superseded } = await tx.queue.settle(batch.lease, settlements, now);
    await recordSettlements(tx, { batch, settlements, superseded, now }, busyTimes);
  });
  deps.settled(batch);
}

/**
 * Whom of a batch one transaction serves: so many that it is not a long one. Those that were tried before go one by one, so that
 * a calendar on which our work fails keeps nobody else from theirs.
 *
 * @throws nothing.
 */
export function servedAtOnce({ submission, deliveries }: Batch): readonly LeasedDelivery[] {
  const untried = deliveries.filter(({ tries }) => tries === 0);
  return untried.length === 0
    ? deliveries.slice(0, 1)
    : untried.slice(0, recipientsAtOnce(submission.text.length, limitsHere));
}

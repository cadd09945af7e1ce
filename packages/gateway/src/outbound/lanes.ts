import type { ReceiverLocator } from '@isched/ischedule';
import { mapLimit } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';
import type { Batch } from '../ports/delivery-queue.ts';
import { domainLane, type Lane, receiverLane } from '../ports/lane.ts';
import type { StoreTransaction } from '../ports/store.ts';

/** The lanes of a batch's domains, as discovery has them now. */
export interface FoundLanes {
  readonly byDomain: ReadonlyMap<DomainName, Lane>;
  /** The lane of the first domain. */
  readonly lane: Lane;
  readonly changed: boolean;
  /** The domains no longer share one. */
  readonly split: boolean;
}

/** Domains of one batch looked up together. */
const domainsAtOnce = 16;

/**
 * Which lanes the batch's domains belong to, by what discovery says now. Where it can't be asked, they stay.
 *
 * @throws the signal's reason when aborted.
 */
export async function findLanes(batch: Batch, locator: ReceiverLocator, options: Abortable): Promise<FoundLanes> {
  const domains = [...new Set(batch.deliveries.flatMap(({ recipient }) => recipient.domain ?? []))];
  const located = await mapLimit(domains, domainsAtOnce, async (domain) => {
    const location = await locator.locate(domain, options);
    if (location.status === 'unavailable') return [domain, batch.lane] as const;
    const lane = location.status === 'located' ? receiverLane(location.receiverId) : domainLane(domain);
    return [domain, lane] as const;
  });
  const byDomain = new Map<DomainName, Lane>(located);
  const split = new Set(byDomain.values()).size > 1;
  const lane = byDomain.values().next().value ?? batch.lane;
  return { byDomain, lane, split, changed: split || lane !== batch.lane };
}

/** Writes down which lanes domains belong to. @throws StoreUnavailable. */
export async function nameLanes(tx: StoreTransaction, { byDomain }: FoundLanes): Promise<void> {
  for (const [domain, lane] of byDomain) {
    await tx.queue.setLane(domain, lane === domainLane(domain) ? undefined : lane);
  }
}

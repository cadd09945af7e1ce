import type { Clock } from '@isched/runtime';
import { type Abortable, epochMs } from '@isched/values';
import type { DeliveryEvent, EventPlace } from '../ports/decisions.ts';
import { type DeliveryAttempt, isFinal, type QueuedDelivery, type SubmissionId } from '../ports/delivery-queue.ts';
import type { Store, StoreView } from '../ports/store.ts';
import type { Notices } from './notices.ts';

export interface FollowDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly notices: Notices;
}

/** How long to wait, and for what. */
export interface Patience extends Abortable {
  /** Milliseconds; 0: only to look. */
  readonly waitMs: number;
}

/** A delivery and the requests made for it. */
export interface Followed extends QueuedDelivery {
  readonly attempts: readonly DeliveryAttempt[];
}

/** Other nodes' settlements ring no bell here. Milliseconds. */
const lookAgainMs = 500;

/** Waits until all deliveries of a submission have ended, or the time is over. @throws StoreUnavailable; the signal's reason. */
export async function followToTheEnd(
  submission: SubmissionId,
  patience: Patience,
  deps: FollowDeps,
): Promise<readonly Followed[]> {
  return until({
    look: (view) => followed(view, submission),
    isEnough: (deliveries) => deliveries.every(({ state }) => isFinal(state)),
    what: submission,
    patience,
    deps,
  });
}

/**
 * Waits until nothing more will happen to a submission's deliveries before the time is over: a retry that is due later is not
 * waited for.
 *
 * @throws StoreUnavailable; the signal's reason.
 */
export async function followWhileUnderWay(
  submission: SubmissionId,
  patience: Patience,
  deps: FollowDeps,
): Promise<readonly Followed[]> {
  const end = deps.clock.now() + patience.waitMs;
  return until({
    look: (view) => followed(view, submission),
    isEnough: (deliveries) =>
      !deliveries.some(({ state, dueAt }) => state === 'leased' || (state === 'waiting' && dueAt < end)),
    what: submission,
    patience,
    deps,
  });
}

/**
 * What happened to deliveries behind a place; where nothing has yet, waits for it.
 *
 * @returns nothing where something behind the place may have been forgotten.
 * @throws StoreUnavailable; the signal's reason.
 */
export async function followEvents(
  page: { readonly after: EventPlace | undefined; readonly limit: number },
  patience: Patience,
  deps: FollowDeps,
): Promise<readonly DeliveryEvent[] | undefined> {
  return until({
    look: (view) => view.decisions.events(page),
    isEnough: (events) => events === undefined || events.length > 0,
    what: 'anything',
    patience,
    deps,
  });
}

interface Waiting<T> {
  readonly look: (view: StoreView) => Promise<T>;
  readonly isEnough: (found: T) => boolean;
  readonly what: SubmissionId | 'anything';
  readonly patience: Patience;
  readonly deps: FollowDeps;
}

async function until<T>({ look, isEnough, what, patience: { waitMs, signal }, deps }: Waiting<T>): Promise<T> {
  const { store, clock, notices } = deps;
  const end = epochMs(clock.now() + waitMs);
  for (;;) {
    using notice = notices.expect(what);
    const found = await store.read(look, { signal });
    const now = clock.now();
    if (isEnough(found) || now >= end || notices.closed) return found;
    await notice.come(Math.min(lookAgainMs, end - now), signal);
  }
}

/** Deliveries of one message, at most. */
const maxRecipients = 100_000;

/** What became of a submission until now. @throws StoreUnavailable. */
async function followed(view: StoreView, submission: SubmissionId): Promise<readonly Followed[]> {
  const deliveries = await view.queue.list({ submission }, { limit: maxRecipients });
  const result: Followed[] = [];
  for (const delivery of deliveries) {
    const untouched = delivery.tries === 0 && delivery.reason === undefined;
    result.push({ ...delivery, attempts: untouched ? [] : await view.queue.attempts(delivery.id) });
  }
  return result;
}

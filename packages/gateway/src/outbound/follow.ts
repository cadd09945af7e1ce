import type { Clock } from '@isched/runtime';
import { type Abortable, type EpochMs, epochMs } from '@isched/values';
import type { DeliveryEvent, EventPlace } from '../ports/decisions.ts';
import type { DeliveryAttempt, DeliveryId, QueuedDelivery } from '../ports/delivery.ts';
import type { SubmissionId } from '../ports/submission.ts';
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
  const answer = (view: StoreView) => followed(view, submission);
  return until({
    enough: async (view) => ((await isOpen(view, submission)) ? undefined : { answer: await answer(view) }),
    answer,
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
  const end = epochMs(deps.clock.now() + patience.waitMs);
  const answer = (view: StoreView) => followed(view, submission);
  return until({
    enough: async (view) => ((await isUnderWay(view, submission, end)) ? undefined : { answer: await answer(view) }),
    answer,
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
  const answer = (view: StoreView) => view.decisions.events(page);
  return until({
    async enough(view) {
      const events = await answer(view);
      return events === undefined || events.length > 0 ? { answer: events } : undefined;
    },
    answer,
    what: 'anything',
    patience,
    deps,
  });
}

interface Waiting<T> {
  /** A look that costs little; the answer where it need not be waited for any longer. */
  readonly enough: (view: StoreView) => Promise<{ readonly answer: T } | undefined>;
  /** What is answered when the time is over. */
  readonly answer: (view: StoreView) => Promise<T>;
  readonly what: SubmissionId | 'anything';
  readonly patience: Patience;
  readonly deps: FollowDeps;
}

async function until<T>(waiting: Waiting<T>): Promise<T> {
  const { enough, answer, what, patience, deps } = waiting;
  const { store, clock, notices } = deps;
  const { waitMs, signal } = patience;
  const end = epochMs(clock.now() + waitMs);
  for (;;) {
    using notice = notices.expect(what);
    if (notices.closed || clock.now() >= end) return store.read(answer, { signal });
    const found = await store.read(enough, { signal });
    if (found) return found.answer;
    await notice.come(Math.max(0, Math.min(lookAgainMs, end - clock.now())), signal);
  }
}

/** Says whether a delivery has not ended. @throws StoreUnavailable. */
async function isOpen(view: StoreView, submission: SubmissionId): Promise<boolean> {
  const states = ['waiting', 'leased', 'held'] as const;
  return (await view.queue.list({ submission, states }, { limit: 1 })).length > 0;
}

/** So many that wait are looked at in one go for one that is due; mostly the first of them is. */
const lookedAtOnce = 100;

/** Says whether something will happen to a delivery before a time. @throws StoreUnavailable. */
async function isUnderWay(view: StoreView, submission: SubmissionId, end: EpochMs): Promise<boolean> {
  const leased = await view.queue.list({ submission, states: ['leased'] }, { limit: 1 });
  if (leased.length > 0) return true;
  for (let after: DeliveryId | undefined; ; ) {
    const page = await view.queue.list({ submission, states: ['waiting'] }, { limit: lookedAtOnce, after });
    if (page.some(({ dueAt }) => dueAt < end)) return true;
    after = page.at(-1)?.id;
    if (page.length < lookedAtOnce) return false;
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

import { calAddressKey, type Component, formatCalendar, parseCalendar } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import type { Clock } from '@isched/runtime';
import { type Abortable, type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { DeliveryAttempt, QueuedDelivery, SubmissionId } from '../ports/delivery-queue.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Store, StoreTransaction, StoreView } from '../ports/store.ts';
import { checkOriginator, type Submission } from './ask.ts';
import { enqueue } from './enqueue.ts';
import type { Notices } from './notices.ts';
import { ownCopy } from './own-copy.ts';

export interface SubmitDeps {
  readonly store: Store;
  /** Questions don't wait in a queue. */
  readonly ask: (submission: Submission, options: Abortable) => Promise<readonly RecipientOutcome[]>;
  /** The domains whose users are served here. */
  readonly ownDomains: ReadonlySet<DomainName>;
  /** When an object takes its owner's time. */
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  /** How long a message is tried. Milliseconds. */
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly notices: Notices;
  /** Something was added to the queue. */
  readonly wake: () => void;
}

export interface SubmitOptions extends Abortable {
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for outcomes. Milliseconds; default 0. */
  readonly waitMs?: number | undefined;
}

/** A delivery and the requests made for it. */
export interface Followed extends QueuedDelivery {
  readonly attempts: readonly DeliveryAttempt[];
}

/** A question was answered; a message is on its way. */
export type Submitted =
  | { readonly kind: 'asked'; readonly outcomes: readonly RecipientOutcome[] }
  | {
      readonly kind: 'queued';
      readonly id: SubmissionId;
      readonly repeated: boolean;
      /** In the order of the recipients. */
      readonly deliveries: readonly Followed[];
    };

export type Submit = (submission: Submission, options?: SubmitOptions) => Promise<Submitted>;

/** The idempotency key stands for another message. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused';
  readonly code = 'idempotency-key-reused';
}

/** Other nodes' settlements ring no bell here. Milliseconds. */
const lookAgainMs = 500;

/**
 * Takes a message: the sender's own copy, the message and one delivery for each recipient are one transaction. A repeat under
 * the same idempotency key changes nothing and is answered with the first one's outcomes.
 *
 * @see DESIGN §2, "Out".
 */
export function createSubmit(deps: SubmitDeps): Submit {
  return async (submission, options = {}) => {
    checkOriginator(submission.originator, deps.ownDomains);
    const { signal, idempotencyKey, waitMs = 0 } = options;
    if (submission.itip.componentType === 'VFREEBUSY') {
      return { kind: 'asked', outcomes: await deps.ask(submission, { signal }) };
    }
    const until = epochMs(deps.clock.now() + waitMs);
    const added = await deps.store.transaction((tx) => take(tx, submission, { deps, idempotencyKey }), { signal });
    deps.wake();
    const deliveries = await follow(added.id, until, { deps, signal });
    return { kind: 'queued', id: added.id, repeated: added.repeated, deliveries };
  };
}

async function take(
  tx: StoreTransaction,
  submission: Submission,
  { deps, idempotencyKey }: { readonly deps: SubmitDeps; readonly idempotencyKey: string | undefined },
): Promise<{ readonly id: SubmissionId; readonly repeated: boolean }> {
  const { itip, originator } = submission;
  const now = deps.clock.now();
  const terms = { ownDomains: deps.ownDomains, lifetimeMs: deps.lifetimeMs, now, idempotencyKey };
  const owner = await tx.directory.findUser(calAddressKey(originator));
  if (owner) await tx.objects.hold([{ user: owner.id, uid: itip.uid }]); // objects before the queue: decision 0081
  const added = await enqueue(tx, submission, terms);
  if (added.repeated) {
    const first = await tx.queue.text(added.id);
    if (first !== undefined && first !== formatCalendar(itip.calendar)) {
      throw new IdempotencyKeyReused('the idempotency key was used for another message');
    }
    return added;
  }
  if (owner) await putOwnCopy(tx, { itip, owner, now }, deps);
  return added;
}

async function putOwnCopy(
  tx: StoreTransaction,
  { itip, owner, now }: { readonly itip: ItipMessage; readonly owner: CalendarUser; readonly now: EpochMs },
  deps: SubmitDeps,
): Promise<void> {
  const stored = await tx.objects.get(owner.id, itip.uid);
  const copy = ownCopy(itip, stored && parseCalendar(stored.text), owner.address);
  if (copy === undefined) return;
  const calendar = stored?.calendar ?? owner.defaultCalendar;
  await tx.objects.put(
    { user: owner.id, calendar, uid: itip.uid, text: formatCalendar(copy), changedAt: now },
    { busy: deps.busyTimes(copy, owner) },
  );
}

/** Waits until nothing more will happen before the time is over. */
async function follow(
  id: SubmissionId,
  until: EpochMs,
  { deps, signal }: { readonly deps: SubmitDeps; readonly signal: AbortSignal | undefined },
): Promise<readonly Followed[]> {
  for (;;) {
    using notice = deps.notices.expect(id);
    const deliveries = await deps.store.read((view) => followed(view, id), { signal });
    const now = deps.clock.now();
    const mayChange = deliveries.some(
      ({ state, dueAt }) => state === 'leased' || (state === 'waiting' && dueAt < until),
    );
    if (!mayChange || now >= until) return deliveries;
    await notice.come(Math.min(lookAgainMs, until - now), signal);
  }
}

/** Deliveries of one message, at most. */
const maxRecipients = 100_000;

/** What became of a submission until now. @throws StoreUnavailable. */
export async function followed(view: StoreView, submission: SubmissionId): Promise<readonly Followed[]> {
  const deliveries = await view.queue.list({ submission }, { limit: maxRecipients });
  const result: Followed[] = [];
  for (const delivery of deliveries) {
    result.push({ ...delivery, attempts: delivery.tries === 0 ? [] : await view.queue.attempts(delivery.id) });
  }
  return result;
}

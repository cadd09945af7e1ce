import { calAddressKey, type Component, formatCalendar, parseCalendar } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import type { Clock } from '@isched/runtime';
import type { Abortable, DomainName, EpochMs } from '@isched/values';
import { storedLimits } from '../policy/stored-limits.ts';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { SubmissionId } from '../ports/submission.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import { checkOriginator, type Submission } from './ask.ts';
import { enqueue } from './enqueue.ts';
import { type Followed, followWhileUnderWay } from './follow.ts';
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

/**
 * Takes a message: the sender's own copy, the message and one delivery for each recipient are one transaction. A repeat under
 * the same idempotency key changes nothing and is answered with the first one's outcomes; another message, or the same to others,
 * is refused under it.
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
    const added = await deps.store.transaction((tx) => take(tx, submission, { deps, idempotencyKey }), { signal });
    deps.wake();
    const deliveries = await followWhileUnderWay(added.id, { waitMs, signal }, deps);
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
  if (owner && !added.repeated) await putOwnCopy(tx, { itip, owner, now }, deps);
  return added;
}

async function putOwnCopy(
  tx: StoreTransaction,
  { itip, owner, now }: { readonly itip: ItipMessage; readonly owner: CalendarUser; readonly now: EpochMs },
  deps: SubmitDeps,
): Promise<void> {
  const stored = await tx.objects.get(owner.id, itip.uid);
  const copy = ownCopy(itip, stored && parseCalendar(stored.text, storedLimits), owner.address);
  if (copy === undefined) return;
  const calendar = stored?.calendar ?? owner.defaultCalendar;
  await tx.objects.put(
    { user: owner.id, calendar, uid: itip.uid, text: formatCalendar(copy), changedAt: now },
    { busy: deps.busyTimes(copy, owner) },
  );
}

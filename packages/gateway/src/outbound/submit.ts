import { type CalAddress, calAddressKey, type Component, formatCalendar, parseCalendar } from '@isched/icalendar';
import { type DeliveryResult, domainOfAddress, type RecipientOutcome, type Sender } from '@isched/ischedule';
import { formatRequestStatus, type ItipMessage } from '@isched/itip';
import type { Clock } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';
import type { ReasonCode } from '../decisions/catalogue.ts';
import type { BusyTimes } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { Store, StoreTransaction } from '../ports/store.ts';
import type { Addressing } from './addressing.ts';
import { ownCopy } from './own-copy.ts';

export interface SubmitDeps {
  readonly store: Store;
  readonly sender: Sender;
  /** Hands a message to users of this gateway: one result for each recipient, in order. */
  readonly deliverHere: (message: Submission, options: Abortable) => Promise<readonly DeliveryResult[]>;
  /** The domains whose users are served here. */
  readonly ownDomains: ReadonlySet<DomainName>;
  /** When an object takes its owner's time. */
  readonly busyTimes: (calendar: Component, owner: CalendarUser) => BusyTimes;
  readonly clock: Clock;
}

/** A message from somebody of this gateway. Whoever submits it has authenticated the originator. */
export interface Submission extends Addressing {
  readonly itip: ItipMessage;
}

export type Submit = (submission: Submission, options?: Abortable) => Promise<readonly RecipientOutcome[]>;

/** The originator is not one of ours: nobody may send in the name of a domain that is not served here. */
export class OriginatorNotOurs extends Error {
  override readonly name = 'OriginatorNotOurs';
  readonly code = 'originator-not-ours';
}

/**
 * Sends a message at once and waits for the outcomes: keeps the sender's own copy, hands it to recipients of this
 * gateway, and sends it to all others.
 *
 * @returns one outcome for each recipient, in order.
 */
export function createSubmit(deps: SubmitDeps): Submit {
  return async (submission, options = {}) => {
    const domain = domainOfAddress(submission.originator);
    if (domain === undefined || !deps.ownDomains.has(domain)) {
      throw new OriginatorNotOurs(`${submission.originator} belongs to no domain that is served here`);
    }
    await keepOwnCopy(submission, deps, options);
    const [here, elsewhere] = splitByDomain(submission.recipients, deps.ownDomains);
    const outcomes = await Promise.all([
      here.length > 0 ? deliverHere({ ...submission, recipients: here }, deps, options) : [],
      elsewhere.length > 0 ? deps.sender.send({ ...submission, recipients: elsewhere }, options) : [],
    ]);
    const inOrder = sortLike(submission.recipients, outcomes.flat());
    await recordOutcomes(submission, inOrder, deps);
    return inOrder;
  };
}

/** What stays in the house is answered in the words of what goes out. */
async function deliverHere(
  submission: Submission,
  deps: SubmitDeps,
  options: Abortable,
): Promise<readonly RecipientOutcome[]> {
  const results = await deps.deliverHere(submission, options);
  const isQuestion = submission.itip.componentType === 'VFREEBUSY';
  return submission.recipients.flatMap((recipient, index) => {
    const result = results[index];
    if (!result) return [];
    const { requestStatus, description, replies } = result;
    const answer = isQuestion ? replies[0]?.calendar : undefined;
    return {
      recipient,
      attempts: [],
      status: 'answered',
      requestStatus,
      description,
      calendarData: answer && formatCalendar(answer),
    } as const;
  });
}

function splitByDomain(
  recipients: readonly CalAddress[],
  ours: ReadonlySet<DomainName>,
): readonly [readonly CalAddress[], readonly CalAddress[]] {
  const isHere = (recipient: CalAddress): boolean => {
    const domain = domainOfAddress(recipient);
    return domain !== undefined && ours.has(domain);
  };
  return [recipients.filter(isHere), recipients.filter((recipient) => !isHere(recipient))];
}

function sortLike(
  recipients: readonly CalAddress[],
  outcomes: readonly RecipientOutcome[],
): readonly RecipientOutcome[] {
  const byKey = new Map(outcomes.map((outcome) => [calAddressKey(outcome.recipient), outcome]));
  return recipients.flatMap((recipient) => byKey.get(calAddressKey(recipient)) ?? []);
}

async function keepOwnCopy({ itip, originator }: Submission, deps: SubmitDeps, options: Abortable): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const owner = await tx.directory.findUser(calAddressKey(originator));
    if (owner) await putOwnCopy(tx, { itip, owner }, deps);
  }, options);
}

async function putOwnCopy(
  tx: StoreTransaction,
  { itip, owner }: { readonly itip: ItipMessage; readonly owner: CalendarUser },
  deps: SubmitDeps,
): Promise<void> {
  const stored = await tx.objects.get(owner.id, itip.uid);
  const copy = ownCopy(itip, stored && parseCalendar(stored.text), owner.address);
  if (copy === undefined) return;
  await tx.objects.put(
    {
      user: owner.id,
      calendar: stored?.calendar ?? owner.defaultCalendar,
      uid: itip.uid,
      text: formatCalendar(copy),
      changedAt: deps.clock.now(),
    },
    { busy: deps.busyTimes(copy, owner) },
  );
}

function sentReason({ status }: RecipientOutcome): ReasonCode {
  return `sent-${status}`;
}

/** A line of the meeting's time-line for each recipient. */
async function recordOutcomes(
  { itip, originator }: Submission,
  outcomes: readonly RecipientOutcome[],
  deps: SubmitDeps,
): Promise<void> {
  if (itip.componentType === 'VFREEBUSY') return; // a question, no meeting
  const at = deps.clock.now();
  await deps.store.transaction(async (tx) => {
    for (const outcome of outcomes) {
      await tx.decisions.add({
        at,
        direction: 'outbound',
        reason: sentReason(outcome),
        originator: calAddressKey(originator),
        recipient: calAddressKey(outcome.recipient),
        method: itip.method,
        uid: itip.uid,
        requestStatus:
          'requestStatus' in outcome && outcome.requestStatus ? formatRequestStatus(outcome.requestStatus) : undefined,
      });
    }
  });
}

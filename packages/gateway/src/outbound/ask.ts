import { type CalAddress, calAddressKey, formatCalendar } from '@isched/icalendar';
import { type DeliveryResult, domainOfAddress, type RecipientOutcome, type Sender } from '@isched/ischedule';
import type { ItipMessage } from '@isched/itip';
import type { Abortable, DomainName } from '@isched/values';
import type { Addressing } from './addressing.ts';

export interface AskDeps {
  readonly sender: Sender;
  /** Hands a message to users of this gateway: one result for each recipient, in order. */
  readonly deliverHere: (message: Submission, options: Abortable) => Promise<readonly DeliveryResult[]>;
  /** The domains whose users are served here. */
  readonly ownDomains: ReadonlySet<DomainName>;
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
 * Asks at once and waits for the outcomes, for a person waits: users of this gateway, and all others.
 *
 * @returns one outcome for each recipient, in order.
 */
export function createAsk(deps: AskDeps): Submit {
  return async (submission, options = {}) => {
    checkOriginator(submission.originator, deps.ownDomains);
    const [here, elsewhere] = splitByDomain(submission.recipients, deps.ownDomains);
    const outcomes = await Promise.all([
      here.length > 0 ? deliverHere({ ...submission, recipients: here }, deps, options) : [],
      elsewhere.length > 0 ? deps.sender.send({ ...submission, recipients: elsewhere }, options) : [],
    ]);
    return sortLike(submission.recipients, outcomes.flat());
  };
}

/** @throws OriginatorNotOurs. */
export function checkOriginator(originator: CalAddress, ownDomains: ReadonlySet<DomainName>): void {
  const domain = domainOfAddress(originator);
  if (domain !== undefined && ownDomains.has(domain)) return;
  throw new OriginatorNotOurs(`${originator} belongs to no domain that is served here`);
}

/** What stays in the house is answered in the words of what goes out. */
async function deliverHere(
  submission: Submission,
  deps: AskDeps,
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

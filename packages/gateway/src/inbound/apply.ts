import { type CalAddress, type Component, formatCalendar, subcomponents } from '@isched/icalendar';
import type { DeliveryResult } from '@isched/ischedule';
import { type ItipPolicy, judge, merge, requestStatus } from '@isched/itip';
import type { EpochMs } from '@isched/values';
import type { ReasonCode } from '../decisions/catalogue.ts';
import type { StoredObject } from '../ports/calendar-objects.ts';
import type { CalendarUser } from '../ports/directory.ts';
import type { StoreTransaction } from '../ports/store.ts';
import { answerForResource, openDiary, reasonOf, statusOf } from './answer-for-resource.ts';
import type { BusyTimesOf } from './busy-times.ts';
import type { InboundMessage, InboundRecipient } from './inbound-message.ts';
import type { AddressedReply } from './address-reply.ts';
import { type Answered, shareAnswer, type ShareAnswers, type SharedAnswer } from './share-answer.ts';
import { readStoredText } from './stored-text.ts';

/** A message on its way into one user's calendar. */
export interface Application {
  readonly message: InboundMessage;
  readonly recipient: InboundRecipient;
  readonly user: CalendarUser;
  readonly now: EpochMs;
}

export interface ApplyOptions {
  readonly policy?: Partial<ItipPolicy> | undefined;
  readonly busyTimesOf: BusyTimesOf;
  /** Objects of a resource that may be worked out before it answers. */
  readonly maxExpandedObjects: number;
  /** Absent: answers stay between attendee and organizer. */
  readonly shareAnswers?: ShareAnswers | undefined;
}

/** What became of it, with a reason of the catalogue. */
export type Applied = Omit<DeliveryResult, 'reason'> & {
  readonly reason: ReasonCode;
  readonly detail?: string | undefined;
  /** What others are told of it. */
  readonly notices?: readonly AddressedReply[] | undefined;
};

/**
 * Does to a user's calendar what a message asks: load by UID, judge, merge, put if unchanged. A resource answers at once.
 *
 * @throws StaleRevision when somebody else changed the object meanwhile: run the work again.
 * @see DESIGN §2.
 */
export async function apply(tx: StoreTransaction, application: Application, options: ApplyOptions): Promise<Applied> {
  const { message, recipient, user, now } = application;
  const diary = await openDiary(tx, application, options.maxExpandedObjects);
  const stored = await tx.objects.get(user.id, message.itip.uid);
  const calendar = stored && readStoredText(stored.text);
  if (stored && !calendar) {
    return { requestStatus: requestStatus('5.0'), reason: 'stored-object-unreadable', replies: [] };
  }
  const judgement = judge(message.itip, calendar, {
    user: recipient.address,
    aliases: user.addressKeys as readonly CalAddress[],
    sender: message.originator,
    now,
    policy: options.policy,
  });
  const { reason, replies } = judgement;
  if (judgement.status !== 'merge') {
    const detail = judgement.status === 'refused' ? judgement.detail : undefined;
    return { requestStatus: judgement.requestStatus, reason, replies, detail };
  }
  const merged = merge(judgement, calendar);
  const answered = diary && merged && answerForResource(diary, { before: calendar, merged }, application);
  const shared = calendar && merged && sharedBy({ before: calendar, merged }, application, options);
  const kept = answered?.stored ?? shared?.stored ?? merged;
  const text = kept && formatCalendar(kept);
  if (kept && text !== undefined && isTooLarge(kept, text, stored)) {
    return { requestStatus: requestStatus('3.10'), reason: 'object-too-large', replies: [] };
  }
  await keep(tx, { ...application, stored, merged: kept && { calendar: kept, text: text ?? '' } }, options);
  if (!answered) return { requestStatus: judgement.requestStatus, reason, replies, notices: shared?.notices };
  return {
    requestStatus: statusOf(answered) ?? judgement.requestStatus,
    reason: reasonOf(answered),
    replies: [...replies, answered.message],
    detail: reason,
  };
}

function sharedBy(answered: Answered, application: Application, options: ApplyOptions): SharedAnswer | undefined {
  const { shareAnswers, policy } = options;
  if (!shareAnswers || application.message.itip.method !== 'REPLY') return undefined;
  return shareAnswer(answered, application, { ...shareAnswers, policy });
}

interface Keeping extends Application {
  readonly stored: StoredObject | undefined;
  readonly merged: { readonly calendar: Component; readonly text: string } | undefined;
}

async function keep(
  tx: StoreTransaction,
  { message, user, now, stored, merged }: Keeping,
  options: ApplyOptions,
): Promise<void> {
  const { uid } = message.itip;
  if (!merged) {
    await tx.objects.remove(user.id, uid);
    return;
  }
  const calendar = stored?.calendar ?? user.defaultCalendar;
  await tx.objects.put(
    { user: user.id, calendar, uid, text: merged.text, changedAt: now },
    { busy: options.busyTimesOf(merged.calendar, user), ifUnchanged: { revision: stored?.revision } },
  );
}

/**
 * An object grows with what is merged into it: it may be larger than any message, but not so large that each message about
 * it keeps everybody waiting. One that is too large already, by an older rule, may shrink.
 */
const maxMerged = { octets: 4_194_304, components: 2_500 };

function isTooLarge(merged: Component, text: string, stored: StoredObject | undefined): boolean {
  const large = text.length > maxMerged.octets || subcomponents(merged).length > maxMerged.components;
  return large && text.length > (stored?.text.length ?? 0);
}

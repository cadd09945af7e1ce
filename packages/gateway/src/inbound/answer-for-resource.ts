import { type CalAddress, type Component, ianaZone } from '@isched/icalendar';
import {
  type AnswerCause,
  type AutoScheduled,
  autoSchedule,
  bookingRange,
  type ItipMessage,
  type ItipMethod,
  type RequestStatus,
  requestStatus,
} from '@isched/itip';
import type { EpochMs, TimeRange } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { BusyPeriod } from '../ports/calendar-objects.ts';
import type { CalendarUser, Resource } from '../ports/directory.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { Application } from './apply.ts';
import { takenTime } from './taken-time.ts';

const asking: ReadonlySet<ItipMethod> = new Set(['REQUEST', 'ADD']);
const heedless: ReadonlySet<Resource['autoSchedule']> = new Set(['accept-always', 'decline-always']);
/** Who says no to what can't be booked yet. */
const declining: ReadonlySet<Resource['autoSchedule']> = new Set(['automatic', 'decline-if-busy']);

/** What a resource has to know before it answers. */
export interface Diary {
  readonly resource: Resource;
  /** When it is taken by anything but what is asked for. */
  readonly busy: readonly BusyPeriod[];
}

/** Whether a user looks at all that is in the calendar before answering. @throws nothing. */
export function looksAtTime({ resource }: CalendarUser, itip: ItipMessage): boolean {
  return resource !== undefined && isAsked(itip) && !heedless.has(resource.autoSchedule);
}

function isAsked({ componentType, method }: ItipMessage): boolean {
  return componentType === 'VEVENT' && asking.has(method);
}

/**
 * Looks at a resource's time, before anything else is read: a store with several writers lets nobody else at it from then
 * on, so that who comes first is served first.
 *
 * @returns undefined where a person answers, or nothing is asked.
 * @throws StoreUnavailable.
 */
export async function openDiary(
  tx: StoreTransaction,
  { message: { itip }, user, now }: Application,
  maxExpandedObjects: number,
): Promise<Diary | undefined> {
  const { resource } = user;
  if (!resource || !isAsked(itip)) return undefined;
  if (!looksAtTime(user, itip)) return { resource, busy: [] };
  const range = bookingRange({ now, horizonDays: resource.bookingDays });
  const { periods } = await takenTime(tx.objects, user, { range, left: maxExpandedObjects, except: itip.uid });
  return { resource, busy: periods };
}

/** From when on nobody can have a resource, in what is asked about; people can be had. @throws nothing. @see RFC 7953. */
export function notBookable({ resource }: CalendarUser, range: TimeRange, now: EpochMs): readonly BusyPeriod[] {
  if (!resource || !declining.has(resource.autoSchedule)) return [];
  const { end } = bookingRange({ now, horizonDays: resource.bookingDays });
  return end < range.end ? [{ start: end, end: range.end, type: 'BUSY-UNAVAILABLE' }] : [];
}

/** The object that a resource answers for, before and after the message was merged into it. */
export interface Asked {
  readonly before: Component | undefined;
  readonly merged: Component;
}

/** The resource's answer; undefined: it has none, or leaves it to a person. @throws nothing. */
export function answerForResource(
  { resource, busy }: Diary,
  { before, merged }: Asked,
  { recipient, user, now }: Application,
): AutoScheduled | undefined {
  return autoSchedule(merged, {
    user: recipient.address,
    aliases: user.addressKeys as readonly CalAddress[],
    mode: resource.autoSchedule,
    busy,
    now,
    before,
    horizonDays: resource.bookingDays,
    defaultZone: ianaZone(user.timeZone),
  });
}

/** Why a resource declined all that was asked; absent: it did not. */
function refusalOf({ answers }: AutoScheduled): AnswerCause | undefined {
  return answers.every(({ participationStatus }) => participationStatus === 'DECLINED')
    ? answers[0]?.because
    : undefined;
}

/** How a no is written down, and what the sender is told at once; no status: it says no to everybody. @see iSchedule digest §5. */
const refusals: Readonly<Record<AnswerCause, { readonly reason: OwnReasonCode; readonly status?: '4.0' | '3.6' }>> = {
  always: { reason: 'resource-declined' },
  free: { reason: 'resource-declined' },
  taken: { reason: 'resource-declined', status: '4.0' },
  'beyond-horizon': { reason: 'resource-not-bookable-yet', status: '4.0' },
  'too-complex': { reason: 'resource-rule-too-complex', status: '3.6' },
};

/** How the answer is written down. @throws nothing. */
export function reasonOf(answered: AutoScheduled): OwnReasonCode {
  const refusal = refusalOf(answered);
  if (refusal !== undefined) return refusals[refusal].reason;
  const accepted = answered.answers.every(({ participationStatus }) => participationStatus === 'ACCEPTED');
  return accepted ? 'resource-accepted' : 'resource-answered';
}

/** A resource that can't be had says so at once. @throws nothing. */
export function statusOf(answered: AutoScheduled): RequestStatus | undefined {
  const refusal = refusalOf(answered);
  const code = refusal && refusals[refusal].status;
  return code && requestStatus(code);
}

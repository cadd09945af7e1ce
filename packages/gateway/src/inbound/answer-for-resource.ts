import { type CalAddress, type Component, ianaZone } from '@isched/icalendar';
import {
  type AutoScheduled,
  autoSchedule,
  bookingRange,
  type ItipMessage,
  type ItipMethod,
  type RequestStatus,
  requestStatus,
} from '@isched/itip';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { BusyPeriod } from '../ports/calendar-objects.ts';
import type { CalendarUser, Resource } from '../ports/directory.ts';
import type { StoreTransaction } from '../ports/store.ts';
import type { Application } from './apply.ts';
import { takenTime } from './taken-time.ts';

const asking: ReadonlySet<ItipMethod> = new Set(['REQUEST', 'ADD']);
const heedless: ReadonlySet<Resource['autoSchedule']> = new Set(['accept-always', 'decline-always']);

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

/** How the answer is written down. @throws nothing. */
export function reasonOf({ answers }: AutoScheduled): OwnReasonCode {
  const said = new Set(answers.map(({ participationStatus }) => participationStatus));
  if (said.size > 1) return 'resource-answered';
  return said.has('ACCEPTED') ? 'resource-accepted' : 'resource-declined';
}

/** A resource that is taken says so at once. @throws nothing. @see iSchedule digest §5: 4.0. */
export function statusOf({ resource }: Diary, answered: AutoScheduled): RequestStatus | undefined {
  const isTaken = reasonOf(answered) === 'resource-declined' && !heedless.has(resource.autoSchedule);
  return isTaken ? requestStatus('4.0') : undefined;
}

import { ICalendarError } from '@isched/icalendar';
import type { DeliveryResult } from '@isched/ischedule';
import { freeBusyRange, freeBusyReply, ItipError, mergeBusy, requestStatus } from '@isched/itip';
import type { Clock } from '@isched/runtime';
import type { Abortable, EpochMs, TimeRange } from '@isched/values';
import type { ReasonCode } from '../decisions/catalogue.ts';
import type { InboundLimits } from '../policy/inbound-limits.ts';
import type { Store, StoreView } from '../ports/store.ts';
import type { InboundMessage, InboundRecipient } from './inbound-message.ts';
import { notBookable } from './answer-for-resource.ts';
import { takenTime } from './taken-time.ts';

export interface FreeBusyDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: InboundLimits;
}

/**
 * Answers a VFREEBUSY REQUEST for each recipient out of what is stored. Real time, never claimed: a repeat is asked anew.
 *
 * @returns one result for each recipient, in order.
 * @throws StoreUnavailable
 * @see iSchedule digest §6.
 */
export async function answerFreeBusy(
  message: InboundMessage,
  deps: FreeBusyDeps,
  options: Abortable,
): Promise<readonly DeliveryResult[]> {
  const range = readRange(message, deps.limits);
  if ('requestStatus' in range) return message.recipients.map(() => range);
  return deps.store.read(async (view) => {
    const search: Search = { view, message, range, now: deps.clock.now(), left: deps.limits.maxExpandedObjects };
    const results: DeliveryResult[] = [];
    for (const recipient of message.recipients) results.push(await answerOne(recipient, search));
    return results;
  }, options);
}

/** A search through the calendars of several users, who share what work it may be. */
interface Search {
  readonly view: StoreView;
  readonly message: InboundMessage;
  readonly range: TimeRange;
  readonly now: EpochMs;
  /** Objects that may still be worked out on demand. */
  left: number;
}

function readRange({ itip }: InboundMessage, limits: InboundLimits): TimeRange | DeliveryResult {
  try {
    const range = freeBusyRange(itip);
    const isTooLong = range.end - range.start > limits.maxFreeBusyRangeMs;
    return isTooLong ? without('free-busy-range-too-long', '3.1', 'DTEND') : range;
  } catch (error) {
    if (!(error instanceof ItipError || error instanceof ICalendarError)) throw error;
    return without('time-invalid', '3.5', undefined);
  }
}

async function answerOne(recipient: InboundRecipient, search: Search): Promise<DeliveryResult> {
  const user = await search.view.directory.findUser(recipient.key);
  if (!user) return without('unknown-user', '3.7', undefined);
  const { periods: taken, expanded } = await takenTime(search.view.objects, user, search);
  search.left -= expanded;
  const periods = mergeBusy([...taken, ...notBookable(user, search.range, search.now)], search.range);
  const reason: ReasonCode = 'free-busy-answered';
  const reply = freeBusyReply(search.message.itip, { user: recipient.address, periods, now: search.now });
  return { requestStatus: requestStatus('2.0'), reason, replies: [reply] };
}

function without(reason: ReasonCode, code: '3.1' | '3.5' | '3.7', data: string | undefined): DeliveryResult {
  return { requestStatus: requestStatus(code, data), reason, replies: [] };
}

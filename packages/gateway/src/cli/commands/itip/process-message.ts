import { type CalAddress, type Component, formatCalendar, ICalendarError } from '@isched/icalendar';
import {
  busyPeriods,
  explainReason,
  freeBusyRange,
  freeBusyReply,
  ItipError,
  type ItipMessage,
  judge,
  merge,
} from '@isched/itip';
import type { EpochMs, Octets } from '@isched/values';
import { catalogue } from '../../../decisions/catalogue.ts';
import { joinObject, readCalendars } from './calendar-input.ts';
import { type FindingJson, findingsOf } from './findings.ts';
import { readMessage, reading, type Unreadable } from './message-input.ts';

export interface Processing {
  readonly user: CalAddress;
  /** Absent: whether the sender may say this is not looked at. */
  readonly sender: CalAddress | undefined;
  readonly now: EpochMs;
  readonly message: Octets;
  /** Absent: nothing is stored. */
  readonly stored: Octets | undefined;
}

/** What became of a message. */
export interface Processed {
  readonly status: 'applied' | 'ignored' | 'refused';
  /** A code of the catalogue; of what can't be read, why. */
  readonly reason: string;
  /** The sentence that goes with it. */
  readonly explanation: string;
  /** What is to be stored from now on; null: nothing. */
  readonly stored: string | null;
  readonly replies: readonly string[];
  readonly findings: readonly FindingJson[];
}

/**
 * Text in, text out: reads a message and what is stored, judges, merges.
 *
 * @throws nothing that the texts could cause.
 */
export function processMessage(processing: Processing): Processed {
  const message = readMessage(processing.message);
  const stored = reading(() => (processing.stored === undefined ? [] : readCalendars(processing.stored)));
  if ('unreadable' in stored) {
    const text = Buffer.from(processing.stored ?? []).toString('utf8');
    const explanation = `${catalogue['stored-object-unreadable'].text} ${stored.unreadable.detail}`;
    return { ...refused({ reason: 'stored-object-unreadable', detail: explanation }), stored: text };
  }
  if ('unreadable' in message) return { ...refused(message.unreadable), stored: textOf(joinObject(stored.value)) };
  const { method, componentType } = message.value;
  return componentType === 'VFREEBUSY' && method === 'REQUEST'
    ? answerSearch(message.value, stored.value, processing)
    : applyMessage(message.value, joinObject(stored.value, message.value.uid), processing);
}

function applyMessage(message: ItipMessage, stored: Component | undefined, processing: Processing): Processed {
  const judgement = judge(message, stored, processing);
  const kept = judgement.status === 'merge' ? merge(judgement, stored) : stored;
  const detail = judgement.status === 'refused' && judgement.detail !== undefined ? ` (${judgement.detail})` : '';
  return {
    status: judgement.status === 'merge' ? 'applied' : judgement.status,
    reason: judgement.reason,
    explanation: `${explainReason(judgement.reason)}${detail}`,
    stored: textOf(kept),
    replies: judgement.replies.map(({ calendar }) => formatCalendar(calendar)),
    findings: findingsOf(message),
  };
}

/** A search for free time is answered out of all that is stored, which stays as it is. */
function answerSearch(message: ItipMessage, calendars: readonly Component[], { user, now }: Processing): Processed {
  const common = { stored: textOf(joinObject(calendars)), findings: findingsOf(message) };
  try {
    const periods = busyPeriods(calendars, freeBusyRange(message), { user });
    const reply = formatCalendar(freeBusyReply(message, { user, periods, now }).calendar);
    const reason = 'free-busy-answered';
    return { ...common, status: 'applied', reason, explanation: catalogue[reason].text, replies: [reply] };
  } catch (error) {
    if (!(error instanceof ItipError || error instanceof ICalendarError)) throw error;
    return { ...refused({ reason: error.code, detail: error.message }), ...common };
  }
}

function refused({ reason, detail }: Unreadable): Processed {
  return { status: 'refused', reason, explanation: detail, stored: null, replies: [], findings: [] };
}

function textOf(calendar: Component | undefined): string | null {
  return calendar ? formatCalendar(calendar) : null;
}

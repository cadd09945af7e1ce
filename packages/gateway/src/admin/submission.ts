import { type CalAddress, ICalendarError, parseCalAddress, parseCalendar } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { formatRequestStatus, ItipError, readItipMessage } from '@isched/itip';
import type { Octets } from '@isched/values';
import { z } from 'zod';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import { AddressingError, addressingOf } from '../outbound/addressing.ts';
import type { Submission } from '../outbound/ask.ts';
import type { Followed } from '../outbound/follow.ts';
import type { DeliveryState } from '../ports/delivery.ts';
import { parsedJson, valid } from './parameters.ts';
import { Problem } from './problem.ts';

/** The content of `POST /api/v1/messages`. */
const submissionSchema = z.strictObject({
  /** iCalendar with METHOD. */
  message: z.string().refine((text) => text !== '', { error: 'the message is empty' }),
  originator: z.string().optional(),
  recipients: z.array(z.string()).max(10_000).optional(),
  /** Seconds to wait for outcomes. */
  wait: z.number().min(0).max(600).optional(),
});

/**
 * Reads what somebody of this organisation wants to be sent.
 *
 * @throws Problem that says what is wrong with it.
 */
export function readSubmission(content: Octets): Submission & { readonly waitMs: number } {
  const {
    message,
    originator,
    recipients,
    wait = 0,
  } = valid(submissionSchema, parsedJson(content), 'invalid-submission');
  try {
    const itip = readItipMessage(parseCalendar(message));
    const given = {
      ...(originator !== undefined && { originator: parseCalAddress(originator) }),
      ...(recipients !== undefined && { recipients: recipients.map((text): CalAddress => parseCalAddress(text)) }),
    };
    return { itip, ...addressingOf(itip, given), waitMs: wait * 1000 };
  } catch (error) {
    if (error instanceof ICalendarError || error instanceof ItipError || error instanceof AddressingError) {
      throw new Problem('invalid-message', `${error.code}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** One outcome as programs read it. */
export interface OutcomeJson {
  readonly recipient: string;
  /** `pending`: nothing was tried yet; `given-up`: tried as long as it is worth while. */
  readonly status: RecipientOutcome['status'] | 'pending' | 'given-up' | 'mailed' | 'superseded' | 'dropped' | 'held';
  /** How it stands in the queue, where it went through one. */
  readonly state?: DeliveryState | undefined;
  readonly delivery?: string | undefined;
  /** Why it stands so: a code of the catalogue. */
  readonly reason?: string | undefined;
  /** When it is tried again. */
  readonly dueAt?: number | undefined;
  readonly requestStatus?: string | undefined;
  readonly calendarData?: string | undefined;
  readonly httpStatus?: number | undefined;
  readonly fault?: string | undefined;
  readonly description?: string | undefined;
  readonly cause?: string | undefined;
  readonly attempts: readonly AttemptJson[];
}

/** One request to one receiver. */
export interface AttemptJson {
  readonly url: string;
  /** Missing where there was no answer. */
  readonly status?: number | undefined;
  readonly ms: number;
  readonly cause?: string | undefined;
}

/** An outcome without what only a program in the same process understands. @throws nothing. */
export function outcomeAsJson(outcome: RecipientOutcome): OutcomeJson {
  const { requestStatus, cause, ...rest } = outcome as RecipientOutcome & {
    requestStatus?: Parameters<typeof formatRequestStatus>[0];
    cause?: unknown;
  };
  return {
    ...rest,
    attempts: outcome.attempts.map(({ cause: why, ...attempt }) => ({
      ...attempt,
      ...(why !== undefined && { cause: describe(why) }),
    })),
    ...(requestStatus && { requestStatus: formatRequestStatus(requestStatus) }),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
}

/** One delivery of the queue in the same words. @throws nothing. */
export function deliveryAsJson(delivery: Followed): OutcomeJson {
  const { id, recipient, state, reason, requestStatus, detail, dueAt, attempts } = delivery;
  const status = statusOf(delivery);
  return {
    recipient,
    status,
    state,
    delivery: id,
    reason,
    requestStatus,
    ...(status === 'retry' || status === 'given-up' ? { cause: detail } : { description: detail }),
    ...(state === 'waiting' && { dueAt }),
    attempts: attempts.map(({ url, status: answered, ms, cause }) => ({ url, status: answered, ms, cause })),
  };
}

/** It waits, and something was tried. */
const retryReasons: ReadonlySet<string> = new Set<OwnReasonCode>(['sent-retry', 'mail-retry', 'work-failed']);

function statusOf({ state, reason }: Followed): OutcomeJson['status'] {
  switch (state) {
    case 'waiting':
    case 'leased':
      return reason !== undefined && retryReasons.has(reason) ? 'retry' : 'pending';
    case 'delivered':
      return 'answered';
    case 'refused':
      return reason === 'sent-answered' ? 'answered' : 'failed';
    case 'dead':
      if (reason === 'sent-not-offered') return 'not-offered';
      return reason === 'mail-refused' || reason === 'message-gone' ? 'failed' : 'given-up';
    case 'held':
    case 'mailed':
    case 'superseded':
    case 'dropped':
      return state;
    default:
      return state satisfies never;
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

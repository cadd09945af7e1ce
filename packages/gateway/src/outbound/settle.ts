import { type RecipientOutcome, meaningOf } from '@isched/ischedule';
import { formatRequestStatus } from '@isched/itip';
import type { Random } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { DeliveryAttempt } from '../ports/delivery.ts';
import type { LeasedDelivery, SettledState, Settlement } from '../ports/delivery-queue.ts';
import { canFallBack, type FallbackPolicy, type Fallible, fallbackCauseOf, handedOn } from './fallback.ts';
import { nextAttemptAt, type RetryPolicy } from './retry-policy.ts';
import { describeCause, detailFrom, inOneLine } from '../words/one-line.ts';

/** What there is to know about a delivery besides its outcome. */
export interface SettleContext {
  readonly delivery: LeasedDelivery;
  readonly expiresAt: EpochMs;
  readonly now: EpochMs;
  readonly policy: RetryPolicy;
  readonly random: Random;
  /** Another way, where there is one; and what the message is. */
  readonly fallback?: { readonly policy: FallbackPolicy; readonly message: Omit<Fallible, 'recipient'> } | undefined;
}

/**
 * What an outcome makes of a delivery: done, due again, dead, or over to the fallback.
 *
 * @throws nothing.
 * @see iSchedule digest §5; DESIGN §2, "Out".
 */
export function settlementOf(outcome: RecipientOutcome, context: SettleContext): Settlement {
  const settlement = settlementBySchedule(outcome, context);
  const { fallback, delivery, expiresAt, now } = context;
  if (!fallback || !canFallBack({ ...fallback.message, recipient: delivery.recipient.address }, fallback.policy)) {
    return settlement;
  }
  const cause = fallbackCauseOf({ outcome, settlement, expiresAt, now }, fallback.policy);
  if (cause === undefined) return settlement;
  return handedOn(settlement, { cause, now, policy: fallback.policy });
}

function settlementBySchedule(outcome: RecipientOutcome, context: SettleContext): Settlement {
  const told = {
    delivery: context.delivery.id,
    requestStatus: requestStatusOf(outcome),
    detail: detailOf(outcome),
    attempts: attemptsOf(outcome, context.now),
  };
  const meaning = meaningOf(outcome);
  switch (meaning) {
    case 'done':
    case 'done-unknown':
    case 'done-with-remark':
    case 'pending':
      return { ...told, state: 'delivered', reason: 'sent-answered' satisfies OwnReasonCode };
    case 'final': {
      const reason: OwnReasonCode = outcome.status === 'answered' ? 'sent-answered' : 'sent-failed';
      return { ...told, state: 'refused', reason };
    }
    case 'not-offered':
      return { ...told, state: 'dead', reason: 'sent-not-offered' satisfies OwnReasonCode };
    case 'retry':
    case 'few-tries': {
      const dueAt = dueAgainAt(outcome, meaning === 'retry' ? 'usual' : 'few', context);
      return dueAt === undefined
        ? { ...told, state: 'dead', reason: 'sent-given-up' satisfies OwnReasonCode }
        : { ...told, state: 'waiting', dueAt, reason: 'sent-retry' satisfies OwnReasonCode };
    }
    default:
      return meaning satisfies never;
  }
}

function dueAgainAt(
  outcome: RecipientOutcome,
  hope: 'usual' | 'few',
  { delivery, expiresAt, now, policy, random }: SettleContext,
): EpochMs | undefined {
  const afterMs = outcome.status === 'retry' ? outcome.afterMs : undefined;
  return nextAttemptAt(policy, { tries: delivery.tries + 1, hope, afterMs, now, expiresAt }, random);
}

/** What the sender's calendar says of it; none while it is being tried. @throws nothing. @see RFC 6638 §3.2.9. */
export function scheduleStatusOf({
  reason,
  requestStatus,
  ...settled
}: Pick<Settlement, 'reason' | 'requestStatus'> &
  ({ readonly state: SettledState } | { readonly state: 'waiting'; readonly fallBackUntil?: EpochMs | undefined })):
  | string
  | undefined {
  switch (settled.state) {
    case 'delivered':
      return requestStatus?.split(';', 1)[0] ?? '1.2';
    case 'refused':
      return requestStatus?.split(';', 1)[0] ?? '5.2';
    case 'mailed':
      return '1.1';
    case 'dead':
      return reason === 'sent-not-offered' || reason === 'mail-refused' ? '5.2' : '5.1';
    case 'waiting':
      return settled.fallBackUntil === undefined ? undefined : '1.0';
    default:
      return settled satisfies never;
  }
}

function requestStatusOf(outcome: RecipientOutcome): string | undefined {
  return 'requestStatus' in outcome && outcome.requestStatus
    ? inOneLine(formatRequestStatus(outcome.requestStatus))
    : undefined;
}

function detailOf(outcome: RecipientOutcome): string | undefined {
  const said = wordsOf(outcome).filter((part) => part !== undefined);
  return said.length === 0 ? undefined : detailFrom(said.join(', '));
}

function wordsOf(outcome: RecipientOutcome): readonly (string | undefined)[] {
  switch (outcome.status) {
    case 'answered':
      return [outcome.description];
    case 'failed':
      return [outcome.fault, outcome.httpStatus?.toString(), outcome.description];
    case 'retry':
      return [outcome.httpStatus?.toString(), describeCause(outcome.cause)];
    case 'not-offered':
      return [];
    default:
      return outcome satisfies never;
  }
}

function attemptsOf({ attempts }: RecipientOutcome, now: EpochMs): readonly DeliveryAttempt[] {
  return attempts.map(({ url, status, ms, cause }) => ({
    at: now,
    url,
    ms: Math.round(ms),
    ...(status !== undefined && { status }),
    ...(cause !== undefined && { cause: describeCause(cause) }),
  }));
}

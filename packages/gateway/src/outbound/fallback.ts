import { parseCalAddress } from '@isched/icalendar';
import { domainOfAddress, type RecipientOutcome } from '@isched/ischedule';
import type { ItipMethod } from '@isched/itip';
import type { Random } from '@isched/runtime';
import { type DomainName, type EpochMs, epochMs } from '@isched/values';
import type { OwnReasonCode } from '../decisions/catalogue.ts';
import type { LeasedDelivery, Settlement } from '../ports/delivery-queue.ts';
import { laneFallback, laneHere, type Lane } from '../ports/lane.ts';
import type { FallbackOutcome } from '../ports/fallback.ts';
import { nextAttemptAt, type RetryPolicy } from './retry-policy.ts';
import { describeCause, detailFrom } from '../words/one-line.ts';

/** When a message goes another way than iSchedule. */
export interface FallbackPolicy {
  /** What has less of its time left is handed over: iSchedule took too long. Milliseconds. */
  readonly reserveMs: number;
  /** How long the other way is tried at least. Milliseconds. */
  readonly lifetimeMs: number;
  /** Between whom messages may go that way. */
  readonly mayFallBack: (domains: { readonly from: DomainName; readonly to: DomainName }) => boolean;
}

/** Why a message goes another way. */
export type FallbackCause = 'not-offered' | 'refused' | 'too-long';

/** The reason that the time-line tells. */
export const fallbackReasons = {
  'not-offered': 'fallback-not-offered',
  refused: 'fallback-refused',
  'too-long': 'fallback-too-long',
} as const satisfies Readonly<Record<FallbackCause, OwnReasonCode>>;

/** What a message is, from whom and to whom, as the queue has it. */
export interface Fallible {
  readonly method: string;
  readonly originator: string;
  readonly recipient: string;
}

/** A message that a person can do something with when it comes by mail; a REFRESH is answered by programs. */
const forPeople: Readonly<Record<ItipMethod, boolean>> = {
  REQUEST: true,
  ADD: true,
  CANCEL: true,
  PUBLISH: true,
  REPLY: true,
  COUNTER: true,
  DECLINECOUNTER: true,
  REFRESH: false,
};

/** Says whether a message may go by the fallback at all. @throws nothing. */
export function canFallBack({ method, originator, recipient }: Fallible, { mayFallBack }: FallbackPolicy): boolean {
  const [from, to] = [domainOf(originator), domainOf(recipient)];
  if (from === undefined || to === undefined || !/^mailto:/i.test(recipient)) return false;
  return Object.hasOwn(forPeople, method) && forPeople[method as ItipMethod] && mayFallBack({ from, to });
}

/** Says whether what waits in a lane has another way: our own users have none, and there is none but the one. @throws nothing. */
export function maySwitchFrom(lane: Lane): boolean {
  return lane !== laneHere && lane !== laneFallback;
}

/** Says whether iSchedule has had its time. @throws nothing. */
export function tookTooLong(expiresAt: EpochMs, now: EpochMs, { reserveMs }: FallbackPolicy): boolean {
  return now >= expiresAt - reserveMs;
}

/** An outcome and what it makes of a delivery as long as there is no other way. */
export interface Ended {
  readonly outcome: RecipientOutcome;
  readonly settlement: Settlement;
  readonly expiresAt: EpochMs;
  readonly now: EpochMs;
}

/**
 * Why a delivery goes another way now: there is no service, the receiver can never take it, or it took too long.
 *
 * @returns nothing where it is done, where it goes on as it is, or where the recipient's side has decided against it.
 * @throws nothing.
 */
export function fallbackCauseOf(ended: Ended, policy: FallbackPolicy): FallbackCause | undefined {
  const { outcome, settlement, expiresAt, now } = ended;
  switch (settlement.state) {
    case 'delivered':
    case 'mailed':
      return undefined;
    case 'refused':
      return isDecided(outcome) ? undefined : 'refused';
    case 'dead':
      return outcome.status === 'not-offered' ? 'not-offered' : 'too-long';
    case 'waiting':
      return tookTooLong(expiresAt, now, policy) ? 'too-long' : undefined;
    default:
      return settlement satisfies never;
  }
}

/** Somebody said no, to us or to the meeting: mail would only get round it. */
function isDecided(outcome: RecipientOutcome): boolean {
  if (outcome.status === 'failed') return outcome.fault === 'originator-denied';
  return outcome.status === 'answered' && /^(?:3\.8|4\.)/.test(outcome.requestStatus.code);
}

/** A delivery that waits for the other way from now on, whatever became of it until now. @throws nothing. */
export function handedOn(
  { delivery, requestStatus, detail, attempts }: Omit<Settlement, 'state' | 'reason'>,
  { cause, now, policy }: { readonly cause: FallbackCause; readonly now: EpochMs; readonly policy: FallbackPolicy },
): Settlement {
  const told = { delivery, requestStatus, detail, attempts };
  const fallBackUntil = epochMs(now + policy.lifetimeMs);
  return { ...told, state: 'waiting', dueAt: now, fallBackUntil, reason: fallbackReasons[cause] };
}

/** What there is to know about a delivery that was handed over. */
export interface HandedOver {
  readonly outcome: FallbackOutcome;
  readonly delivery: LeasedDelivery;
  readonly ms: number;
  readonly now: EpochMs;
  readonly expiresAt: EpochMs;
}

function causeOf(outcome: FallbackOutcome): string | undefined {
  if (outcome.status === 'taken') return undefined;
  return outcome.status === 'retry' ? describeCause(outcome.cause) : detailFrom(outcome.detail ?? 'refused');
}

/** What a hand-over makes of a delivery. @throws nothing. */
export function settlementOfHandOver(
  { outcome, delivery, ms, now, expiresAt }: HandedOver,
  { policy, random }: { readonly policy: RetryPolicy; readonly random: Random },
): Settlement {
  const cause = causeOf(outcome);
  const detail = outcome.detail === undefined ? cause : detailFrom(outcome.detail);
  const attempts = [{ at: now, url: delivery.recipient.address, ms: Math.round(ms), ...(cause && { cause }) }];
  const told = { delivery: delivery.id, detail, attempts };
  switch (outcome.status) {
    case 'taken':
      return { ...told, state: 'mailed', reason: 'mailed' satisfies OwnReasonCode };
    case 'refused':
      return { ...told, state: 'dead', reason: 'mail-refused' satisfies OwnReasonCode };
    case 'retry': {
      const { afterMs } = outcome;
      const tried = { tries: delivery.tries + 1, hope: 'usual', afterMs, now, expiresAt } as const;
      const dueAt = nextAttemptAt(policy, tried, random);
      return dueAt === undefined
        ? { ...told, state: 'dead', reason: 'sent-given-up' satisfies OwnReasonCode }
        : { ...told, state: 'waiting', dueAt, reason: 'mail-retry' satisfies OwnReasonCode };
    }
    default:
      return outcome satisfies never;
  }
}

function domainOf(address: string): DomainName | undefined {
  try {
    return domainOfAddress(parseCalAddress(address));
  } catch {
    return undefined; // an address nobody can read is nobody's
  }
}

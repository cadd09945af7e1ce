import type { CalAddress, Component } from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import type { ItipMessage } from './message.ts';
import type { ItipPolicy } from './policy.ts';
import { type AppliedReason, type IgnoredReason, type RefusedReason, refusedReasons } from './reasons.ts';
import { type RequestStatus, type RequestStatusCode, requestStatus } from './request-status.ts';

/** Who reads a message, and under which circumstances. */
export interface JudgeContext {
  /** Whose calendar it came for. */
  readonly user: CalAddress;
  /** Other addresses of the same person. */
  readonly aliases?: readonly CalAddress[] | undefined;
  /** Who sent it, as far as the transport proved it; absent: the caller has checked that. */
  readonly sender?: CalAddress | undefined;
  readonly now: EpochMs;
  readonly policy?: Partial<ItipPolicy> | undefined;
  /** PRODID of messages that answer this one. */
  readonly productId?: string | undefined;
}

/** One change to a calendar. */
export type Edit =
  /** The child at this place of the stored calendar becomes another one, or goes. */
  | { readonly do: 'replace'; readonly at: number; readonly with: Component | undefined }
  /** Added at the end; time zones before the first component. */
  | { readonly do: 'add'; readonly component: Component };

/** What a component changed in, for notices. */
export interface Change {
  /** The RECURRENCE-ID's value; absent: the series or the only component. */
  readonly recurrenceId?: string | undefined;
  readonly properties: readonly string[];
  /** Of an answer: the parameters of the attendee's line in which it says something new. */
  readonly parameters?: readonly string[] | undefined;
}

interface Judged {
  readonly requestStatus: RequestStatus;
  /** Messages that go out at once: the answer to a REFRESH, a REFRESH, an answer when status was asked for. */
  readonly replies: readonly ItipMessage[];
}

/** What should change. Nothing has changed yet: `merge` does it. */
export interface MergePlan extends Judged {
  readonly status: 'merge';
  readonly reason: AppliedReason;
  /** The whole object to store instead of what is there: a calendar, or nothing at all. */
  readonly store?: { readonly calendar: Component | undefined } | undefined;
  readonly edits: readonly Edit[];
  readonly changes: readonly Change[];
  /** Whether a person should be told. */
  readonly significant: boolean;
  /** What the attendee said beside the answer. */
  readonly comment?: string | undefined;
}

/** Nothing to do, and nothing wrong. */
export interface Ignored extends Judged {
  readonly status: 'ignored';
  readonly reason: IgnoredReason;
  readonly comment?: string | undefined;
}

/** The message must not have an effect. */
export interface Refusal extends Judged {
  readonly status: 'refused';
  readonly reason: RefusedReason;
  /** Which property, for the log. */
  readonly detail?: string | undefined;
}

export type Judgement = MergePlan | Ignored | Refusal;

/** A plan with the usual outcome. @throws nothing. */
export function plan(reason: AppliedReason, parts: Partial<Omit<MergePlan, 'status' | 'reason'>>): MergePlan {
  return {
    status: 'merge',
    reason,
    requestStatus: requestStatus('2.0'),
    replies: [],
    edits: [],
    changes: [],
    significant: true,
    ...parts,
  };
}

/** Nothing to do; a success for the sender. @throws nothing. */
export function ignored(reason: IgnoredReason, parts: Partial<Omit<Ignored, 'status' | 'reason'>> = {}): Ignored {
  return { status: 'ignored', reason, requestStatus: requestStatus('2.0'), replies: [], ...parts };
}

/** A refusal with the status its reason earns. @throws nothing. */
export function refused(reason: RefusedReason, detail?: string, code?: RequestStatusCode): Refusal {
  const status = requestStatus(code ?? refusedReasons[reason].status, detail);
  return { status: 'refused', reason, requestStatus: status, replies: [], ...(detail === undefined ? {} : { detail }) };
}

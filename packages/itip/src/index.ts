export { type AnswerToLine, isOutdatedAnswer, withAnswerNotes } from './answer-notes.ts';
export type { ParticipationStatus } from './attendee.ts';
export { type AutoAnswer, autoSchedule, type AutoScheduled } from './auto-schedule/auto-schedule.ts';
export { type AutoScheduleMode, type AutoScheduleOptions, bookingRange } from './auto-schedule/options.ts';
export type { AnswerCause } from './auto-schedule/verdict.ts';
export { ItipError, type ItipErrorCode } from './error.ts';
export { type BusyPeriod, type BusyType, mergeBusy } from './free-busy/busy-period.ts';
export { type BusyOptions, busyPeriods, busyTypeOf } from './free-busy/busy-periods.ts';
export {
  type BusyAnswer,
  type BusyNotice,
  busyProperties,
  freeBusyPublication,
  freeBusyRange,
  freeBusyReply,
} from './free-busy/reply.ts';
export { judge } from './incoming/judge.ts';
export type { Change, Edit, Ignored, Judgement, JudgeContext, MergePlan, Refusal } from './judgement.ts';
export { merge } from './merge.ts';
export {
  defaultMessageLimits,
  type ItipMessage,
  type MessageLimits,
  type ReadMessageOptions,
  readItipMessage,
} from './message.ts';
export { type ItipMethod, isItipMethod, methodsOf, type SchedulingComponent } from './methods.ts';
export { onAnswer, onCancel, onCreate, onUpdate } from './outgoing/changes.ts';
export type { Outgoing, OutgoingContext, OutgoingMessage } from './outgoing/outgoing.ts';
export { counter, type Declined, declineCounter, type Proposal } from './outgoing/counter.ts';
export { type ComposeOptions, composeMessage, defaultProductId } from './outgoing/compose.ts';
export { type RefreshOptions, refresh } from './outgoing/refresh.ts';
export { type Answer, type Answered, reply, respond } from './outgoing/reply.ts';
export { defaultPolicy, type ItipPolicy, resolvePolicy } from './policy.ts';
export {
  type AppliedReason,
  appliedReasons,
  explainReason,
  type IgnoredReason,
  ignoredReasons,
  type ReasonCode,
  type RefusedReason,
  refusedReasons,
} from './reasons.ts';
export {
  formatRequestStatus,
  parseRequestStatus,
  type RequestStatus,
  type RequestStatusCode,
  requestStatus,
  requestStatusProperty,
  requestStatusTexts,
} from './request-status.ts';
export { compareRevisions, isSentLater, type Revision, type RevisionOrder, revisionOf } from './revision.ts';
export { checkMessage } from './requirements/check-message.ts';
export type { Finding, FindingCode } from './requirements/finding.ts';
export type { Restriction } from './requirements/restriction.ts';
export { restrictionFor, restrictions } from './requirements/restrictions.ts';
export { isAttendeeOf, isOrganizerOf, type Role, recipientsOf, senderRole } from './roles.ts';

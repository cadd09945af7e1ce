import { appliedReasons, ignoredReasons, type ReasonCode as ItipReasonCode, refusedReasons } from '@isched/itip';
import type { ReasonHelp } from './reason-help.ts';
import { requestReasons } from './request-reasons.ts';

export type { ReasonHelp, Verdict } from './reason-help.ts';

/** Reasons that are the gateway's own. Codes are stable: a decision written down years ago must still be readable. */
const own = {
  'free-busy-answered': { verdict: 'applied', text: 'The user’s busy time was told.' },
  'free-busy-range-too-long': {
    verdict: 'refused',
    text: 'The free-busy request asks for more time than is answered at once.',
  },
  repeated: {
    verdict: 'ignored',
    text: 'The message had been received before: it got the first answer again, and no second effect.',
  },
  'sent-answered': { verdict: 'applied', text: 'The message was sent, and the receiver answered for this recipient.' },
  'sent-failed': {
    verdict: 'refused',
    text: 'The receiver refused the message, or its capabilities leave it out.',
    advice: 'The recorded fault says why; sending the same again will not help.',
  },
  'sent-not-offered': { verdict: 'refused', text: 'The recipient’s domain offers no iSchedule.' },
  'sent-retry': {
    verdict: 'deferred',
    text: 'The receiver could not be reached, or asked to come again.',
    advice: 'Send it again later.',
  },
  'work-failed': {
    verdict: 'deferred',
    text: 'The gateway’s own work on the message failed; it is tried again, a few times.',
    advice: 'The recorded detail says what failed, and the log of that time says more.',
  },
  'work-given-up': {
    verdict: 'refused',
    text: 'The gateway’s own work on the message failed each time it was tried, and was given up.',
    advice: 'The recorded detail says what failed; once it is mended, send it once more with `isched queue retry`.',
  },
  'message-gone': {
    verdict: 'refused',
    text: 'The message was to be sent once more, but it is no longer kept: only what became of it is.',
    advice: 'Have the sender submit it anew; `retention.message_days` says how long messages are kept.',
  },
  'message-too-large': {
    verdict: 'refused',
    text: 'What was to be sent of the meeting is longer than any message that is sent.',
  },
  'sent-given-up': {
    verdict: 'refused',
    text: 'The message was tried as long as it is worth while, and never reached its receiver.',
    advice: 'The attempts say why; send it once more with `isched queue retry`.',
  },
  'fallback-not-offered': {
    verdict: 'deferred',
    text: 'The recipient’s domain offers no iSchedule: the message goes by mail.',
  },
  'fallback-refused': {
    verdict: 'deferred',
    text: 'The receiver can not take the message by iSchedule: it goes by mail.',
    advice: 'The recorded fault says why it could not.',
  },
  'fallback-too-long': {
    verdict: 'deferred',
    text: 'The message could not be sent by iSchedule in the time that is given to it: it goes by mail, and no more by iSchedule.',
    advice: 'The attempts say why; `outbound.fallback_after_seconds` says how long is too long.',
  },
  mailed: {
    verdict: 'applied',
    text: 'The message was handed to the mail system; what becomes of it there is not known here.',
  },
  'mail-refused': {
    verdict: 'refused',
    text: 'The message could go neither by iSchedule nor by mail: the mail system refuses it for this recipient.',
  },
  'mail-retry': {
    verdict: 'deferred',
    text: 'The mail system could not be reached, or asked to come again.',
  },
  superseded: {
    verdict: 'ignored',
    text: 'A newer message about the same instance, to the same recipient, made this one pointless before it was sent.',
  },
  dropped: { verdict: 'ignored', text: 'An operator took the message out of the queue.' },
  held: {
    verdict: 'deferred',
    text: 'An operator holds the message back.',
    advice: 'Let it go with `isched queue release`.',
  },
  released: { verdict: 'deferred', text: 'An operator let the message go, or asked for it to be tried now.' },
  'unknown-user': {
    verdict: 'refused',
    text: 'Nobody here has the recipient’s address.',
    advice: 'If the user should exist, add the address to the users or their aliases.',
  },
  'stored-object-unreadable': {
    verdict: 'refused',
    text: 'What is stored under the message’s UID can’t be read, so the message could not be merged into it.',
    advice: 'Look at the stored object of this user and UID.',
  },
  'object-too-large': {
    verdict: 'refused',
    text: 'What is stored of the meeting would get too large with the message: thousands of changed instances, or megabytes.',
    advice: 'Nothing, where somebody tries to make us work; else the organizer should begin a new series.',
  },
  'resource-accepted': { verdict: 'applied', text: 'The resource is free then, and accepted by itself.' },
  'resource-declined': {
    verdict: 'applied',
    text: 'The resource is taken then, or takes nothing, and declined by itself.',
    advice: 'Its free-busy time says when it is free; `auto_schedule` of the user says how it answers.',
  },
  'resource-not-bookable-yet': {
    verdict: 'applied',
    text: 'What was asked for begins after the time for which the resource can be booked, and it declined by itself.',
    advice: 'The setting `booking_days` of the user says how far ahead it can be booked.',
  },
  'resource-rule-too-complex': {
    verdict: 'applied',
    text: 'The meeting’s recurrence rule is too much to work out, and the resource declined by itself.',
  },
  'resource-answered': {
    verdict: 'applied',
    text: 'The resource accepted some instances of the series and declined others, by itself.',
  },
  'in-progress': {
    verdict: 'deferred',
    text: 'Another copy of the message is being delivered; the sender was asked to come again.',
  },
  'rscale-not-supported': {
    verdict: 'refused',
    text: 'The recurrence rule counts in a calendar that is not supported here.',
  },
  ...requestReasons,
} as const satisfies Readonly<Record<string, ReasonHelp>>;

/** Reasons that this gateway makes up itself. */
export type OwnReasonCode = keyof typeof own;
/** The closed list of why something was decided. */
export type ReasonCode = OwnReasonCode | ItipReasonCode;

/** Every reason with its help. */
export const catalogue: Readonly<Record<ReasonCode, ReasonHelp>> = {
  ...own,
  ...helpOf(appliedReasons, (text) => ({ verdict: 'applied', text })),
  ...helpOf(ignoredReasons, (text) => ({ verdict: 'ignored', text })),
  ...helpOf(refusedReasons, ({ text }) => ({ verdict: 'refused', text })),
};

/** What a code means; undefined: it is none of ours. @throws nothing. */
export function explainReason(code: string): ReasonHelp | undefined {
  return isReasonCode(code) ? catalogue[code] : undefined;
}

/** Says whether a text is a code of the catalogue. @throws nothing. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(catalogue, code);
}

function helpOf<Code extends string, T>(
  reasons: Readonly<Record<Code, T>>,
  help: (reason: T) => ReasonHelp,
): Readonly<Record<Code, ReasonHelp>> {
  const entries = Object.entries<T>(reasons).map(([code, reason]) => [code, help(reason)] as const);
  return Object.fromEntries(entries) as Record<Code, ReasonHelp>;
}

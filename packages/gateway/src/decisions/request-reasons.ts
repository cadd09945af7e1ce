import type { FaultCode, ReceiverTrouble } from '@isched/ischedule';
import type { ReasonHelp } from './reason-help.ts';

/** Why a request was refused as a whole: by us, or, of what we sent, by a receiver. */
export const requestReasons = {
  'originator-denied': {
    verdict: 'refused',
    text: 'Policy does not let the originator schedule with users here.',
    advice: 'Look at the policy for the originator’s domain.',
  },
  'invalid-calendar-data': { verdict: 'refused', text: 'The signed content is not iCalendar.' },
  'invalid-calendar-data-type': {
    verdict: 'refused',
    text: 'The signed content is of a media type that is not taken.',
  },
  'invalid-scheduling-message': {
    verdict: 'refused',
    text: 'The message breaks iTIP, the draft’s tables of who may send what to whom, or its own Content-Type.',
  },
  'recipient-mismatch': {
    verdict: 'refused',
    text: 'A free-busy request’s recipients are not its attendees.',
    advice: 'For peers that list more attendees, there is the setting compatibility.free_busy_subset.',
  },
  'attachment-type-not-supported': {
    verdict: 'refused',
    text: 'The message has an attachment of a kind that is not taken.',
  },
  'min-date-time': { verdict: 'refused', text: 'The message has a date before the first one that is taken.' },
  'max-date-time': { verdict: 'refused', text: 'The message has a date after the last one that is taken.' },
  'max-instances': { verdict: 'refused', text: 'The message’s recurrence has more instances than are taken.' },
  'version-not-supported': { verdict: 'refused', text: 'The request is of a version of iSchedule that is not spoken.' },
  'max-content-length': {
    verdict: 'refused',
    text: 'The content is longer than the receiver takes.',
    advice: 'Attachments are best sent as links.',
  },
  'originator-missing': { verdict: 'refused', text: 'The request names no originator.' },
  'too-many-originators': { verdict: 'refused', text: 'The request names more than one originator.' },
  'originator-invalid': { verdict: 'refused', text: 'The originator is no calendar user address.' },
  'recipient-missing': { verdict: 'refused', text: 'The request names no recipient that is a calendar user address.' },
  'max-recipients': { verdict: 'refused', text: 'The request has more recipients than the receiver takes at once.' },
  'verification-failed': {
    verdict: 'refused',
    text: 'The signature does not verify, or its domain may not speak for the originator.',
    advice:
      'What each reason means stands in docs/verification-reasons.md; `isched verify --explain` shows what was hashed.',
  },
  'bad-request': { verdict: 'refused', text: 'The request is no iSchedule request, or broke off.' },
  'not-found': { verdict: 'refused', text: 'There is nothing at the place that was asked.' },
  'method-not-allowed': { verdict: 'refused', text: 'The place that was asked does not take this HTTP method.' },
  'too-many-requests': {
    verdict: 'deferred',
    text: 'Too many requests came at once; the sender was asked to come again.',
  },
  'fields-too-large': { verdict: 'refused', text: 'The header of the request is longer than is taken.' },
  unavailable: {
    verdict: 'deferred',
    text: 'A key, a name server or the store could not be asked; the sender was asked to come again.',
    advice: 'The log of that time says which; `/healthz/ready` says whether the store can be used now.',
  },
  'no-space': {
    verdict: 'deferred',
    text: 'The database has no space left; the sender was asked to come again.',
    advice: 'Make room on the disk of the store; nothing that was acknowledged is lost.',
  },
} as const satisfies Readonly<Record<FaultCode | ReceiverTrouble, ReasonHelp>>;

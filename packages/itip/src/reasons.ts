/**
 * Every reason for what became of a message, each with a sentence for people. Codes are stable: decisions that were
 * written down years ago must still be readable.
 */

/** Why a message was applied. */
export const appliedReasons = {
  'new-invitation': 'The invitation was added to the calendar.',
  'new-publication': 'The published entry was added to the calendar.',
  'instance-invitation': 'Single instances of a series were added to the calendar.',
  rescheduled: 'The entry was moved to another time or rule; answers given before no longer count.',
  updated: 'The entry was brought up to date.',
  'attendees-updated': 'Only what other attendees answered has changed.',
  'instances-added': 'More instances were added to the series.',
  cancelled: 'The organizer cancelled the entry.',
  'instances-cancelled': 'The organizer cancelled single instances of the series.',
  'removed-from-meeting': 'The organizer took this person off the meeting.',
  'others-removed': 'The organizer took other people off the meeting.',
  'cancellation-remembered':
    'The cancelled entry is not known here; the cancellation is kept in case the entry still arrives.',
  answered: 'The attendee’s answer was recorded.',
  delegated: 'The attendee sends somebody else, which was recorded.',
  'uninvited-added': 'Somebody who was not invited answered and was added, as the policy allows.',
} as const satisfies Readonly<Record<string, string>>;

/** Why a message changed nothing, though nothing is wrong with it. */
export const ignoredReasons = {
  duplicate: 'The message says nothing that is not known already.',
  outdated: 'A newer version of the entry, or a newer answer, is known already.',
  'instance-cancelled': 'The instance was cancelled by a newer message.',
  'own-entry': 'The entry belongs to this person, who organizes it; nobody else changes it.',
  'nothing-to-cancel': 'The cancelled entry is not known here.',
  'not-invited': 'This person is not among the attendees, and the policy keeps such messages out.',
  'updates-only': 'The entry is new here, and the policy takes updates only.',
  'publication-not-wanted': 'The policy keeps published entries out.',
  'entry-unknown-refresh-asked': 'The entry is not known here; the organizer was asked to send it.',
  'refresh-answered': 'The attendee was sent the current version.',
  'proposal-for-organizer': 'The attendee proposes a change; the organizer has to decide.',
  'proposal-outdated': 'The attendee’s proposal is about an older version of the entry.',
  'proposal-declined': 'The organizer declined the proposed change; the entry stays as it is.',
  'uninvited-ignored': 'Somebody who was not invited answered; the policy ignores that.',
  'no-such-instance': 'The series has no such instance.',
  'busy-time-not-kept': 'Busy time is answered when asked for; it is not kept in a calendar.',
} as const satisfies Readonly<Record<string, string>>;

/** Why a message was refused, each with the REQUEST-STATUS it earns. */
export const refusedReasons = {
  'organizer-missing': { status: '3.11', text: 'The message names no organizer.' },
  'organizer-differs': { status: '3.8', text: 'The entry belongs to another organizer.' },
  'sender-not-organizer': { status: '3.8', text: 'The sender does not speak for the organizer.' },
  'sender-not-attendee': { status: '3.8', text: 'The sender does not speak for the attendee who answers.' },
  'not-the-organizer': { status: '3.7', text: 'The answer is not for this person, who does not organize the entry.' },
  'attendee-missing': { status: '3.11', text: 'The message does not say which attendee it is from.' },
  'several-attendees': { status: '3.7', text: 'An answer is from one attendee, but the message names several.' },
  'uninvited-refused': { status: '5.3', text: 'The person who answers was not invited.' },
  'entry-unknown': { status: '5.2', text: 'The entry that the message is about is not known here.' },
  'another-entry': { status: '3.1', text: 'The message and the stored entry are not about the same thing.' },
  'start-missing': { status: '3.11', text: 'The entry has no start.' },
  'time-invalid': { status: '3.5', text: 'A date or time cannot be read.' },
  'rule-invalid': { status: '3.6', text: 'The recurrence rule cannot be read, or is too much to work out.' },
  'method-unsupported': { status: '3.14', text: 'The method is not supported for this component.' },
  'restriction-violated': {
    status: '3.11',
    text: 'The message breaks the rules of its method, and the policy is strict.',
  },
} as const satisfies Readonly<Record<string, { readonly status: string; readonly text: string }>>;

export type AppliedReason = keyof typeof appliedReasons;
export type IgnoredReason = keyof typeof ignoredReasons;
export type RefusedReason = keyof typeof refusedReasons;
export type ReasonCode = AppliedReason | IgnoredReason | RefusedReason;

/** The sentence that goes with a reason. @throws nothing. */
export function explainReason(code: ReasonCode): string {
  if (Object.hasOwn(refusedReasons, code)) return refusedReasons[code as RefusedReason].text;
  const texts: Readonly<Record<string, string>> = { ...appliedReasons, ...ignoredReasons };
  return texts[code] ?? '';
}

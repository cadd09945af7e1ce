/** What the owner of a calendar, or of the system, wants to happen where the standards leave it open. */
export interface ItipPolicy {
  /** Answers from people who were not invited: refuse (5.3), ignore in silence, or add them. Default `refuse`. */
  readonly uninvited: 'refuse' | 'ignore' | 'add';
  /** Requests that do not list this person as an attendee (lists, forwarded mail). Default `accept`. */
  readonly unlisted: 'accept' | 'ignore';
  /** A request whose organizer is not the stored one. Default `refuse`. */
  readonly organizerChange: 'refuse' | 'accept';
  /** SENT-BY as a right to speak for the organizer: never, where the stored entry names it too or nothing is stored, always. Default `known`. */
  readonly sentBy: 'never' | 'known' | 'always';
  /** Published entries. Default `with-organizer`. */
  readonly publications: 'accept' | 'with-organizer' | 'ignore';
  /** What becomes of a cancelled entry. Default `keep`, with STATUS:CANCELLED. */
  readonly cancelledEntry: 'keep' | 'delete';
  /** What becomes of a cancelled instance: taken out by EXDATE, or kept with STATUS:CANCELLED. Default `exclude`. */
  readonly cancelledInstance: 'exclude' | 'keep';
  /** A cancellation of what is not known: forget it, or keep it, so that a late request can't raise the dead. Default `forget`. */
  readonly unknownCancellation: 'forget' | 'remember';
  /** Categories after an update: the organizer's, the attendee's own, or both. Default `both`. */
  readonly categories: 'organizer' | 'attendee' | 'both';
  /** Take updates only, never new entries. Default false. */
  readonly updatesOnly: boolean;
  /** Mark an entry transparent while it waits for an answer, as Apple's server does. Default false. */
  readonly transparentUntilAnswered: boolean;
  /** Refuse what breaks the restriction tables, instead of listing it. Default false. */
  readonly strict: boolean;
  /** X- properties, upper case, that are the organizer's to share; a `*` at the end stands for any rest. */
  readonly sharedExtensions: readonly string[];
  /** Attendees are told what each of them answered in meetings of at most so many; 0: never. Default 50. */
  readonly sharedAnswers: number;
  /** X- properties and parameters that attendees' answers bring into the organizer's copy, written alike. Default none. */
  readonly attendeeExtensions: readonly string[];
}

export const defaultPolicy: ItipPolicy = {
  uninvited: 'refuse',
  unlisted: 'accept',
  organizerChange: 'refuse',
  sentBy: 'known',
  publications: 'with-organizer',
  cancelledEntry: 'keep',
  cancelledInstance: 'exclude',
  unknownCancellation: 'forget',
  categories: 'both',
  updatesOnly: false,
  transparentUntilAnswered: false,
  strict: false,
  sharedExtensions: [
    'X-ALT-DESC',
    'X-APPLE-STRUCTURED-LOCATION',
    'X-GOOGLE-CONFERENCE',
    'X-GOOGLE-HANGOUT',
    'X-MICROSOFT-CDO-ALLDAYEVENT',
    'X-MICROSOFT-CDO-IMPORTANCE',
    'X-MICROSOFT-CDO-INSTTYPE',
    'X-MICROSOFT-ONLINEMEETING*',
    'X-MICROSOFT-SKYPETEAMS*',
  ],
  sharedAnswers: 50,
  attendeeExtensions: [],
};

/** Says whether a list of names has one; a `*` at the end of an entry stands for any rest. @throws nothing. */
export function isListed(name: string, names: readonly string[]): boolean {
  return names.some((listed) => (listed.endsWith('*') ? name.startsWith(listed.slice(0, -1)) : name === listed));
}

/** Fills in what a caller left out. @throws nothing. */
export function resolvePolicy(policy: Partial<ItipPolicy> = {}): ItipPolicy {
  return { ...defaultPolicy, ...policy };
}

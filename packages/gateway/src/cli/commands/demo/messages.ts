/** The texts of the story: one meeting of three people at three organisations. */

export const alice = 'mailto:alice@alpha.example';
export const bob = 'mailto:bob@beta.example';
export const carol = 'mailto:carol@gamma.example';

/** One state of the meeting. Times are UTC in iCalendar's basic form. */
export interface Meeting {
  readonly uid: string;
  readonly stamp: string;
  readonly sequence: number;
  readonly start: string;
  readonly end: string;
}

/** From the organizer to everybody. @throws nothing. */
export function invitation(meeting: Meeting, summary = 'Joint planning'): string {
  return calendar('REQUEST', [
    'BEGIN:VEVENT',
    ...identity(meeting),
    `DTSTART:${meeting.start}`,
    `DTEND:${meeting.end}`,
    `SUMMARY:${summary}`,
    `ORGANIZER;CN=Alice:${alice}`,
    `ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED:${alice}`,
    `ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:${bob}`,
    `ATTENDEE;CN=Carol;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:${carol}`,
    'END:VEVENT',
  ]);
}

/** An attendee's answer. @throws nothing. */
export function answer(meeting: Meeting, attendee: string, participationStatus: string): string {
  return calendar('REPLY', [
    'BEGIN:VEVENT',
    ...identity(meeting),
    `DTSTART:${meeting.start}`,
    `DTEND:${meeting.end}`,
    `ORGANIZER;CN=Alice:${alice}`,
    `ATTENDEE;PARTSTAT=${participationStatus}:${attendee}`,
    'END:VEVENT',
  ]);
}

/** The end of the meeting. @throws nothing. */
export function cancellation(meeting: Meeting): string {
  return calendar('CANCEL', [
    'BEGIN:VEVENT',
    ...identity(meeting),
    `DTSTART:${meeting.start}`,
    `DTEND:${meeting.end}`,
    `ORGANIZER;CN=Alice:${alice}`,
    `ATTENDEE;CN=Bob:${bob}`,
    `ATTENDEE;CN=Carol:${carol}`,
    'STATUS:CANCELLED',
    'END:VEVENT',
  ]);
}

function identity({ uid, stamp, sequence }: Meeting): readonly string[] {
  return [`UID:${uid}`, `DTSTAMP:${stamp}`, `SEQUENCE:${sequence}`];
}

function calendar(method: string, lines: readonly string[]): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//demo//EN',
    `METHOD:${method}`,
    ...lines,
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

import { propertyValue, type Component, parseCalendar, subcomponents } from '@isched/icalendar';

/** The one who invites, at alpha.example. */
export const organizer = 'mailto:alice@alpha.example';
/** Rooms at beta.example that accept whatever comes, so that each invitation has an answer. */
export const rooms = ['mailto:room1@beta.example', 'mailto:room2@beta.example'] as const;

/** An invitation that somebody submits. */
export interface Invitation {
  readonly uid: string;
  readonly summary: string;
  /** UTC, in iCalendar's basic form. */
  readonly start: string;
  readonly rooms: readonly string[];
  /** Whether the submission was acknowledged. */
  acknowledged: boolean;
}

/** Invitations, each unlike all others. */
export function createInvitations(name: string): (invited?: readonly string[]) => Invitation {
  let count = 0;
  return (invited = rooms) => {
    const number = count++;
    const [day, hour, minute] = [Math.floor(number / 1_440) + 1, Math.floor(number / 60) % 24, number % 60];
    const two = (value: number): string => String(value).padStart(2, '0');
    return {
      uid: `${name}-${number}@alpha.example`,
      summary: `${name} number ${number}`,
      start: `203001${two(day)}T${two(hour)}${two(minute)}00Z`,
      rooms: invited,
      acknowledged: false,
    };
  };
}

/** The message that an invitation is sent as. @param stamp - DTSTAMP. @throws nothing. */
export function requestText({ uid, summary, start, rooms: invited }: Invitation, stamp = '20261122T110000Z'): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//faults//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${stamp}`,
    'SEQUENCE:0',
    `DTSTART:${start}`,
    'DURATION:PT1M',
    `SUMMARY:${summary}`,
    `ORGANIZER:${organizer}`,
    `ATTENDEE;PARTSTAT=ACCEPTED:${organizer}`,
    ...invited.map((room) => `ATTENDEE;CUTYPE=ROOM;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:${room}`),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

/** The one event of a stored object. */
export function eventOf(text: string): Component | undefined {
  return subcomponents(parseCalendar(text), 'VEVENT')[0];
}

/** What of an event has to be as it was submitted. @throws nothing. */
export function gist(event: Component | undefined): string {
  return `${event && propertyValue(event, 'SUMMARY')} at ${event && propertyValue(event, 'DTSTART')}`;
}

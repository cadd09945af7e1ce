import type { Restriction } from './restriction.ts';

/** What each method demands of a VFREEBUSY. @see RFC 5546 §3.3. */
export const vfreebusyRestrictions: readonly Restriction[] = [
  {
    section: '3.3.1',
    method: 'PUBLISH',
    component: 'VFREEBUSY',
    count: 'several',
    zones: 'none',
    alarms: 'none',
    once: ['DTEND', 'DTSTAMP', 'DTSTART', 'ORGANIZER', 'UID'],
    atLeastOnce: [],
    atMostOnce: ['CONTACT', 'URL'],
    any: ['COMMENT', 'FREEBUSY'],
    never: ['ATTENDEE', 'DURATION', 'REQUEST-STATUS'],
  },
  {
    section: '3.3.2',
    method: 'REQUEST',
    component: 'VFREEBUSY',
    count: 'one',
    zones: 'none',
    alarms: 'none',
    once: ['DTEND', 'DTSTAMP', 'DTSTART', 'ORGANIZER', 'UID'],
    atLeastOnce: ['ATTENDEE'],
    atMostOnce: ['CONTACT'],
    any: ['COMMENT'],
    never: ['DURATION', 'FREEBUSY', 'REQUEST-STATUS', 'URL'],
  },
  {
    section: '3.3.3',
    method: 'REPLY',
    component: 'VFREEBUSY',
    count: 'one',
    zones: 'none',
    alarms: 'none',
    once: ['ATTENDEE', 'DTEND', 'DTSTAMP', 'DTSTART', 'ORGANIZER', 'UID'],
    atLeastOnce: [],
    atMostOnce: ['CONTACT', 'URL'],
    any: ['COMMENT', 'FREEBUSY', 'REQUEST-STATUS'],
    never: ['DURATION', 'SEQUENCE'],
  },
];

import {
  type CalAddress,
  calAddressKey,
  type Component,
  properties,
  property,
  propertyValue,
  sameCalAddress,
  subcomponents,
} from '@isched/icalendar';
import { isAttendeeOf, type ItipMessage, type ItipMethod } from '@isched/itip';
import type { FaultCode } from './fault.ts';
import type { Envelope, Recipient } from './message.ts';

/** Why a message is refused as a whole. */
export interface Breach {
  readonly fault: FaultCode;
  readonly description: string;
}

export interface MessageRuleOptions {
  /** PUBLISH, which the draft's table leaves without recipients. Default false. */
  readonly allowPublish?: boolean | undefined;
  /**
   * What the Recipients of a VFREEBUSY REQUEST must be of its ATTENDEEs: all of them, or some. Default `all`; `some` for
   * peers that list everybody they ask (Q43).
   */
  readonly freeBusyRecipients?: 'all' | 'some' | undefined;
}

/** Who may send a method to whom: the value of the property counts, SENT-BY gives no right. */
interface MethodRule {
  readonly originator: 'the organizer' | 'the one attendee' | 'an attendee';
  readonly recipient: 'an attendee' | 'the organizer' | 'anybody';
}

/** @see iSchedule digest §3, "Who must match what". */
const methodRules: Readonly<Record<ItipMethod, MethodRule>> = {
  REQUEST: { originator: 'the organizer', recipient: 'an attendee' },
  ADD: { originator: 'the organizer', recipient: 'an attendee' },
  CANCEL: { originator: 'the organizer', recipient: 'an attendee' },
  DECLINECOUNTER: { originator: 'the organizer', recipient: 'an attendee' },
  REPLY: { originator: 'the one attendee', recipient: 'the organizer' },
  REFRESH: { originator: 'the one attendee', recipient: 'the organizer' },
  COUNTER: { originator: 'an attendee', recipient: 'the organizer' },
  PUBLISH: { originator: 'the organizer', recipient: 'anybody' },
};

/**
 * Checks a message against the draft's tables and against what iTIP can't do without. What only describes (SUMMARY,
 * PRIORITY) may be missing, whatever RFC 5546 says of it: peers leave it out.
 *
 * @returns the first breach, or nothing.
 * @throws nothing.
 * @see iSchedule digest §3; RFC 5546 §3.
 */
export function checkMessageRules(
  itip: ItipMessage,
  envelope: Pick<Envelope, 'originator' | 'recipients' | 'statedMethods' | 'statedComponents'>,
  options: MessageRuleOptions = {},
): Breach | undefined {
  return (
    checkStated(itip, envelope) ??
    checkComponents(itip) ??
    (itip.method === 'PUBLISH' && !options.allowPublish ? invalid('PUBLISH is not taken.') : undefined) ??
    checkOriginator(itip, envelope.originator) ??
    checkRecipients(itip, envelope.recipients, options)
  );
}

function checkStated(
  itip: ItipMessage,
  { statedMethods, statedComponents }: Pick<Envelope, 'statedMethods' | 'statedComponents'>,
): Breach | undefined {
  if (statedMethods.some((method) => method !== itip.method)) {
    return invalid(`Content-Type says another method than METHOD:${itip.method}.`);
  }
  if (statedComponents.length > 0 && !statedComponents.includes(itip.componentType)) {
    return invalid(`Content-Type names another component than ${itip.componentType}.`);
  }
  return undefined;
}

function checkComponents(itip: ItipMessage): Breach | undefined {
  const other = subcomponents(itip.calendar).find(({ name }) => name !== itip.componentType && name !== 'VTIMEZONE');
  if (other) return invalid(`${other.name.slice(0, 40)} beside ${itip.componentType}.`);
  for (const component of itip.components) {
    const missing = requiredProperties(itip).find((name) => !propertyValue(component, name));
    if (missing) return invalid(`${itip.componentType} without ${missing}.`);
  }
  if (itip.method === 'ADD' && itip.components.some((component) => !sequenceIsPositive(component))) {
    return invalid('ADD with a SEQUENCE that is not greater than 0.');
  }
  return itip.componentType === 'VFREEBUSY' && itip.method === 'REQUEST' ? checkFreeBusyRange(itip) : undefined;
}

function requiredProperties(itip: ItipMessage): readonly string[] {
  if (itip.componentType === 'VFREEBUSY') return itip.method === 'REQUEST' ? ['DTSTAMP', 'DTSTART', 'DTEND'] : [];
  const givesTime = itip.method === 'REQUEST' || itip.method === 'ADD' || itip.method === 'COUNTER';
  return itip.componentType === 'VEVENT' && givesTime ? ['DTSTAMP', 'DTSTART'] : ['DTSTAMP'];
}

/** RFC 5546 §3.2.4: an ADD's SEQUENCE must be greater than 0. */
function sequenceIsPositive(component: Component): boolean {
  return /^\s*0*[1-9]\d*\s*$/.test(propertyValue(component, 'SEQUENCE') ?? '');
}

function checkFreeBusyRange(itip: ItipMessage): Breach | undefined {
  const [component, second] = itip.components;
  if (!component || second) return invalid('More than one VFREEBUSY.');
  const [start, end] = ['DTSTART', 'DTEND'].map((name) => property(component, name)?.value.trim() ?? '');
  if (!start || !end || !utcDateTime.test(start) || !utcDateTime.test(end)) {
    return invalid('DTSTART and DTEND of a VFREEBUSY must be UTC date-times.');
  }
  return end > start ? undefined : invalid('DTEND of a VFREEBUSY must be later than its DTSTART.');
}

const utcDateTime = /^\d{8}T\d{6}Z$/;

function checkOriginator(itip: ItipMessage, originator: CalAddress): Breach | undefined {
  const rule = methodRules[itip.method];
  switch (rule.originator) {
    case 'the organizer':
      if (itip.organizer && sameCalAddress(itip.organizer, originator)) return undefined;
      return invalid(itip.organizer ? 'The Originator is not the ORGANIZER.' : 'There is no ORGANIZER.');
    case 'the one attendee':
      if (!hasOneAttendee(itip)) return invalid(`${itip.method} must have exactly one ATTENDEE.`);
      return isAttendeeOf(itip, originator) ? undefined : invalid('The Originator is not the ATTENDEE.');
    case 'an attendee':
      return isAttendeeOf(itip, originator) ? undefined : invalid('The Originator is not an ATTENDEE.');
    default:
      return rule.originator satisfies never;
  }
}

function checkRecipients(
  itip: ItipMessage,
  recipients: readonly Recipient[],
  options: MessageRuleOptions,
): Breach | undefined {
  if (itip.componentType === 'VFREEBUSY' && itip.method === 'REQUEST') {
    return checkFreeBusyRecipients(itip, recipients, options);
  }
  const rule = methodRules[itip.method];
  switch (rule.recipient) {
    case 'an attendee':
      return areAttendees(itip, recipients) ? undefined : invalid('A Recipient is not an ATTENDEE.');
    case 'the organizer': {
      const organizer = itip.organizer && calAddressKey(itip.organizer);
      const others = recipients.some(({ key }) => key !== organizer);
      return others ? invalid('A Recipient is not the ORGANIZER.') : undefined;
    }
    case 'anybody':
      return undefined;
    default:
      return rule.recipient satisfies never;
  }
}

function checkFreeBusyRecipients(
  itip: ItipMessage,
  recipients: readonly Recipient[],
  options: MessageRuleOptions,
): Breach | undefined {
  // Neither list has anybody twice.
  const left = options.freeBusyRecipients !== 'some' && itip.attendees.length !== recipients.length;
  if (!left && areAttendees(itip, recipients)) return undefined;
  return { fault: 'recipient-mismatch', description: 'The Recipients are not the ATTENDEEs of the VFREEBUSY.' };
}

/** Most peers write an address the same way in both places, and then nothing has to be normalised. */
function areAttendees(itip: ItipMessage, recipients: readonly Recipient[]): boolean {
  const written = new Set<string>(itip.attendees);
  const others = recipients.filter(({ address }) => !written.has(address));
  if (others.length === 0) return true;
  const keys = new Set(itip.attendees.map(calAddressKey));
  return others.every(({ key }) => keys.has(key));
}

function hasOneAttendee(itip: ItipMessage): boolean {
  return (
    itip.attendees.length === 1 && itip.components.every((component) => properties(component, 'ATTENDEE').length === 1)
  );
}

function invalid(description: string): Breach {
  return { fault: 'invalid-scheduling-message', description };
}

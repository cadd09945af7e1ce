import {
  type CalAddress,
  calAddressKey,
  type Component,
  type ComponentChild,
  makeProperty,
  mapChildren,
  parseCalAddress,
  type Property,
  withAddedProperties,
  withValue,
} from '@isched/icalendar';
import { type ItipMessage, readItipMessage } from '@isched/itip';
import type { OutgoingMessage } from '../message.ts';
import { checkMessageRules } from '../message-rules.ts';
import { wireAddress } from '../wire/request-fields.ts';
import type { Verdict } from './outcomes.ts';

/** The object as it goes out, and the addresses as they stand in it. */
export interface PreparedObject {
  readonly calendar: Component;
  /** The same, read. */
  readonly message: ItipMessage;
  /** By key, as the ORGANIZER and ATTENDEE properties write them. */
  readonly addresses: ReadonlyMap<string, string>;
}

/**
 * Makes the object fit to leave the house: other servers' and our own private notes are left out, addresses are written
 * as they go into the fields. Untouched lines stay byte for byte.
 *
 * @throws nothing.
 * @see peers-on-the-wire Q17, Q45; RFC 6638 §7 (SCHEDULE-* are between client and server).
 */
export function prepareObject(itip: ItipMessage): PreparedObject {
  const addresses = new Map<string, string>();
  const calendar = mapComponent(withoutPrivateComponents(itip.calendar), (property) => {
    if (privateNames.test(property.name)) return undefined;
    const clean = withoutPrivateParameters(property);
    if (property.name !== 'ORGANIZER' && property.name !== 'ATTENDEE') return clean;
    const value = wireAddress(property.value);
    // A peer that compares octets finds the first way an address is written.
    const key = keyOf(value);
    if (!addresses.has(key)) addresses.set(key, value);
    return withValue(clean, value);
  });
  return { calendar, message: readAnew(calendar), addresses };
}

/** An address as the object writes it, else as the caller did. @throws nothing. */
export function writtenAddress(object: PreparedObject, address: CalAddress): string {
  return object.addresses.get(calAddressKey(address)) ?? wireAddress(address);
}

/**
 * The object for the recipients of one request: a VFREEBUSY asks for them and nobody else; a CANCEL or ADD lists each of
 * them, and a COUNTER its originator, for the draft's tables want it and iTIP does not.
 *
 * @throws nothing.
 * @see iSchedule digest §3.
 */
export function objectFor(
  object: PreparedObject,
  itip: ItipMessage,
  to: { readonly originator: CalAddress; readonly recipients: readonly CalAddress[] },
): Component {
  if (itip.componentType === 'VFREEBUSY' && itip.method === 'REQUEST')
    return cutAttendees(object.calendar, to.recipients);
  const listed = new Set(itip.attendees.map(calAddressKey));
  const wanted =
    itip.method === 'CANCEL' || itip.method === 'ADD'
      ? to.recipients
      : itip.method === 'COUNTER'
        ? [to.originator]
        : [];
  const missing = wanted.filter((address) => !listed.has(calAddressKey(address)));
  if (missing.length === 0) return object.calendar;
  const added = missing.map((address) => makeProperty('ATTENDEE', writtenAddress(object, address)));
  return mapChildren(object.calendar, (child) =>
    child.kind === 'component' && child.name === itip.componentType ? withAddedProperties(child, added) : child,
  );
}

/** The same, read. @throws nothing. */
export function messageFor(...[object, itip, to]: Parameters<typeof objectFor>): ItipMessage {
  const calendar = objectFor(object, itip, to);
  return calendar === object.calendar ? object.message : readAnew(calendar);
}

/** What is ours was weighed when it was first read. */
function readAnew(calendar: Component): ItipMessage {
  const limits = { maxComponents: Number.POSITIVE_INFINITY, maxAttendees: Number.POSITIVE_INFINITY };
  return readItipMessage(calendar, { limits });
}

/**
 * Who of the recipients must not get this message from this originator, by the draft's tables: our own mistake, and better
 * found here than by every peer.
 *
 * @returns the verdict of each such recipient, by address key.
 * @throws nothing.
 */
export function breachesOf(object: PreparedObject, message: OutgoingMessage): readonly (readonly [string, Verdict])[] {
  const { originator, recipients } = message;
  const itip = messageFor(object, message.itip, { originator, recipients });
  return recipients.flatMap((address) => {
    const recipient = { address, text: address, key: calAddressKey(address) };
    const envelope = { originator, recipients: [recipient], statedMethods: [], statedComponents: [] };
    const breach = checkMessageRules(itip, envelope, { allowPublish: true, freeBusyRecipients: 'some' });
    return breach ? [[recipient.key, { status: 'failed', by: 'configuration', ...breach }] as const] : [];
  });
}

function cutAttendees(calendar: Component, recipients: readonly CalAddress[]): Component {
  const kept = new Set(recipients.map(calAddressKey));
  return mapComponent(calendar, (property) =>
    property.name !== 'ATTENDEE' || kept.has(keyOf(property.value)) ? property : undefined,
  );
}

/** Of properties and components. */
const privateNames = /^X-(?:CALENDARSERVER|ISCHED)-/;
/** All but the one that says which answers count: that is for the attendees' servers. */
const privateParameters =
  /^(?:X-CALENDARSERVER-(?!RESET-PARTSTAT$).*|X-ISCHED-.*|SCHEDULE-(?:AGENT|STATUS|FORCE-SEND)|X-DTSTAMP|X-SEQUENCE)$/;

function withoutPrivateComponents(component: Component): Component {
  return mapChildren(component, (child) => {
    if (child.kind === 'property') return child;
    return privateNames.test(child.name) ? undefined : withoutPrivateComponents(child);
  });
}

function withoutPrivateParameters(property: Property): Property {
  const parameters = property.parameters.filter(({ name }) => !privateParameters.test(name));
  return parameters.length === property.parameters.length ? property : { ...property, parameters, source: undefined };
}

function mapComponent(component: Component, change: (property: Property) => Property | undefined): Component {
  return mapChildren(component, (child): ComponentChild | undefined =>
    child.kind === 'component' ? mapComponent(child, change) : change(child),
  );
}

function keyOf(value: string): string {
  try {
    return calAddressKey(parseCalAddress(value));
  } catch {
    return value; // readItipMessage has refused it already
  }
}

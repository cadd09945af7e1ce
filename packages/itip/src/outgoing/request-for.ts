import {
  type Component,
  type ComponentChild,
  formatUtc,
  makeProperty,
  mapChildren,
  type Property,
  property,
  propertyValue,
  withChildren,
  withoutProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import type { EpochMs } from '@isched/values';
import { type Addresses, attendeeLine, participationOf } from '../attendee.ts';
import { recurrenceIdFor } from '../derive.ts';
import { ownExclusion, revisionParameter, withExclusion } from '../exclusions.ts';
import { isShared, withoutServerParameters } from '../personal.ts';
import { type ItipPolicy, resolvePolicy } from '../policy.ts';
import type { Series } from '../series.ts';

/** What a message of the organizer's says of an object, for one attendee. */
export interface SendOptions {
  readonly now: EpochMs;
  readonly policy?: Partial<ItipPolicy> | undefined;
  readonly productId?: string | undefined;
}

/**
 * The components that an attendee is told of: the series if they are on it, with the instances they are not on left
 * out, and the changed instances that they are on.
 *
 * @param series - the organizer's copy.
 * @param person - the attendee.
 * @returns nothing when the person is on none.
 * @throws nothing.
 * @see RFC 6638 §3.2.6.
 */
export function componentsFor(series: Series, person: Addresses, options: SendOptions): readonly Component[] {
  const { master, overrides, zoned } = series;
  const policy = resolvePolicy(options.policy);
  const invited = overrides.filter(({ component }) => attendeeLine(component, person) && !isCancelled(component));
  const told = invited.map(({ component }) => forSending(component, options.now, policy));
  if (!master || !attendeeLine(master.component, person)) return told;
  const apart = overrides.filter((member) => !invited.includes(member));
  const restricted = apart.reduce(
    (component, { recurrenceId }) =>
      withExclusion(component, recurrenceIdFor(component, zoned, { line: recurrenceId as Property, within: zoned })),
    forSending(master.component, options.now, policy),
  );
  return [restricted, ...told];
}

/** Says whether a component is called off. @throws nothing. */
export function isCancelled(component: Component): boolean {
  return propertyValue(component, 'STATUS')?.trim().toUpperCase() === 'CANCELLED';
}

/**
 * A component of the organizer's as others may see it: without alarms, private properties and server's notes, stamped now.
 *
 * @throws nothing.
 */
export function forSending(component: Component, now: EpochMs, policy: ItipPolicy): Component {
  const children = component.children.flatMap((child): readonly ComponentChild[] => {
    if (child.kind === 'component') return child.name === 'VALARM' ? [] : [child];
    if (child.name === 'REQUEST-STATUS' || child.name === 'COLOR') return [];
    if (child.name.startsWith('X-') && !isShared(child.name, policy)) return [];
    if (child.name === 'EXDATE' || child.name === 'RDATE')
      return [withParameter(withParameter(child, revisionParameter, undefined), ownExclusion, undefined)];
    return [child.name === 'ATTENDEE' || child.name === 'ORGANIZER' ? addressLine(child) : child];
  });
  return withProperty(withChildren(component, children), makeProperty('DTSTAMP', formatUtc(now)));
}

/** An address line as it is sent: PARTSTAT said out loud for attendees, private parameters left out. */
function addressLine(line: Property): Property {
  const clean = withoutServerParameters(line);
  const parameters = clean.parameters.filter(
    ({ name }) => !name.startsWith('X-') || name === 'X-CALENDARSERVER-RESET-PARTSTAT',
  );
  const sent = parameters.length === clean.parameters.length ? clean : { ...clean, parameters, source: undefined };
  return line.name === 'ATTENDEE' ? withParameter(sent, 'PARTSTAT', participationOf(line)) : sent;
}

/** Calls a component off, for the people named. @throws nothing. */
export function asCancellation(component: Component, people: readonly Property[], sequence: number): Component {
  const kept = new Set([
    'UID',
    'DTSTAMP',
    'DTSTART',
    'DTEND',
    'DUE',
    'DURATION',
    'RECURRENCE-ID',
    'SUMMARY',
    'ORGANIZER',
  ]);
  const bare = mapChildren(component, (child) =>
    child.kind === 'property' && kept.has(child.name) ? child : undefined,
  );
  const ended = property(bare, 'DTEND') ?? property(bare, 'DUE');
  const timed = ended ? withoutProperties(bare, 'DURATION') : bare; // the two exclude each other
  return withChildren(timed, [...timed.children, makeProperty('SEQUENCE', String(sequence)), ...people]);
}

import {
  type Component,
  makeComponent,
  makeProperty,
  mapChildren,
  parameter,
  properties,
  propertyValue,
  subcomponents,
  textProperty,
  timeZoneComponent,
  unescapeText,
  withProperty,
  zonesOf,
} from '@isched/icalendar';
import { type ItipMessage, readItipMessage } from '../message.ts';
import type { ItipMethod } from '../methods.ts';
import { withoutServerParameters } from '../personal.ts';

/** PRODID of what we write. */
export const defaultProductId = '-//isched//isched//EN';

export interface ComposeOptions {
  readonly productId?: string | undefined;
}

/** What a message is made of beside its components. */
export interface ComposeSource extends ComposeOptions {
  /** The calendar whose VTIMEZONEs are used. */
  readonly from: Component;
}

/**
 * A message of components: with the definitions of the time zones they refer to, and nothing else of their calendar.
 * All that leaves is made here, and what servers note on address lines stays behind.
 *
 * @param method - what it asks for.
 * @param components - of one UID.
 * @throws ItipError when the components make no message.
 */
export function composeMessage(
  method: ItipMethod,
  components: readonly Component[],
  options: ComposeSource,
): ItipMessage {
  const used = new Set(components.flatMap(zonesUsed));
  const zones = subcomponents(options.from, 'VTIMEZONE').filter((zone) => used.has(tzidOf(zone)));
  for (const zone of zones) used.delete(tzidOf(zone));
  return readItipMessage(
    makeComponent('VCALENDAR', [
      makeProperty('VERSION', '2.0'),
      makeProperty('PRODID', options.productId ?? defaultProductId),
      makeProperty('METHOD', method),
      ...zones,
      ...[...used].flatMap((tzid) => definitionFor(tzid, options.from)),
      ...components.map(withoutServerNotes),
    ]),
  );
}

/** @see RFC 6638 §7.1 to §7.3: such parameters must not be sent. */
function withoutServerNotes(component: Component): Component {
  return mapChildren(component, (child) =>
    child.kind === 'property' && (child.name === 'ATTENDEE' || child.name === 'ORGANIZER')
      ? withoutServerParameters(child)
      : child,
  );
}

/** The definition of a zone that the calendar uses by its name only; none where nobody knows the name. */
function definitionFor(tzid: string, calendar: Component): readonly Component[] {
  const name = zonesOf(calendar).zone(tzid)?.ianaName;
  const definition = name === undefined ? undefined : timeZoneComponent(name);
  return definition ? [withProperty(definition, textProperty('TZID', tzid))] : [];
}

/** The TZIDs that a component and what is in it refer to. @throws nothing. */
export function zonesUsed(component: Component): readonly string[] {
  const own = properties(component).flatMap((line) => parameter(line, 'TZID') ?? []);
  return [...own, ...subcomponents(component).flatMap(zonesUsed)];
}

/** What a VTIMEZONE is referred to by; its TZID is a text, with a text's escapes. @throws nothing. */
export function tzidOf(zone: Component): string {
  return unescapeText(propertyValue(zone, 'TZID') ?? '').trim();
}

import {
  type Component,
  makeProperty,
  mapChildren,
  type Property,
  properties,
  subcomponents,
  textValues,
  withChildren,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import { isListed, type ItipPolicy } from './policy.ts';

/** Properties that are each person's own: how the entry stands in their calendar, not what it is. */
const personalNames = new Set(['TRANSP', 'COLOR']);
/** In a to-do these say how far each person is. */
const ownProgress = new Set(['PERCENT-COMPLETE', 'COMPLETED']);
/** Colours pass for categories in some clients. */
const colour =
  /^(#[0-9a-f]{3,8}|aqua|black|blue|fuchsia|gray|grey|green|lime|maroon|navy|olive|orange|purple|red|silver|teal|white|yellow)( category)?$/i;

/** From which SEQUENCE on answers still count, where SEQUENCE was raised and nothing moved. */
export const sinceParameter = 'X-ISCHED-REPLIES-SINCE';

/** Apple's server's parameter, which we send too: answers older than this SEQUENCE no longer count. */
export const resetParameter = 'X-CALENDARSERVER-RESET-PARTSTAT';

/** On an instance that its keeper's copy made of the series, by an answer: the others were not told of it. */
export const ownInstance = 'X-ISCHED-OWN';

/** An instance that was made of a series for an answer, marked as such. @throws nothing. */
export function madeByKeeper(instance: Component): Component {
  return withProperty(instance, makeProperty(ownInstance, 'TRUE'));
}

/** Parameters that concern the one who keeps the copy and its server, never anybody else. */
const serverParameters = new Set([
  'SCHEDULE-AGENT',
  'SCHEDULE-STATUS',
  'SCHEDULE-FORCE-SEND',
  'X-DTSTAMP',
  'X-SEQUENCE',
  sinceParameter,
]);

/** Says whether a parameter of an address line is only its keeper's server's. @throws nothing. */
export function isServerParameter(name: string): boolean {
  return serverParameters.has(name);
}

/** Says whether an X- property is one that organizers share, by the policy's list. @throws nothing. */
export function isShared(name: string, policy: ItipPolicy): boolean {
  return isListed(name, policy.sharedExtensions);
}

/** Says whether a property of a stored copy is its keeper's own. @throws nothing. */
export function isPersonal(of: Property, policy: ItipPolicy): boolean {
  if (personalNames.has(of.name) || ownProgress.has(of.name)) return true;
  return of.name.startsWith('X-') && !isShared(of.name, policy);
}

/** What of a component belongs to the person who keeps it. */
export interface Personal {
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
}

/** Takes out what is the keeper's own: alarms, transparency, colour, categories by policy, private X- properties. @throws nothing. */
export function personalOf(component: Component, policy: ItipPolicy): Personal {
  const own = properties(component).filter(
    (line) =>
      (isPersonal(line, policy) && line.name !== ownInstance) ||
      (line.name === 'CATEGORIES' && policy.categories !== 'organizer'),
  );
  return { properties: own, components: subcomponents(component, 'VALARM') };
}

/**
 * What a message says of a component that another person may keep: without the sender's alarms, colour, private
 * properties and what is between servers. TRANSP and progress stay, as the first proposal for somebody who has none.
 *
 * @throws nothing.
 */
export function withoutForeign(component: Component, policy: ItipPolicy): Component {
  return mapChildren(component, (child) => {
    if (child.kind === 'component') return child.name === 'VALARM' ? undefined : child;
    if (child.name === 'COLOR' || child.name === 'REQUEST-STATUS') return undefined;
    if (child.name === 'CATEGORIES') return isColour(child) ? undefined : child;
    if (child.name.startsWith('X-') && !isShared(child.name, policy)) return undefined;
    return child.name === 'ATTENDEE' || child.name === 'ORGANIZER' ? asKept(child) : child;
  });
}

/** Somebody's line in a message as it is kept: which answers count, and how it is sent to, is not for the message to say. @throws nothing. */
export function asKept(line: Property): Property {
  return withoutServerParameters(withParameter(line, resetParameter, undefined));
}

/** An address line without what only its keeper's server needs. @throws nothing. */
export function withoutServerParameters(line: Property): Property {
  if (!line.parameters.some((each) => serverParameters.has(each.name))) return line;
  const parameters = line.parameters.filter((each) => !serverParameters.has(each.name));
  return { ...line, parameters, source: undefined };
}

/**
 * A component of a message with the keeper's own data put in place of the sender's.
 *
 * @throws nothing.
 */
export function withPersonal(component: Component, own: Personal, policy: ItipPolicy): Component {
  const names = new Set(own.properties.map((line) => line.name));
  const lines = properties(component).filter((line) => {
    if (personalNames.has(line.name) || ownProgress.has(line.name)) return false; // theirs, or none
    if (line.name === 'CATEGORIES') return policy.categories !== 'attendee';
    return !(names.has(line.name) && isPersonal(line, policy));
  });
  const inner = subcomponents(component).filter(({ name }) => name !== 'VALARM');
  return withChildren(component, [...lines, ...ownLines(own, lines), ...inner, ...own.components]);
}

/** The keeper's lines, but for categories that the message has too. */
function ownLines(own: Personal, lines: readonly Property[]): readonly Property[] {
  if (own.properties.length === 0) return own.properties;
  const known = new Set(categoriesOf(lines));
  return own.properties.filter(
    (line) => line.name !== 'CATEGORIES' || !textValues(line.value).every((category) => known.has(category)),
  );
}

function categoriesOf(lines: readonly Property[]): readonly string[] {
  return lines.filter((line) => line.name === 'CATEGORIES').flatMap((line) => textValues(line.value));
}

function isColour(line: Property): boolean {
  return textValues(line.value).every((category) => colour.test(category.trim()));
}

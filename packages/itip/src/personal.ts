import {
  type Component,
  type ComponentChild,
  type Property,
  properties,
  subcomponents,
  textValues,
  withChildren,
} from '@isched/icalendar';
import type { ItipPolicy } from './policy.ts';

/** Properties that are each person's own: how the entry stands in their calendar, not what it is. */
const personalNames = new Set(['TRANSP', 'COLOR']);
/** In a to-do these say how far each person is. */
const ownProgress = new Set(['PERCENT-COMPLETE', 'COMPLETED']);
/** Colours pass for categories in some clients. */
const colour =
  /^(#[0-9a-f]{3,8}|aqua|black|blue|fuchsia|gray|grey|green|lime|maroon|navy|olive|orange|purple|red|silver|teal|white|yellow)( category)?$/i;

/** From which SEQUENCE on answers still count, where SEQUENCE was raised and nothing moved. */
export const sinceParameter = 'X-ISCHED-REPLIES-SINCE';

/** On an instance in an attendee's copy: the attendee made it of the series; the organizer may not have it. */
export const ownInstance = 'X-ISCHED-OWN';

/** Parameters that concern the one who keeps the copy and its server, never anybody else. */
const serverParameters = new Set([
  'SCHEDULE-AGENT',
  'SCHEDULE-STATUS',
  'SCHEDULE-FORCE-SEND',
  'X-DTSTAMP',
  'X-SEQUENCE',
  sinceParameter,
]);

/** Says whether an X- property is one that organizers share, by the policy's list. @throws nothing. */
export function isShared(name: string, policy: ItipPolicy): boolean {
  return policy.sharedExtensions.some((shared) =>
    shared.endsWith('*') ? name.startsWith(shared.slice(0, -1)) : name === shared,
  );
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
 * properties and server's notes. TRANSP and progress stay, as the first proposal for somebody who has none.
 *
 * @throws nothing.
 */
export function withoutForeign(component: Component, policy: ItipPolicy): Component {
  const children = component.children.flatMap((child): readonly ComponentChild[] => {
    if (child.kind === 'component') return child.name === 'VALARM' ? [] : [child];
    if (child.name === 'COLOR' || child.name === 'REQUEST-STATUS') return [];
    if (child.name === 'CATEGORIES') return isColour(child) ? [] : [child];
    if (child.name.startsWith('X-') && !isShared(child.name, policy)) return [];
    return [child.name === 'ATTENDEE' || child.name === 'ORGANIZER' ? withoutServerParameters(child) : child];
  });
  return children.length === component.children.length &&
    children.every((child, at) => child === component.children[at])
    ? component
    : withChildren(component, children);
}

/** An address line without what only its keeper's server needs. @throws nothing. */
export function withoutServerParameters(line: Property): Property {
  const parameters = line.parameters.filter((each) => !serverParameters.has(each.name));
  return parameters.length === line.parameters.length ? line : { ...line, parameters, source: undefined };
}

/**
 * A component of a message with the keeper's own data put in place of the sender's.
 *
 * @throws nothing.
 */
export function withPersonal(component: Component, own: Personal, policy: ItipPolicy): Component {
  const names = new Set(own.properties.map((line) => line.name));
  const kept = component.children.filter((child) => {
    if (child.kind === 'component') return child.name !== 'VALARM';
    if (personalNames.has(child.name) || ownProgress.has(child.name)) return false; // theirs, or none
    if (child.name === 'CATEGORIES') return policy.categories !== 'attendee';
    return !(names.has(child.name) && isPersonal(child, policy));
  });
  const known = new Set(categoriesOf(kept.filter((child) => child.kind === 'property')));
  const added = own.properties.filter(
    (line) => line.name !== 'CATEGORIES' || !textValues(line.value).every((category) => known.has(category)),
  );
  return withChildren(component, [...kept, ...added, ...own.components].toSorted(propertiesFirst));
}

function propertiesFirst(left: { readonly kind: string }, right: { readonly kind: string }): number {
  return Number(left.kind === 'component') - Number(right.kind === 'component');
}

function categoriesOf(lines: readonly Property[]): readonly string[] {
  return lines.filter((line) => line.name === 'CATEGORIES').flatMap((line) => textValues(line.value));
}

function isColour(line: Property): boolean {
  return textValues(line.value).every((category) => colour.test(category.trim()));
}

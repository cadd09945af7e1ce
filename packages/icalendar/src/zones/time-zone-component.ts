import { tzlib_get_ical_block } from 'timezones-ical-library';
import { type Component, type ComponentChild, makeComponent, makeProperty } from '../component.ts';
import { ICalendarError } from '../errors.ts';
import { parseComponents } from '../parse.ts';
import { ianaZone } from './iana-zone.ts';

/**
 * The VTIMEZONE of an IANA zone, to put into a calendar object that uses it. It has the rules of today; for dates long
 * past our own readers go by the name.
 *
 * @param ianaName - also the definition's TZID.
 * @returns undefined when there is no such zone.
 * @throws nothing.
 * @see RFC 5545 §3.6.5.
 */
export function timeZoneComponent(ianaName: string): Component | undefined {
  if (ianaZone(ianaName) === undefined) return undefined;
  const block = tzlib_get_ical_block(ianaName);
  const text = Array.isArray(block) ? block[0] : undefined;
  if (text === undefined || !text.includes('BEGIN:VTIMEZONE')) return undefined;
  try {
    const [definition] = parseComponents(text);
    return definition && withName(fresh(definition), ianaName);
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}

/** The same component without the library's line ends. */
function fresh(component: Component): Component {
  return makeComponent(component.name, component.children.map(freshChild));
}

function freshChild(child: ComponentChild): ComponentChild {
  return child.kind === 'component' ? fresh(child) : { ...child, source: undefined };
}

/** An alias's definition comes under the name it stands for. */
function withName(definition: Component, ianaName: string): Component {
  const others = definition.children.filter((child) => child.kind === 'component' || child.name !== 'TZID');
  return makeComponent('VTIMEZONE', [makeProperty('TZID', ianaName), ...others]);
}

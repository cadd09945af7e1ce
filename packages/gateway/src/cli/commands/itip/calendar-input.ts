import {
  type Component,
  decodeCalendar,
  type ICalendarLimits,
  makeComponent,
  makeProperty,
  parseComponents,
  properties,
  propertyValue,
  subcomponents,
  withChildren,
  withoutProperties,
} from '@isched/icalendar';
import { defaultProductId } from '@isched/itip';
import type { Octets } from '@isched/values';
import { type Terminal, UsageError } from '../../output.ts';
import { readInput } from '../../terminal.ts';

/** A person's own files: calendars grow larger than any message. */
const fileLimits: Partial<ICalendarLimits> = {
  maxOctets: 268_435_456,
  maxComponents: 1_000_000,
  maxProperties: 20_000_000,
};

/** Reads the files a command names. Standard input comes once. */
export type ReadFile = (path: string) => Promise<Octets>;

/** @throws UsageError, when reading: the file can't be read, or standard input was asked for twice. */
export function createFileReader(terminal: Terminal): ReadFile {
  let isTaken = false;
  return (path) => {
    if (path === '-' && isTaken) throw new UsageError('standard input can stand for one file only');
    isTaken ||= path === '-';
    return readInput(path, terminal);
  };
}

/**
 * The calendars of a file: one or several VCALENDARs, or components that stand in none.
 *
 * @returns none of a blank file.
 * @throws ICalendarError when it can't be read.
 */
export function readCalendars(octets: Octets): readonly Component[] {
  const text = decodeCalendar(octets);
  if (text.trim() === '') return [];
  const roots = parseComponents(text, fileLimits);
  const calendars = roots.filter(({ name }) => name === 'VCALENDAR');
  const loose = roots.filter(({ name }) => name !== 'VCALENDAR');
  return loose.length === 0 ? calendars : [...calendars, aroundComponents(loose)];
}

function aroundComponents(components: readonly Component[]): Component {
  const head = [makeProperty('VERSION', '2.0'), makeProperty('PRODID', defaultProductId)];
  return makeComponent('VCALENDAR', [...head, ...components]);
}

/**
 * What is stored as one object, though it lies in a file in pieces.
 *
 * @param uid - components of other objects are left out; undefined: all count.
 * @returns a calendar without METHOD; undefined when there is nothing of that UID.
 * @throws nothing.
 */
export function joinObject(calendars: readonly Component[], uid?: string): Component | undefined {
  const [first, ...others] = calendars;
  if (!first) return undefined;
  const zones = new Set(zonesOf(first).map(tzidOf));
  const moreZones = others.flatMap(zonesOf).filter((zone) => {
    const isNew = !zones.has(tzidOf(zone));
    zones.add(tzidOf(zone));
    return isNew;
  });
  const more = others.flatMap((calendar) => subcomponents(calendar).filter(({ name }) => name !== 'VTIMEZONE'));
  const isOther = (component: Component): boolean =>
    component.name !== 'VTIMEZONE' && uid !== undefined && propertyValue(component, 'UID')?.trim() !== uid;
  const all = [...first.children, ...moreZones, ...more];
  const kept = all.filter((child) => child.kind === 'property' || !isOther(child));
  if (!kept.some((child) => child.kind === 'component' && child.name !== 'VTIMEZONE')) return undefined;
  const joined = kept.length === first.children.length && more.length === 0 ? first : withChildren(first, kept);
  return properties(joined, 'METHOD').length > 0 ? withoutProperties(joined, 'METHOD') : joined;
}

function zonesOf(calendar: Component): readonly Component[] {
  return subcomponents(calendar, 'VTIMEZONE');
}

function tzidOf(zone: Component): string | undefined {
  return propertyValue(zone, 'TZID')?.trim();
}

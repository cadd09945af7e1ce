import { type Component, property, propertyValue, subcomponents } from '../component.ts';
import { zonesOf } from '../zones/zones.ts';
import { type Budget, defaultWork } from './budget.ts';
import { defaultMaxInstances, type ExpandOptions, type Expansion, expandWithin } from './expand.ts';
import type { Instance } from './instance.ts';
import { readRecurrenceSet } from './series.ts';

/** As `expand`'s, but the zones are by default those of the calendar. */
export type InstancesOptions = Partial<ExpandOptions>;

/**
 * The instances of what a calendar object holds: VEVENTs, VTODOs and VJOURNALs, each UID with its master, rules, dates
 * and overrides.
 *
 * @param calendar - a VCALENDAR.
 * @param uid - only this object; absent: all.
 * @returns in order of their start; limits hold for all objects together.
 * @throws ICalendarError as `readRecurrenceSet` and `expand`.
 */
export function instancesOf(calendar: Component, uid?: string, options: InstancesOptions = {}): Expansion {
  const zones = options.zones ?? zonesOf(calendar);
  const max = options.maxInstances ?? defaultMaxInstances;
  const instances: Instance[] = [];
  const budget: Budget = { left: options.maxWork ?? defaultWork };
  let complete = true;
  for (const components of recurringComponents(calendar, uid)) {
    const expansion = expandWithin(readRecurrenceSet(components), { ...options, zones }, budget);
    for (const instance of expansion.instances) instances.push(instance);
    complete &&= expansion.complete;
  }
  instances.sort((one, other) => one.start - other.start || one.end - other.end);
  return { instances: instances.slice(0, max), complete: complete && instances.length <= max };
}

const recurring: ReadonlySet<string> = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);

/**
 * The components of a calendar that can recur, those of one object (type and UID) together.
 *
 * @param uid - only this object; undefined: all. Components without UID are objects of their own.
 * @throws nothing.
 */
export function recurringComponents(calendar: Component, uid?: string): readonly (readonly Component[])[] {
  const objects = new Map<unknown, Component[]>();
  for (const component of subcomponents(calendar)) {
    if (!recurring.has(component.name)) continue;
    const own = propertyValue(component, 'UID');
    if (uid !== undefined && own !== uid) continue;
    const key = own === undefined ? component : `${component.name} ${own}`;
    const known = objects.get(key);
    if (known) known.push(component);
    else objects.set(key, [component]);
  }
  return [...objects.values()];
}

/** Whether an object has rules or dates that make several instances of it. @throws nothing. */
export function isRecurring(component: Component): boolean {
  return property(component, 'RRULE') !== undefined || property(component, 'RDATE') !== undefined;
}

import { parseCalAddress } from './cal-address.ts';
import { type Component, type Property, property } from './component.ts';
import { ICalendarError, type ICalendarErrorCode } from './errors.ts';
import { checkPropertyValues, valueType } from './values.ts';

/** Something wrong with a calendar object that can be read all the same. */
export interface Finding {
  readonly code: ICalendarErrorCode | 'end-and-duration' | 'mixed-date-kinds' | 'end-before-start';
  /** The component's name. */
  readonly component: string;
  /** The property's name. */
  readonly property: string;
  /** For people. */
  readonly message: string;
}

/**
 * Checks the values of all properties against their types: dates that don't exist, broken rules, durations, numbers and
 * addresses; and the ends of components against their starts.
 *
 * @returns what is wrong, in the order of the text; nothing if all is right.
 * @throws nothing.
 * @see RFC 5545 §3.3, §3.6.1.
 */
export function checkValues(calendar: Component): readonly Finding[] {
  const findings: Finding[] = [];
  checkComponent(calendar, findings);
  return findings;
}

function checkComponent(component: Component, findings: Finding[]): void {
  for (const child of component.children) {
    if (child.kind === 'component') checkComponent(child, findings);
    else checkProperty(child, component, findings);
  }
  checkEnd(component, findings);
}

function checkProperty(child: Property, component: Component, findings: Finding[]): void {
  try {
    checkPropertyValues(child);
    if (valueType(child) === 'cal-address') parseCalAddress(child.value);
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    findings.push({ code: error.code, component: component.name, property: child.name, message: error.message });
  }
}

function checkEnd(component: Component, findings: Finding[]): void {
  const end = property(component, 'DTEND') ?? property(component, 'DUE');
  const start = property(component, 'DTSTART');
  if (end === undefined || start === undefined) return;
  const add = (code: Finding['code'], message: string): void => {
    findings.push({ code, component: component.name, property: end.name, message });
  };
  if (property(component, 'DURATION') !== undefined) add('end-and-duration', `${end.name} beside DURATION`);
  if (valueType(start) !== valueType(end))
    add('mixed-date-kinds', `DTSTART is a ${valueType(start)}, ${end.name} is not`);
  else if (isSameClock(start, end) && end.value < start.value) add('end-before-start', `${end.name} before DTSTART`);
}

/** Times of different zones are not compared here. */
function isSameClock(start: Property, end: Property): boolean {
  const tzid = (of: Property): string | undefined => of.parameters.find(({ name }) => name === 'TZID')?.values[0];
  return tzid(start) === tzid(end) && start.value.length === end.value.length;
}

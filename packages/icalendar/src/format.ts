import type { Component, ComponentChild, Property } from './component.ts';
import { checkName, writeContentLine } from './content-line.ts';
import { foldLine } from './fold.ts';

/**
 * Writes a component: lines that still have their source byte for byte, the others anew, folded, with CRLF.
 *
 * @returns what `parseCalendar` read, if nothing was changed.
 * @throws ICalendarError `unwritable` when a changed line can't be written as one content line.
 * @see RFC 5545 §3.1.
 */
export function formatCalendar(component: Component): string {
  return formatComponents([component]);
}

/**
 * Writes components one after the other.
 *
 * @throws ICalendarError as `formatCalendar`.
 */
export function formatComponents(components: readonly Component[]): string {
  const lines: string[] = [];
  for (const component of components) addComponent(lines, component);
  return lines.join('');
}

/** Writes one property, as `formatCalendar` would. @throws ICalendarError as `formatCalendar`. */
export function formatProperty(property: Property): string {
  return property.source ?? foldLine(writeContentLine(property));
}

function addComponent(lines: string[], component: Component): void {
  const { name, source } = component;
  if (source === undefined) checkName(name);
  addLine(lines, source?.begin ?? `BEGIN:${name}\r\n`);
  for (const child of component.children) addChild(lines, child);
  addLine(lines, source?.end ?? `END:${name}\r\n`);
}

function addChild(lines: string[], child: ComponentChild): void {
  if (child.kind === 'component') addComponent(lines, child);
  else addLine(lines, formatProperty(child));
}

/** The last line of a file may have come without a line end; a line that now follows it must not run into it. */
function addLine(lines: string[], line: string): void {
  const before = lines.at(-1);
  if (before !== undefined && !endsLine(before)) lines.push('\r\n');
  lines.push(line);
}

function endsLine(line: string): boolean {
  const last = line.charCodeAt(line.length - 1);
  return last === 0x0a || last === 0x0d;
}

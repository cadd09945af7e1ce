import { type Component, type ComponentChild, mapChildren, type Parameter, type Property } from '@isched/icalendar';

/** So begins what our own code notes in stored copies. */
const housePrefix = 'X-ISCHED-';
/** Notes on an answer, on its attendee's line: other servers' names, which we use alike. */
const answerNotes = new Set(['X-DTSTAMP', 'X-SEQUENCE']);

/**
 * A calendar without the marks by which our code knows later what happened to a stored copy. A message has none:
 * nobody outside may set them, and they are nobody's business.
 *
 * @returns the calendar itself where it has none.
 * @throws nothing.
 * @see peers-on-the-wire Q45; decision 0050.
 */
export function withoutHouseMarks(of: Component): Component {
  return mapChildren(of, unmarked);
}

function unmarked(child: ComponentChild): ComponentChild | undefined {
  if (child.kind === 'component') return withoutHouseMarks(child);
  if (child.name.startsWith(housePrefix)) return undefined;
  return child.parameters.some(isMark) ? withoutMarks(child) : child;
}

function withoutMarks(line: Property): Property {
  return { ...line, parameters: line.parameters.filter((each) => !isMark(each)), source: undefined };
}

function isMark({ name }: Parameter): boolean {
  return name.startsWith('X-') && (name.startsWith(housePrefix) || answerNotes.has(name));
}

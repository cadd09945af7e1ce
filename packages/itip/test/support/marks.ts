import { type Component, makeProperty, mapChildren, type Property, withAddedProperties } from '@isched/icalendar';

/** Everything by which a copy tells what only its own house should know. */
export const houseMark = /X-ISCHED-|[;,]X-DTSTAMP=|[;,]X-SEQUENCE=|SCHEDULE-(?:AGENT|STATUS|FORCE-SEND)=/;

/** Marks that are nobody's but ours, with values that would do harm. */
const harmful: readonly (readonly [string, string])[] = [
  ['X-ISCHED-OWN', '99/20991231T235959 /'],
  ['X-ISCHED-REVISION', '99/20991231T235959'],
  ['X-ISCHED-REPLIES-SINCE', '99'],
  ['X-ISCHED-UNHEARD-OF', '1'],
  ['X-DTSTAMP', '20991231T235959Z'],
  ['X-SEQUENCE', '99'],
];

/** A calendar with our marks on every line of every component, and as lines of their own. */
export function markedAll(of: Component, inner = false): Component {
  const marked = mapChildren(of, (child) =>
    child.kind === 'component' ? markedAll(child, true) : inner ? markedLine(child, harmful) : child,
  );
  return withAddedProperties(marked, [makeProperty('X-ISCHED-OWN', 'TRUE'), makeProperty('X-ISCHED-UNHEARD-OF', '1')]);
}

/** A copy as it is kept, with every mark that our own code puts there, and a client's words to its server. */
export function keptMarks(of: Component): Component {
  return mapChildren(of, (child) => {
    if (child.kind !== 'component' || child.name === 'VTIMEZONE') return child;
    return withAddedProperties(
      mapChildren(child, (line) => (line.kind === 'property' ? keptLine(line) : line)),
      [makeProperty('X-ISCHED-OWN', 'TRUE')],
    );
  });
}

function keptLine(line: Property): Property {
  switch (line.name) {
    case 'EXDATE':
      return markedLine(line, [['X-ISCHED-OWN', '0/20261101T000000 @0/@0/']]);
    case 'RDATE':
      return markedLine(line, [['X-ISCHED-REVISION', '0/20261101T000000']]);
    case 'ORGANIZER':
      return markedLine(line, [['SCHEDULE-STATUS', '1.2']]);
    case 'ATTENDEE':
      return markedLine(line, [
        ['SCHEDULE-STATUS', '2.0'],
        ['X-SEQUENCE', '0'],
        ['X-DTSTAMP', '20261101T000000Z'],
        ['X-ISCHED-REPLIES-SINCE', '0'],
      ]);
    default:
      return line;
  }
}

function markedLine(line: Property, marks: readonly (readonly [string, string])[]): Property {
  const added = marks.map(([name, value]) => ({ name, values: [value] }));
  return { ...line, parameters: [...line.parameters, ...added], source: undefined };
}

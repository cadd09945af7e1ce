import { type Component, properties, subcomponents } from '@isched/icalendar';

/**
 * What a calendar says, as plain data that `toEqual` can compare: order of lines and parameters, case of addresses and
 * defaults written out don't count. A value `**ANY**` stands for any.
 */
export interface Meaning {
  readonly name: string;
  readonly lines: readonly string[];
  readonly inner: readonly Meaning[];
}

const notCompared = new Set(['PRODID', 'CALSCALE', 'VERSION', 'DTSTAMP', 'METHOD']);
const defaults = new Set(['PARTSTAT=NEEDS-ACTION', 'RSVP=FALSE']);

export function meaning(of: Component, skip: readonly string[] = []): Meaning {
  const lines = properties(of)
    .filter((line) => !notCompared.has(line.name) && !line.name.startsWith('X-ISCHED-') && !skip.includes(line.name))
    .flatMap((line) => {
      const parameters = line.parameters
        .map((each) => `${each.name}=${each.values.join(',')}`)
        .filter((text) => !defaults.has(text) && !/^X-(CALENDARSERVER-|ISCHED-|DTSTAMP|SEQUENCE)/.test(text))
        .toSorted();
      const values = line.name === 'EXDATE' ? line.value.split(',') : [line.value.replace(/^mailto:/i, 'mailto:')];
      return values.map((value) => `${[line.name, ...parameters].join(';')}:${value}`);
    })
    .toSorted();
  const inner = subcomponents(of)
    .map((component) => meaning(component, skip))
    .toSorted((left, right) => (left.name + left.lines.join() < right.name + right.lines.join() ? -1 : 1));
  return { name: of.name, lines, inner };
}

import { isUtf8 } from 'node:buffer';
import type { Octets } from '@isched/values';
import type { Component, ComponentChild, Property } from './component.ts';
import { readContentLine } from './content-line.ts';
import { ICalendarError, type ICalendarErrorCode, quoted } from './errors.ts';
import { exceedsOctets, type ICalendarLimits, resolveLimits } from './limits.ts';
import { createLineReader, type LineReader } from './unfold.ts';

/**
 * Decodes calendar data. iCalendar is UTF-8 and nothing else here; a byte order mark is kept, for the tree keeps it too.
 *
 * @throws ICalendarError `not-utf8`; a fold inside a character is not UTF-8 either.
 * @see RFC 5545 §3.1.4.
 */
export function decodeCalendar(octets: Octets): string {
  if (!isUtf8(octets)) throw new ICalendarError('not-utf8', 'the calendar data is not UTF-8');
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8');
}

/**
 * Reads calendar data that is one calendar object.
 *
 * @param text - decoded; line ends as they came.
 * @returns a VCALENDAR that `formatCalendar` writes as the same text.
 * @throws ICalendarError when it is none, several, out of balance or over a limit.
 * @see RFC 5545 §3.4, §3.6; RFC 5546 §1.4 (one object a message).
 */
export function parseCalendar(text: string, limits?: Partial<ICalendarLimits>): Component {
  const [calendar, second] = parseComponents(text, limits);
  if (calendar?.name !== 'VCALENDAR') throw new ICalendarError('not-a-calendar', 'no VCALENDAR');
  if (second) throw new ICalendarError('several-calendars', 'more than one calendar object');
  return calendar;
}

/**
 * Reads a stream of calendar objects, or a fragment: components that stand in no VCALENDAR. What lies between lines
 * (blank lines, a byte order mark) stays with the line that follows it.
 *
 * @param text - decoded; line ends as they came.
 * @returns the outermost components, at least one.
 * @throws ICalendarError when there is none, or the text is out of balance or over a limit.
 */
export function parseComponents(text: string, limits?: Partial<ICalendarLimits>): readonly Component[] {
  const bounds = resolveLimits(limits);
  if (exceedsOctets(text, bounds.maxOctets)) {
    throw new ICalendarError('too-large', `more than ${bounds.maxOctets} octets`);
  }
  checkCharacters(text);
  const reader = createLineReader(text, text.charCodeAt(0) === byteOrderMark ? 1 : 0, bounds.maxLineOctets);
  try {
    return readTree(text, reader, bounds);
  } catch (error) {
    if (!(error instanceof ICalendarError) || error.line !== undefined) throw error;
    throw new ICalendarError(error.code, error.message, { line: reader.lineNumber });
  }
}

const byteOrderMark = 0xfeff;

/** RFC 5545 §3.1 forbids control characters; XML, in which answers travel, can't even write them. */
function checkCharacters(text: string): void {
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text)) {
    throw new ICalendarError('forbidden-character', 'a control character in the calendar data');
  }
}

/** A component whose END has not come. */
interface OpenComponent {
  readonly name: string;
  readonly begin: string;
  readonly children: ComponentChild[];
  readonly lineNumber: number;
}

/** Errors without a line number get that of the reader's line. */
function readTree(text: string, reader: LineReader, limits: ICalendarLimits): readonly Component[] {
  const roots: Component[] = [];
  const open: OpenComponent[] = [];
  const count = { components: 0, properties: 0, oddLines: 0 };
  let current: OpenComponent | undefined;
  let sourceStart = 0; // what was passed over since then belongs to the next line
  while (reader.next()) {
    if (isTooLong(reader, limits)) throw over('line-too-long', limits.maxLineOctets, 'octets in a line');
    const property = readContentLine(reader, text.slice(sourceStart, reader.position), limits.maxParameters);
    if (property === undefined) {
      const line = reader.text.slice(reader.start, reader.end);
      if (line.trimStart() === '') continue;
      if (++count.oddLines > limits.maxOddLines)
        throw new ICalendarError('invalid-line', `no content line: ${quoted(line)}`);
      continue;
    }
    sourceStart = reader.position;
    if (property.name === 'BEGIN') {
      if (++count.components > limits.maxComponents)
        throw over('too-many-components', limits.maxComponents, 'components');
      current = begin(property, reader.lineNumber);
      if (open.push(current) > limits.maxDepth) throw over('too-deep', limits.maxDepth, 'levels');
    } else if (property.name === 'END') {
      const closed = close(open.pop(), property);
      current = open.at(-1);
      (current === undefined ? roots : current.children).push(closed);
    } else if (current === undefined) {
      throw new ICalendarError('outside-component', `${property.name} in no component`);
    } else {
      if (++count.properties > limits.maxProperties)
        throw over('too-many-properties', limits.maxProperties, 'properties');
      current.children.push(property);
    }
  }
  if (current) throw new ICalendarError('unbalanced', `${current.name} has no END`, { line: current.lineNumber });
  return withRest(roots, text.slice(sourceStart));
}

function isTooLong({ text, start, end }: LineReader, { maxLineOctets }: ICalendarLimits): boolean {
  return (end - start) * 3 > maxLineOctets && exceedsOctets(text.slice(start, end), maxLineOctets);
}

function begin(line: Property, lineNumber: number): OpenComponent {
  return { name: componentName(line), begin: line.source ?? '', children: [], lineNumber };
}

function close(component: OpenComponent | undefined, line: Property): Component {
  const name = componentName(line);
  if (component?.name !== name) {
    throw new ICalendarError('unbalanced', `END:${name} closes ${component?.name ?? 'nothing'}`);
  }
  const source = { begin: component.begin, end: line.source ?? '' };
  return { kind: 'component', name, children: component.children, source };
}

function componentName(line: Property): string {
  const name = line.value.trim().toUpperCase();
  if (line.parameters.length > 0 || !/^[A-Z0-9_.-]{1,100}$/.test(name)) {
    throw new ICalendarError('invalid-line', `not a component's name: ${quoted(line.value)}`);
  }
  return name;
}

/** What follows the last END (blank lines) stays with it. */
function withRest(roots: readonly Component[], rest: string): readonly Component[] {
  const last = roots.at(-1);
  if (last?.source === undefined) throw new ICalendarError('not-a-calendar', 'no component');
  if (rest.length === 0) return roots;
  return [...roots.slice(0, -1), { ...last, source: { begin: last.source.begin, end: last.source.end + rest } }];
}

function over(code: ICalendarErrorCode, max: number, what: string): ICalendarError {
  return new ICalendarError(code, `more than ${max} ${what}`);
}

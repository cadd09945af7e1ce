import type { Parameter, Property } from './component.ts';
import { ICalendarError, quoted } from './errors.ts';

/** What stands for no parameters: shared, for most properties have none. */
const noParameters: readonly Parameter[] = [];

const colon = 0x3a;
const semicolon = 0x3b;
const comma = 0x2c;
const equals = 0x3d;
const quote = 0x22;
const backslash = 0x5c;

// How a character may stand in a name: 0 not at all, 1 as it is, 2 as a small letter.
const nameCharacters: Uint8Array = tableOfNameCharacters();

/**
 * Reads one unfolded content line. Names are lenient (any visible ASCII but the delimiters), the rest is RFC 5545's
 * grammar: a text that two readers could split differently is no content line.
 *
 * @param line - without folds and line end.
 * @param source - the line as it came, kept with the property.
 * @param maxParameters - values of parameters, counted together.
 * @returns undefined when the text is no content line.
 * @throws ICalendarError `too-many-parameters`.
 * @see RFC 5545 §3.1; RFC 6868.
 */
export function readContentLine(line: string, source: string, maxParameters: number): Property | undefined {
  const nameEnd = endOfName(line, 0);
  if (nameEnd <= 0) return undefined;
  const delimiter = line.charCodeAt(nameEnd);
  const name = nameOf(line, 0, nameEnd);
  if (delimiter === colon) {
    return { kind: 'property', name, parameters: noParameters, value: line.slice(nameEnd + 1), source };
  }
  if (delimiter !== semicolon) return undefined;
  const read =
    readParameters(line, nameEnd, { values: plainValue, max: maxParameters }) ??
    (line.includes('\\') ? readParameters(line, nameEnd, { values: escapedValue, max: maxParameters }) : undefined);
  if (read === undefined) return undefined;
  return { kind: 'property', name, parameters: read.parameters, value: line.slice(read.valueStart), source };
}

/** Where an unquoted parameter value ends, and what it says. */
interface ValueReader {
  /** @returns the place of the delimiter after it, or -1. */
  end(line: string, start: number): number;
  text(raw: string): string;
}

const plainValue: ValueReader = { end: endOfPlainValue, text: (raw) => raw };

/** Phones write `X-TITLE=High Street 1\; Town` as if parameters were TEXT: tried where the grammar itself fails. */
const escapedValue: ValueReader = {
  end: endOfEscapedValue,
  text: (raw) => raw.replace(/\\([\\;:,nN])/g, (_, character: string) => (/n/i.test(character) ? '\n' : character)),
};

interface ReadParameters {
  readonly parameters: readonly Parameter[];
  readonly valueStart: number;
}

/** Each round starts at a semicolon. */
function readParameters(
  line: string,
  start: number,
  { values: reader, max }: { readonly values: ValueReader; readonly max: number },
): ReadParameters | undefined {
  const parameters: Parameter[] = [];
  let at = start;
  let count = 0;
  while (line.charCodeAt(at) === semicolon) {
    const nameEnd = endOfName(line, at + 1);
    if (nameEnd <= at + 1 || line.charCodeAt(nameEnd) !== equals) return undefined;
    const name = nameOf(line, at + 1, nameEnd);
    const values: string[] = [];
    at = nameEnd;
    do {
      if (++count > max) throw new ICalendarError('too-many-parameters', `more than ${max} parameter values`);
      const valueStart = at + 1;
      const isQuoted = line.charCodeAt(valueStart) === quote;
      at = isQuoted ? endOfQuotedValue(line, valueStart) : reader.end(line, valueStart);
      if (at === -1) return undefined;
      values.push(
        decodeCarets(isQuoted ? line.slice(valueStart + 1, at - 1) : reader.text(line.slice(valueStart, at))),
      );
    } while (line.charCodeAt(at) === comma);
    parameters.push({ name, values });
  }
  return line.charCodeAt(at) === colon ? { parameters, valueStart: at + 1 } : undefined;
}

function endOfQuotedValue(line: string, start: number): number {
  const end = line.indexOf('"', start + 1);
  return end === -1 ? -1 : end + 1;
}

function endOfPlainValue(line: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === colon || code === semicolon || code === comma) return at;
    if (code === quote) return -1;
  }
  return -1;
}

function endOfEscapedValue(line: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === colon || code === semicolon || code === comma) return at;
    else if (code === quote) return -1;
  }
  return -1;
}

function decodeCarets(text: string): string {
  return text.includes('^') ? text.replace(/\^[n^']/g, decodeCaret) : text;
}

function decodeCaret(sequence: string): string {
  if (sequence === '^n') return '\n';
  return sequence === '^^' ? '^' : '"';
}

/** The first place that can't belong to a name, or -1 when the line ends before. */
function endOfName(line: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code > 0x7f || nameCharacters[code] === 0) return at;
  }
  return -1;
}

function nameOf(line: string, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (nameCharacters[line.charCodeAt(at)] === 2) return line.slice(start, end).toUpperCase();
  }
  return line.slice(start, end);
}

function tableOfNameCharacters(): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0x21; code < 0x7f; code++) {
    if (code === colon || code === semicolon || code === comma || code === equals || code === quote) continue;
    table[code] = code >= 0x61 && code <= 0x7a ? 2 : 1;
  }
  return table;
}

/**
 * Writes a property as one unfolded content line, parameters quoted where they must be.
 *
 * @throws ICalendarError `unwritable` when a name or the value could not be read back as what it is: a line end or
 * another control character in it, a delimiter in a name.
 * @see RFC 5545 §3.1; RFC 6868.
 */
export function writeContentLine(property: Property): string {
  checkName(property.name);
  let line = property.name;
  for (const { name, values } of property.parameters) {
    checkName(name);
    line += `;${name}=${values.map(writeParameterValue).join(',')}`;
  }
  if (unwritableCharacter.test(property.value)) {
    throw new ICalendarError('unwritable', `a control character in the value of ${property.name}`);
  }
  return `${line}:${property.value}`;
}

const unwritableCharacter = /[\x00-\x08\x0a-\x1f]/;

/** @throws ICalendarError `unwritable` when this is no name of a property, parameter or component. */
export function checkName(name: string): void {
  if (name.length === 0 || endOfName(name, 0) !== -1) {
    throw new ICalendarError('unwritable', `not a name: ${quoted(name)}`);
  }
}

function writeParameterValue(value: string): string {
  const text = /[\^"\r\n]/.test(value) ? value.replace(/\r\n|[\^"\r\n]/g, encodeCaret) : value;
  if (unwritableCharacter.test(text)) {
    throw new ICalendarError('unwritable', `a control character in a parameter: ${quoted(value)}`);
  }
  return /[:;,]/.test(text) ? `"${text}"` : text;
}

function encodeCaret(character: string): string {
  if (character === '^') return '^^';
  return character === '"' ? "^'" : '^n';
}

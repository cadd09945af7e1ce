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

/** A content line without folds and line end: a part of a text, so that most lines need not be copied. */
export interface LineSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads one unfolded content line. Names are lenient (any visible ASCII but the delimiters), the rest is RFC 5545's
 * grammar: a text that two readers could split differently is no content line.
 *
 * @param source - the line as it came, kept with the property.
 * @param maxParameters - values of parameters, counted together.
 * @returns undefined when the text is no content line.
 * @throws ICalendarError `too-many-parameters`.
 * @see RFC 5545 §3.1; RFC 6868.
 */
export function readContentLine(line: LineSpan, source: string, maxParameters: number): Property | undefined {
  const { text, start, end } = line;
  const nameEnd = endOfName(text, start, end);
  if (nameEnd === start || nameEnd === end) return undefined;
  const name = nameOf(text, start, nameEnd);
  if (text.charCodeAt(nameEnd) === colon) {
    return { kind: 'property', name, parameters: noParameters, value: text.slice(nameEnd + 1, end), source };
  }
  const read = readEitherParameters({ text, start: nameEnd, end }, maxParameters);
  if (read === undefined) return undefined;
  return { kind: 'property', name, parameters: read.parameters, value: text.slice(read.valueStart, end), source };
}

/** What an unquoted parameter value may be: by the grammar, or as some phones write it. */
type ValueStyle = 'plain' | 'escaped';

interface ReadParameters {
  readonly parameters: readonly Parameter[];
  readonly valueStart: number;
}

/** Phones write `X-TITLE=High Street 1\; Town`, as if parameters were TEXT: tried where the grammar itself fails. */
function readEitherParameters(line: LineSpan, max: number): ReadParameters | undefined {
  const read = readParameters(line, 'plain', max);
  if (read !== undefined || !line.text.slice(line.start, line.end).includes('\\')) return read;
  return readParameters(line, 'escaped', max);
}

/** Each round starts at a semicolon. */
function readParameters(line: LineSpan, style: ValueStyle, max: number): ReadParameters | undefined {
  const { text, end } = line;
  const parameters: Parameter[] = [];
  let at = line.start;
  let count = 0;
  while (at < end && text.charCodeAt(at) === semicolon) {
    const nameEnd = endOfName(text, at + 1, end);
    if (nameEnd === at + 1 || nameEnd === end || text.charCodeAt(nameEnd) !== equals) return undefined;
    const name = nameOf(text, at + 1, nameEnd);
    const values: string[] = [];
    at = nameEnd;
    do {
      if (++count > max) throw new ICalendarError('too-many-parameters', `more than ${max} parameter values`);
      const start = at + 1;
      at = endOfValue(line, start, style);
      if (at === -1 || at >= end) return undefined;
      values.push(valueOf(text.slice(start, at), style));
    } while (text.charCodeAt(at) === comma);
    parameters.push({ name, values });
  }
  return at < end && text.charCodeAt(at) === colon ? { parameters, valueStart: at + 1 } : undefined;
}

/** The place of the delimiter after a value, or -1. */
function endOfValue({ text, end }: LineSpan, start: number, style: ValueStyle): number {
  if (text.charCodeAt(start) === quote) {
    const closing = text.indexOf('"', start + 1);
    return closing === -1 || closing >= end ? -1 : closing + 1;
  }
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === colon || code === semicolon || code === comma) return at;
    if (code === quote) return -1;
    if (code === backslash && style === 'escaped') at++;
  }
  return -1;
}

function valueOf(raw: string, style: ValueStyle): string {
  if (raw.charCodeAt(0) === quote) return decodeCarets(raw.slice(1, -1));
  if (style === 'plain' || !raw.includes('\\')) return decodeCarets(raw);
  return raw.replace(/\\([\\;:,nN])/g, (_, character: string) => (/n/i.test(character) ? '\n' : character));
}

function decodeCarets(text: string): string {
  return text.includes('^') ? text.replace(/\^[n^']/g, decodeCaret) : text;
}

function decodeCaret(sequence: string): string {
  if (sequence === '^n') return '\n';
  return sequence === '^^' ? '^' : '"';
}

/** The first place that can't belong to a name, or the end. */
function endOfName(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || nameCharacters[code] === 0) return at;
  }
  return end;
}

function nameOf(text: string, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (nameCharacters[text.charCodeAt(at)] === 2) return text.slice(start, end).toUpperCase();
  }
  return text.slice(start, end);
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
 * another control character in it, a delimiter in a name, a property called BEGIN or END.
 * @see RFC 5545 §3.1; RFC 6868.
 */
export function writeContentLine(property: Property): string {
  checkName(property.name);
  if (property.name === 'BEGIN' || property.name === 'END') {
    throw new ICalendarError('unwritable', `${property.name} is no property`);
  }
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
  if (name.length === 0 || endOfName(name, 0, name.length) !== name.length) {
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

import { makeProperty, type Property } from './component.ts';

// Escapes are undone in one pass, so that `\\n` is a backslash and an n. What is no escape stays as it is.
const escapeSequence = /\\[\\;,nN]/g;
const needsEscape = /\r\n|[\\;,\r\n]/g;
// XML can't carry these, and RFC 5545 forbids them.
const controlCharacters = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Reads a TEXT value: undoes its escapes.
 *
 * @throws nothing.
 * @see RFC 5545 §3.3.11.
 */
export function unescapeText(value: string): string {
  return value.includes('\\') ? value.replace(escapeSequence, unescapeOne) : value;
}

/**
 * Writes a TEXT value. Every kind of line end becomes `\n`; control characters, which no calendar may hold, are left out.
 *
 * @throws nothing.
 * @see RFC 5545 §3.3.11.
 */
export function escapeText(text: string): string {
  return text.replace(controlCharacters, '').replace(needsEscape, escapeOne);
}

/**
 * Reads a list of TEXT values (CATEGORIES, RESOURCES): split at commas that are not escaped, then unescaped.
 *
 * @throws nothing.
 */
export function textValues(value: string): readonly string[] {
  return splitUnescaped(value, ',').map(unescapeText);
}

/**
 * Splits at a separator that no backslash stands before.
 *
 * @param separator - one character.
 * @returns at least one part, escapes untouched.
 * @throws nothing.
 */
export function splitUnescaped(value: string, separator: string): readonly string[] {
  if (!value.includes('\\')) return value.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === separator) {
      parts.push(value.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(value.slice(start));
  return parts;
}

/**
 * Makes a property of a text for people: the text is escaped, so that it can't bring lines of its own.
 *
 * @throws nothing.
 */
export function textProperty(name: string, text: string, parameters: Readonly<Record<string, string>> = {}): Property {
  return makeProperty(name, escapeText(text), parameters);
}

function unescapeOne(sequence: string): string {
  const character = sequence[1] as string;
  return character === 'n' || character === 'N' ? '\n' : character;
}

function escapeOne(character: string): string {
  return character === '\\' || character === ';' || character === ',' ? `\\${character}` : '\\n';
}

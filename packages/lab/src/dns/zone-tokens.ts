/** Why a zone text can't be read. */
export class ZoneError extends Error {
  override readonly name = 'ZoneError';
  readonly code = 'invalid-zone';
  readonly line: number;
  constructor(message: string, line: number, options?: ErrorOptions) {
    super(`zone line ${line}: ${message}`, options);
    this.line = line;
  }
}

/** A word of an entry; octets as code units 0–255. Quoted words are never directives, names or types. */
export interface ZoneToken {
  readonly text: string;
  readonly quoted: boolean;
}

/** One entry of a zone file: parentheses joined, comments gone. */
export interface ZoneEntry {
  readonly line: number;
  /** The entry began with a blank, so that it belongs to the owner named last. */
  readonly continuesOwner: boolean;
  readonly tokens: readonly ZoneToken[];
}

interface Scanner {
  readonly text: string;
  position: number;
  line: number;
}

/**
 * Splits a zone file into entries and words.
 *
 * @throws ZoneError for an open quote or parenthesis.
 * @see RFC 1035 §5.1.
 */
export function* zoneEntries(text: string): Generator<ZoneEntry> {
  const scanner: Scanner = { text: Buffer.from(text, 'utf8').toString('latin1'), position: 0, line: 1 };
  while (scanner.position < scanner.text.length) {
    const entry = readEntry(scanner);
    if (entry.tokens.length > 0) yield entry;
  }
}

function readEntry(scanner: Scanner): ZoneEntry {
  const { line } = scanner;
  const continuesOwner = /[ \t]/.test(scanner.text.charAt(scanner.position));
  const tokens: ZoneToken[] = [];
  let open = 0;
  while (scanner.position < scanner.text.length) {
    const char = scanner.text.charAt(scanner.position);
    if (char === '\n') {
      scanner.position += 1;
      scanner.line += 1;
      if (open === 0) return { line, continuesOwner, tokens };
    } else if (char === ';') {
      skipComment(scanner);
    } else if (char === '(' || char === ')') {
      open += char === '(' ? 1 : -1;
      scanner.position += 1;
    } else if (/\s/.test(char)) {
      scanner.position += 1;
    } else {
      tokens.push(char === '"' ? readQuoted(scanner) : readWord(scanner));
    }
  }
  if (open !== 0) throw new ZoneError('a parenthesis is not closed', line);
  return { line, continuesOwner, tokens };
}

function skipComment(scanner: Scanner): void {
  const end = scanner.text.indexOf('\n', scanner.position);
  scanner.position = end === -1 ? scanner.text.length : end;
}

function readQuoted(scanner: Scanner): ZoneToken {
  const { line } = scanner;
  let text = '';
  scanner.position += 1;
  while (scanner.position < scanner.text.length) {
    const char = scanner.text.charAt(scanner.position);
    if (char === '"') {
      scanner.position += 1;
      return { text, quoted: true };
    }
    if (char === '\n') scanner.line += 1;
    text += readCharacter(scanner);
  }
  throw new ZoneError('a quote is not closed', line);
}

function readWord(scanner: Scanner): ZoneToken {
  let text = '';
  while (scanner.position < scanner.text.length && !/[\s;()"]/.test(scanner.text.charAt(scanner.position))) {
    text += readCharacter(scanner);
  }
  return { text, quoted: false };
}

/** `\"` and its like stand for themselves, `\DDD` for an octet. */
function readCharacter(scanner: Scanner): string {
  const char = scanner.text.charAt(scanner.position);
  if (char !== '\\') {
    scanner.position += 1;
    return char;
  }
  const decimal = /^\d{3}/.exec(scanner.text.slice(scanner.position + 1, scanner.position + 4))?.[0];
  if (decimal === undefined) {
    scanner.position += 2;
    return scanner.text.charAt(scanner.position - 1);
  }
  if (Number(decimal) > 255) throw new ZoneError(`\\${decimal} is no octet`, scanner.line);
  scanner.position += 4;
  return String.fromCharCode(Number(decimal));
}

/** Values by name, in the order of the text; white space around a value removed, inside it kept. */
export type TagList = ReadonlyMap<string, string>;

export type TagListErrorCode = 'tag-list-malformed' | 'tag-repeated' | 'too-many-tags';

/** Why a text is no tag list. */
export class TagListError extends Error {
  override readonly name = 'TagListError';
  readonly code: TagListErrorCode;
  constructor(code: TagListErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const tagName = /^[A-Za-z]\w*$/;
// Looked for one by one, so that this stays linear for any text; the second is for folded ones only.
const stranger = /[^\t -~]/;
const strangerBesideFolds = /[^\t\n\r -~]|\r(?!\n[\t ])|(?<!\r)\n/;
const whiteSpace = /[\t\n\r ]/;
const runsOfWhiteSpace = /[\t\n\r ]+/g;

/**
 * Reads `name=value` pairs with `;` between them, as signatures and key records are written.
 *
 * @param text - the field's value or the record; folds kept.
 * @param maxTags - more are refused; so that a stranger's list costs little. Default 100: the largest known has 17.
 * @returns the tags, at least one.
 * @throws TagListError when the syntax is broken or a name stands twice, which invalidates the whole list.
 * @see RFC 6376 §3.2.
 */
export function parseTagList(text: string, maxTags = 100): TagList {
  if (!isTagText(text)) throw new TagListError('tag-list-malformed', 'an octet that no tag may hold');
  const length = lengthWithoutLastSemicolon(text);
  const tags = new Map<string, string>();
  for (let start = 0; start <= length; ) {
    const semicolon = text.indexOf(';', start);
    const end = semicolon === -1 ? length : semicolon;
    const equals = text.indexOf('=', start);
    const name = trimmed(text, start, equals < end ? equals : start);
    if (!tagName.test(name)) throw new TagListError('tag-list-malformed', 'a tag without "=" or without a proper name');
    if (tags.has(name)) throw new TagListError('tag-repeated', `${name}= stands twice`);
    if (tags.size === maxTags) throw new TagListError('too-many-tags', `more than ${maxTags} tags`);
    tags.set(name, trimmed(text, equals + 1, end));
    start = end + 1;
  }
  return tags;
}

/** One semicolon may stand at the end, white space around it. */
function lengthWithoutLastSemicolon(text: string): number {
  const end = endOfText(text, 0, text.length);
  return end > 0 && text.endsWith(';', end) ? end - 1 : end;
}

/** The part from start to end without the white space at its ends. */
function trimmed(text: string, start: number, end: number): string {
  let first = start;
  while (first < end && isWhiteSpace(text.charCodeAt(first))) first += 1;
  return text.slice(first, endOfText(text, first, end));
}

function endOfText(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && isWhiteSpace(text.charCodeAt(last - 1))) last -= 1;
  return last;
}

function isWhiteSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a;
}

/** Printable ASCII and blanks; CRLF where it folds. */
function isTagText(text: string): boolean {
  return !stranger.test(text) || !strangerBesideFolds.test(text);
}

/**
 * Writes a tag list on one line, `; ` between tags, no blanks elsewhere.
 *
 * @param tags - in the order to write; names and values are taken as they are.
 * @throws TypeError when a tag could not be read back: our mistake.
 * @see RFC 6376 §3.2; peers split at `;` and a space.
 */
export function formatTagList(tags: readonly (readonly [name: string, value: string])[]): string {
  for (const [name, value] of tags) {
    if (!tagName.test(name) || value.includes(';') || !isTagText(value)) throw new TypeError(`not a tag: ${name}=`);
  }
  return tags.map(([name, value]) => `${name}=${value}`).join('; ');
}

/**
 * Splits a value at its colons, white space around each member removed.
 *
 * @throws nothing; an empty value has one empty member.
 * @see RFC 6376 §3.5 (`h=`, `q=`), §3.6.1 (`h=`, `s=`, `t=`).
 */
export function splitAtColons(value: string): readonly string[] {
  const members = value.split(':');
  return whiteSpace.test(value) ? members.map((member) => member.trim()) : members;
}

/**
 * Takes all white space out of a value: base64 and quoted-printable may be folded anywhere.
 *
 * @throws nothing.
 */
export function withoutWhiteSpace(value: string): string {
  return whiteSpace.test(value) ? value.replace(runsOfWhiteSpace, '') : value;
}

/** One `name=value` of a list, and where its value stands in the text, white space around it included. */
export interface Tag {
  readonly name: string;
  /** White space around it removed, inside it kept. */
  readonly value: string;
  /** The first octet after `=`. */
  readonly start: number;
  /** The octet after the last: that of `;`, or the end. */
  readonly end: number;
}

/** Tags by name, in the order of the text. */
export type TagList = ReadonlyMap<string, Tag>;

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
const whiteSpace = /[\t\n\r ]+/g;

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
  const tags = new Map<string, Tag>();
  let start = 0;
  for (;;) {
    const semicolon = text.indexOf(';', start);
    const end = semicolon === -1 ? text.length : semicolon;
    const tag = readTag(text, start, end);
    if (tags.has(tag.name)) throw new TagListError('tag-repeated', `${tag.name}= stands twice`);
    if (tags.size === maxTags) throw new TagListError('too-many-tags', `more than ${maxTags} tags`);
    tags.set(tag.name, tag);
    start = end + 1;
    if (isBlankFrom(text, start)) return tags;
  }
}

function readTag(text: string, start: number, end: number): Tag {
  const equals = text.indexOf('=', start);
  if (equals === -1 || equals >= end) throw new TagListError('tag-list-malformed', 'a tag without "="');
  const name = text.slice(start, equals).trim();
  if (!tagName.test(name)) throw new TagListError('tag-list-malformed', 'a tag without a proper name');
  return { name, value: text.slice(equals + 1, end).trim(), start: equals + 1, end };
}

/** Printable ASCII and blanks; CRLF where it folds. */
function isTagText(text: string): boolean {
  return !stranger.test(text) || !strangerBesideFolds.test(text);
}

/** True at the end of the list: nothing, or only white space after a last `;`. */
function isBlankFrom(text: string, start: number): boolean {
  for (let at = start; at < text.length; at += 1) if (!isWhiteSpace(text.charCodeAt(at))) return false;
  return true;
}

function isWhiteSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d || unit === 0x0a;
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
  return value.split(':').map((member) => member.trim());
}

/**
 * Takes all white space out of a value: base64 and quoted-printable may be folded anywhere.
 *
 * @throws nothing.
 */
export function withoutWhiteSpace(value: string): string {
  return /[\t\n\r ]/.test(value) ? value.replace(whiteSpace, '') : value;
}

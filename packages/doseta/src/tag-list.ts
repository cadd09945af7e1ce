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
  const parts = text.split(';', maxTags + 2);
  if (parts.length > 1 && parts.at(-1)?.trim() === '') parts.pop(); // the semicolon that may stand at the end
  if (parts.length > maxTags) throw new TagListError('too-many-tags', `more than ${maxTags} tags`);
  const tags = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (!tagName.test(name)) throw new TagListError('tag-list-malformed', 'a tag without "=" or without a proper name');
    if (tags.has(name)) throw new TagListError('tag-repeated', `${name}= stands twice`);
    tags.set(name, part.slice(equals + 1).trim());
  }
  return tags;
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

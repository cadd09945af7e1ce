/** A media type as a header field states it: type in lower case, parameters in order, names in lower case, unquoted. */
export interface MediaType {
  readonly type: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

const typePattern = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?:;|$)/;
// A plain value begins with what is no blank, so that blanks belong to one part of the pattern only.
const parameterPattern =
  /[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"[ \t]*|([^;" \t][^;"]*)?))?(?:;|$)/y;
/** Far more than anybody needs. */
const maxLength = 2_000;

/**
 * Reads a `Content-Type`. Blanks around `;` and `=` are taken, empty parameters skipped.
 *
 * @param value - the field's value, folds gone.
 * @returns the media type, or nothing where the text is none.
 * @throws nothing.
 * @see RFC 9110 §8.3.1.
 */
export function parseMediaType(value: string): MediaType | undefined {
  const text = value.trim();
  if (text.length > maxLength) return undefined;
  const head = typePattern.exec(text);
  if (!head) return undefined;
  const parameters: { name: string; value: string }[] = [];
  parameterPattern.lastIndex = head[0].length;
  while (parameterPattern.lastIndex < text.length) {
    const found = parameterPattern.exec(text);
    if (!found) return undefined;
    const [, name, quoted, plain = ''] = found;
    if (name) parameters.push({ name: name.toLowerCase(), value: quoted?.replace(/\\(.)/g, '$1') ?? plain.trim() });
  }
  return { type: (head[1] ?? '').toLowerCase(), parameters };
}

/** The values of all parameters of one name (lower case). @throws nothing. */
export function mediaTypeParameters(of: MediaType, name: string): readonly string[] {
  return of.parameters.filter((parameter) => parameter.name === name).map((parameter) => parameter.value);
}

/** For operators. A peer's words may be long. */
export const longestDetail = 500;

/** What ends a line, steers a terminal, or turns the order of what is read: controls of both sets, separators, directions. */
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** A peer's words as a part of one line of ours: they can make no line of their own. @throws nothing. */
export function inOneLine(text: string): string {
  return text.replace(unprintable, ' ');
}

/** Words for operators as they are kept: in one line, and not too long. @throws nothing. */
export function detailFrom(text: string): string {
  return inOneLine(text).slice(0, longestDetail);
}

/** Why something failed, in words. @returns nothing where nothing is said. @throws nothing. */
export function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  // What has a code is foreseen, and its message is a sentence; of the rest the name says what it is.
  if (cause instanceof Error) return detailFrom('code' in cause ? cause.message : `${cause.name}: ${cause.message}`);
  const text = typeof cause === 'string' ? cause : JSON.stringify(cause);
  return text === undefined ? undefined : detailFrom(text);
}

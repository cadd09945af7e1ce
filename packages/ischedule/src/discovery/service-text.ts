/**
 * The `path` of a DNS-SD TXT answer.
 *
 * @param records - the TXT records, the strings of each apart: every string is a `key=value` of its own.
 * @returns the path; nothing where none is stated, or where it does not begin with one `/` or is no path at all.
 * @throws nothing.
 * @see RFC 6763 §6; RFC 6764 §4, whose key this is.
 */
export function pathOf(records: readonly (readonly string[])[]): string | undefined {
  for (const text of records.flat()) {
    const equals = text.indexOf('=');
    // Without a `=` the key has no value; with one in front there is no key: both are skipped (RFC 6763 §6.4).
    if (equals <= 0 || text.slice(0, equals).toLowerCase() !== 'path') continue;
    const path = text.slice(equals + 1);
    return isPath(path) ? path : undefined; // the first of a key wins, good or bad
  }
  return undefined;
}

/** One `/` in front, so that no host can hide; visible ASCII; no fragment. */
function isPath(text: string): boolean {
  return /^\/(?![/\\])[\x21\x22\x24-\x5b\x5d-\x7e]*$/.test(text);
}

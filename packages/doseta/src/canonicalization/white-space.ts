const fold = /\r\n(?=[\t ])/g;
const blanks = /[\t ]+/g;

/**
 * Takes the line ends out of a folded value.
 *
 * @see RFC 5322 §2.2.3.
 */
export function unfold(value: string): string {
  return value.includes('\r\n') ? value.replace(fold, '') : value;
}

/**
 * Makes one SP of every run of SP and HTAB, and none of those at the ends.
 *
 * Runs are collapsed before the ends are trimmed: so no pattern walks a run of blanks twice.
 */
export function collapse(value: string): string {
  if (isEven(value)) return value;
  const even = value.replace(blanks, ' ');
  return even.slice(even.startsWith(' ') ? 1 : 0, even.length > 1 && even.endsWith(' ') ? -1 : undefined);
}

/** Says whether the last octet is SP or HTAB. */
export function endsInBlank(text: string): boolean {
  return text.endsWith(' ') || text.endsWith('\t');
}

/**
 * Takes SP and HTAB, and nothing else, from the end.
 */
export function withoutBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * Takes SP and HTAB, and nothing else, from both ends.
 */
export function withoutBlanksAround(text: string): string {
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start += 1;
  return withoutBlanksAtEnd(text.slice(start));
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

/** Most values are even as they come, and searching is much faster than replacing. */
function isEven(value: string): boolean {
  return !value.includes('\t') && !value.includes('  ') && !value.startsWith(' ') && !value.endsWith(' ');
}

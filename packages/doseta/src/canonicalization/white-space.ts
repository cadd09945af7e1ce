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
 * Most values have one blank before them and are even inside: searching is much faster than replacing.
 */
export function collapse(value: string): string {
  const trimmed = withoutBlanksAround(value);
  return trimmed.includes('\t') || trimmed.includes('  ') ? trimmed.replace(blanks, ' ') : trimmed;
}

/**
 * Takes SP and HTAB, and nothing else, from both ends.
 */
export function withoutBlanksAround(text: string): string {
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start += 1;
  return withoutBlanksAtEnd(start === 0 ? text : text.slice(start));
}

/**
 * Takes SP and HTAB, and nothing else, from the end.
 */
export function withoutBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

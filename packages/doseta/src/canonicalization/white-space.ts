const fold = /\r\n(?=[\t ])/g;
const blanks = /[\t ]+/g;
const uneven = /[\t\r]| {2}|^ | $/;

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
  if (!uneven.test(value)) return value;
  const even = value.replace(blanks, ' ');
  return even.slice(even.startsWith(' ') ? 1 : 0, even.length > 1 && even.endsWith(' ') ? -1 : undefined);
}

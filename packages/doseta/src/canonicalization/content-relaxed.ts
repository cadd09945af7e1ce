import type { Octets } from '@isched/values';
import type { ContentCanonicalization } from '../service-template.ts';

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;

/**
 * Runs of blanks become one SP, blanks at line ends go, empty lines at the end go; what is left ends in CRLF, and
 * empty content stays empty. A bare CR or LF is data.
 *
 * @see RFC 6376 §3.4.4.
 */
export const contentRelaxed: ContentCanonicalization = { name: 'relaxed', canonicalize: relax };

function relax(content: Octets): Octets {
  const canonical = new Uint8Array(content.length + 2);
  let length = 0; // what was written
  let kept = 0; // up to the end of the last line that is not empty
  let lineStart = 0;
  let at = 0;
  while (at < content.length) {
    const octet = content[at];
    if (octet === cr && content[at + 1] === lf) {
      length = withoutBlankAtEnd(canonical, lineStart, length);
      const empty = length === lineStart;
      canonical[length++] = cr;
      canonical[length++] = lf;
      if (!empty) kept = length;
      lineStart = length;
      at += 2;
      continue;
    }
    if (octet === space || octet === tab) {
      if (length === lineStart || canonical[length - 1] !== space) canonical[length++] = space;
    } else {
      canonical[length++] = octet ?? 0;
    }
    at += 1;
  }
  length = withoutBlankAtEnd(canonical, lineStart, length);
  if (length === lineStart) return canonical.subarray(0, kept);
  canonical[length++] = cr; // the last line had no end
  canonical[length++] = lf;
  return canonical.subarray(0, length);
}

/** A run of blanks was written as one SP, so at most one is to be taken back. */
function withoutBlankAtEnd(canonical: Octets, lineStart: number, length: number): number {
  return length > lineStart && canonical[length - 1] === space ? length - 1 : length;
}

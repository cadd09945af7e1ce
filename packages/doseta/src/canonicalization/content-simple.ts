import type { Octets } from '@isched/values';
import type { ContentCanonicalization } from '../service-template.ts';

/**
 * Every trailing CRLF goes, then exactly one is appended; empty content is one CRLF. A bare CR or LF is data.
 *
 * @see RFC 6376 §3.4.3.
 */
export const contentSimple: ContentCanonicalization = { name: 'simple', canonicalize: endInOneLineEnd };

function endInOneLineEnd(content: Octets): Octets {
  const end = endWithoutLineEnds(content);
  if (end < content.length) return content.subarray(0, end + 2); // a CRLF stands right there: a view is enough
  const canonical = new Uint8Array(end + 2);
  canonical.set(content);
  canonical.set([0x0d, 0x0a], end);
  return canonical;
}

function endWithoutLineEnds(content: Octets): number {
  let end = content.length;
  while (end >= 2 && content[end - 2] === 0x0d && content[end - 1] === 0x0a) end -= 2;
  return end;
}

const maxOctets = 75;

/**
 * Folds a content line: at most 75 octets a line without its CRLF, never inside a character.
 *
 * @param line - unfolded, without line end.
 * @returns the line with its CRLFs, the last included.
 * @throws nothing.
 * @see RFC 5545 §3.1.
 */
export function foldLine(line: string): string {
  if (line.length * 3 <= maxOctets || (line.length <= maxOctets && Buffer.byteLength(line) <= maxOctets)) {
    return `${line}\r\n`;
  }
  let folded = '';
  let start = 0;
  let octets = 0;
  for (let at = 0; at < line.length; ) {
    const code = line.codePointAt(at) as number;
    const size = octetsOf(code);
    if (octets + size > maxOctets) {
      folded += `${line.slice(start, at)}\r\n `;
      start = at;
      octets = 1;
    }
    octets += size;
    at += code > 0xffff ? 2 : 1;
  }
  return `${folded}${line.slice(start)}\r\n`;
}

function octetsOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

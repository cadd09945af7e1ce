/** Octets, as they travel and as they are hashed. */
export type Octets = Uint8Array;

/**
 * Octets to a string of code units 0–255, one for each octet: how header values are kept.
 *
 * @throws nothing.
 */
export function latin1FromOctets(octets: Octets): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

/**
 * A string of code units 0–255 to its octets; the inverse of `latin1FromOctets`.
 *
 * @throws nothing; a code unit above 255 loses its high octet, so this is for header values only.
 */
export function octetsFromLatin1(text: string): Octets {
  return Buffer.from(text, 'latin1');
}

/**
 * Text to UTF-8.
 *
 * @throws nothing.
 */
export function octetsFromText(text: string): Octets {
  return Buffer.from(text, 'utf8');
}

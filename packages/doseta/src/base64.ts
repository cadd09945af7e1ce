import { Buffer } from 'node:buffer';

/**
 * Says whether a text is base64, strictly where Node is lenient: no strange octet, no impossible length. Padding may be
 * absent; an empty text is none.
 *
 * @param text - white space already removed; code units 0–255.
 * @throws nothing.
 * @see RFC 4648 §4.
 */
export function isBase64(text: string): boolean {
  return !text.includes('-') && !text.includes('_') && decodeAnyBase64(text) !== undefined;
}

/**
 * Decodes what is base64, or base64url, which one key server writes.
 *
 * @returns nothing when it is neither.
 * @throws nothing.
 * @see RFC 4648 §4, §5.
 */
export function decodeAnyBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  if (digits === 0 || digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  const octets = Buffer.from(text, 'base64');
  // Node drops what is no digit, so that too few octets come out: much faster to see than by looking at every digit.
  return octets.length === Math.floor((digits * 3) / 4) ? octets : undefined;
}

import { Buffer } from 'node:buffer';

const standard = /^[A-Za-z0-9+/]+={0,2}$/;
const urlSafe = /^[A-Za-z0-9_-]+={0,2}$/;

/**
 * Says whether a text is base64, strictly where Node is lenient: no strange octet, no impossible length. Padding may be
 * absent; an empty text is none.
 *
 * @param text - white space already removed.
 * @throws nothing.
 * @see RFC 4648 §4.
 */
export function isBase64(text: string): boolean {
  return standard.test(text) && hasPossibleLength(text);
}

/**
 * Decodes what is base64, or base64url, which one key server writes.
 *
 * @returns nothing when it is neither.
 * @throws nothing.
 * @see RFC 4648 §4, §5.
 */
export function decodeAnyBase64(text: string): Buffer | undefined {
  const known = standard.test(text) || urlSafe.test(text);
  return known && hasPossibleLength(text) ? Buffer.from(text, 'base64') : undefined;
}

function hasPossibleLength(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length - padding) % 4 !== 1 && (padding === 0 || text.length % 4 === 0);
}

import { Buffer } from 'node:buffer';

const standard = /^[A-Za-z0-9+/]+={0,2}$/;
const urlSafe = /^[A-Za-z0-9_-]+={0,2}$/;

/**
 * Decodes base64 strictly where Node is lenient: no strange octet, no impossible length. Padding may be absent.
 *
 * @param text - white space already removed.
 * @returns the octets, or nothing when the text is not base64 or is empty.
 * @throws nothing.
 * @see RFC 4648 §4.
 */
export function decodeBase64(text: string): Buffer | undefined {
  return decodeAs(standard, text);
}

/**
 * The same for base64 or base64url, which one key server writes.
 *
 * @see RFC 4648 §5; the key records of Bedework.
 */
export function decodeAnyBase64(text: string): Buffer | undefined {
  return decodeAs(standard, text) ?? decodeAs(urlSafe, text);
}

function decodeAs(alphabet: RegExp, text: string): Buffer | undefined {
  if (!alphabet.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  if (digits % 4 === 1 || (padding > 0 && text.length % 4 !== 0)) return undefined;
  return Buffer.from(text, 'base64');
}

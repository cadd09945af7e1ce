/**
 * One value in DER: tag, length, content.
 *
 * @throws nothing.
 * @see X.690 §8.1.
 */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), derLength(content.length), content]);
}

export const derSequence = (...members: readonly Uint8Array[]): Uint8Array => derValue(0x30, ...members);
export const derSet = (...members: readonly Uint8Array[]): Uint8Array => derValue(0x31, ...members);
export const derOctetString = (content: Uint8Array): Uint8Array => derValue(0x04, content);
/** Whole octets only. */
export const derBitString = (content: Uint8Array): Uint8Array => derValue(0x03, Uint8Array.of(0), content);
export const derText = (text: string): Uint8Array => derValue(0x0c, Buffer.from(text, 'utf8'));
export const derTrue: Uint8Array = Uint8Array.of(0x01, 0x01, 0xff);

/** An object identifier, as `2.5.29.17`. */
export function derObjectId(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return derValue(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A whole number that is not negative, given as octets. */
export function derInteger(octets: Uint8Array): Uint8Array {
  const needsZero = (octets[0] ?? 0) >= 0x80;
  return derValue(0x02, needsZero ? Uint8Array.of(0) : Uint8Array.of(), octets);
}

/**
 * A time, in the form that RFC 5280 §4.1.2.5 asks for: UTCTime until 2049, GeneralizedTime after.
 *
 * @throws RangeError when the date is none.
 */
export function derTime(time: Date): Uint8Array {
  const digits = time.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  const year = time.getUTCFullYear();
  if (year >= 1950 && year < 2050) return derValue(0x17, Buffer.from(digits.slice(2), 'latin1'));
  return derValue(0x18, Buffer.from(digits, 'latin1'));
}

function base128(value: number): readonly number[] {
  const octets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) octets.unshift(0x80 | (rest & 0x7f));
  return octets;
}

function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

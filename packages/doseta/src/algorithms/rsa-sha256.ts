import { constants, createPublicKey, createVerify, type KeyObject, publicDecrypt, sign } from 'node:crypto';
import type { Octets } from '@isched/values';
import type { Algorithm, PublicKey } from './algorithm.ts';

// An exponent may be as long as the modulus, and verifying takes time by its length: ten times ours is enough for anybody.
const maxExponent = 2n ** 64n;
const sequence = 0x30;
const integer = 0x02;

/**
 * RSASSA-PKCS1-v1_5 with SHA-256.
 *
 * @see RFC 6376 §3.3.2; RFC 8301 §3.
 */
export const rsaSha256: Algorithm = {
  name: 'rsa-sha256',
  keyType: 'rsa',
  hash: 'sha256',
  readPublicKey,
  formatPublicKey(publicKey) {
    if (publicKey.asymmetricKeyType !== 'rsa') throw new TypeError('not an RSA key');
    return publicKey.export({ format: 'der', type: 'spki' });
  },
  sign: (data, privateKey) =>
    new Promise((resolve, reject) => {
      sign('sha256', data, privateKey, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
  // A fifth less work than the function `verify`, which makes a job of it even where nobody waits.
  verify: ({ data, signature }, publicKey) => createVerify('sha256').update(data).verify(publicKey, signature),
};

/** SubjectPublicKeyInfo as everybody publishes it, or the bare RSAPublicKey that RFC 6376's grammar names. */
function readPublicKey(keyData: Octets): PublicKey | undefined {
  const type = firstMember(keyData) === integer ? 'pkcs1' : 'spki';
  try {
    const key = createPublicKey({ key: Buffer.from(keyData), format: 'der', type });
    const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType !== 'rsa' || modulusLength === undefined || publicExponent === undefined)
      return undefined;
    if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent >= maxExponent) return undefined;
    return { key, bits: modulusLength };
  } catch {
    return undefined; // whatever the octets are, they are no key
  }
}

/** The tag of the first member of a DER sequence: RSAPublicKey begins with an INTEGER, SubjectPublicKeyInfo does not. */
function firstMember(der: Octets): number | undefined {
  const [tag, length = 0] = der;
  if (tag !== sequence) return undefined;
  return der[length < 0x80 ? 2 : 2 + (length & 0x7f)];
}

const digestInfoPrefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Opens an RSA signature with the public key: the hash that the signer had.
 *
 * @returns the 32 octets; nothing when the key did not make this signature, or another hash was signed.
 * @throws nothing.
 * @see RFC 8017 §9.2.
 */
export function hashInSignature(signature: Octets, publicKey: KeyObject): Octets | undefined {
  try {
    const digestInfo = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
    const prefix = digestInfo.subarray(0, digestInfoPrefix.length);
    if (!prefix.equals(digestInfoPrefix) || digestInfo.length !== prefix.length + 32) return undefined;
    return digestInfo.subarray(digestInfoPrefix.length);
  } catch {
    return undefined; // no PKCS#1 padding came out
  }
}

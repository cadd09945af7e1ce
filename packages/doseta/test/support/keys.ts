import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createOnce } from './once.ts';

/** Keys for tests, made once a file: making them takes longer than all tests that use them. */
export const rsaKey = createOnce(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
export const otherRsaKey = createOnce(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
export const rsa1024Key = createOnce(() => generateKeyPairSync('rsa', { modulusLength: 1024 }));
export const ed25519Key = createOnce(() => generateKeyPairSync('ed25519'));

/** `p=` as RFC 6376 and RFC 8463 have it, without the code under test. */
export function keyData(publicKey: KeyObject): string {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  // RFC 8410: the last 32 octets of an Ed25519 SubjectPublicKeyInfo are the key.
  return (publicKey.asymmetricKeyType === 'ed25519' ? der.subarray(-32) : der).toString('base64');
}

import { createPublicKey, hash, sign, verify } from 'node:crypto';
import type { Algorithm } from './algorithm.ts';

const keyOctets = 32;

/**
 * PureEdDSA over Curve25519, of the SHA-256 of the header data; the key is published raw.
 *
 * @see RFC 8463 §3, §4.
 */
export const ed25519Sha256: Algorithm = {
  name: 'ed25519-sha256',
  keyType: 'ed25519',
  hash: 'sha256',
  readPublicKey(keyData) {
    if (keyData.length !== keyOctets) return undefined;
    const x = Buffer.from(keyData).toString('base64url');
    return { key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), bits: 256 };
  },
  formatPublicKey(publicKey) {
    if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key');
    return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  },
  sign: (data, privateKey) =>
    new Promise((resolve, reject) => {
      const digest = hash('sha256', data, 'buffer');
      sign(null, digest, privateKey, (error, signature) => (error ? reject(error) : resolve(signature)));
    }),
  verify: ({ data, signature }, publicKey) => verify(null, hash('sha256', data, 'buffer'), publicKey, signature),
};

import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashInSignature } from '../../src/algorithms/rsa-sha256.ts';
import { algorithmNamed, algorithms } from '../../src/algorithms/table.ts';
import { readKey } from '../../src/keys/known-keys.ts';
import { corpusFile, corpusIsThere, corpusJson } from '../support/corpus.ts';
import { ed25519Key, otherRsaKey, rsaKey } from '../support/keys.ts';

interface Vector {
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256';
  readonly selector: string;
  readonly signing_input: string;
  readonly signature: string;
}

describe.skipIf(!corpusIsThere)('RFC 8463 appendix A (skipped where the corpus is absent)', () => {
  const vectors = corpusIsThere
    ? (corpusJson('dkim/canonicalization/rfc8463-a3-signing-input.json') as { readonly vectors: readonly Vector[] })
        .vectors
    : [];
  const records = corpusIsThere ? (corpusJson('dkim/keys/dns-txt.json') as Readonly<Record<string, string>>) : {};

  it.each(vectors)(
    '[DO-4.4, DO-4.5, DO-4.6] verifies the $algorithm signature',
    ({ algorithm, selector, ...vector }) => {
      const key = readKey(records[`${selector}._domainkey.football.example.com`] ?? '')?.publicKey?.key;
      if (!key) throw new Error('no key');
      const data = Buffer.from(vector.signing_input, 'latin1');
      const signature = Buffer.from(vector.signature, 'base64');
      expect(algorithms[algorithm].verify({ data, signature }, key)).toBe(true);
      expect(algorithms[algorithm].verify({ data: Buffer.concat([data, Buffer.from('x')]), signature }, key)).toBe(
        false,
      );
    },
  );

  it('[DO-4.5] makes the Ed25519 signature that is printed there', async () => {
    const vector = vectors.find(({ algorithm }) => algorithm === 'ed25519-sha256');
    const seed = Buffer.from(
      corpusFile('dkim/keys/rfc8463-brisbane.ed25519-seed.base64.txt').toString().trim(),
      'base64',
    );
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const signature = await algorithms['ed25519-sha256'].sign(Buffer.from(vector?.signing_input ?? '', 'latin1'), key);
    expect(Buffer.from(signature).toString('base64')).toBe(vector?.signature);
  });
});

describe('the table of algorithms', () => {
  it('[DO-4.9] has no rsa-sha1', () => {
    expect(Object.keys(algorithms)).toEqual(['rsa-sha256', 'ed25519-sha256']);
    expect(algorithmNamed('rsa-sha1', ['rsa-sha256', 'ed25519-sha256'])).toBeUndefined();
  });

  it('knows a name only where it is allowed', () => {
    expect(algorithmNamed('ed25519-sha256', ['rsa-sha256'])).toBeUndefined();
    expect(algorithmNamed('RSA-SHA256', ['rsa-sha256'])).toBeUndefined();
    expect(algorithmNamed('rsa-sha256', ['rsa-sha256'])?.name).toBe('rsa-sha256');
  });

  it.each([
    ['rsa-sha256', rsaKey],
    ['ed25519-sha256', ed25519Key],
  ] as const)('%s takes no signature of a wrong length', (name, pair) => {
    for (const length of [0, 1, 63, 64, 65, 255, 256, 257, 1_000]) {
      const signed = { data: Buffer.from('x'), signature: Buffer.alloc(length, 1) };
      expect(algorithms[name].verify(signed, pair().publicKey)).toBe(false);
    }
  });

  it('reports a key that can not sign', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    await expect(algorithms['ed25519-sha256'].sign(Buffer.from('x'), publicKey)).rejects.toThrow(Error);
    await expect(algorithms['rsa-sha256'].sign(Buffer.from('x'), rsaKey().publicKey)).rejects.toThrow(Error);
  });

  it('reads 32 octets of any value as an Ed25519 key, and verifies nothing with them', () => {
    for (const octet of [0, 1, 0x7f, 0xff]) {
      const key = algorithms['ed25519-sha256'].readPublicKey(Buffer.alloc(32, octet))?.key;
      const verdict =
        key && algorithms['ed25519-sha256'].verify({ data: Buffer.from('x'), signature: Buffer.alloc(64, 3) }, key);
      expect(verdict ?? false).toBe(false);
    }
  });
});

describe('hashInSignature', () => {
  it('opens what the signer hashed', async () => {
    const data = Buffer.from('some header');
    const signature = await algorithms['rsa-sha256'].sign(data, rsaKey().privateKey);
    const expected = createHash('sha256').update(data).digest();
    expect(Buffer.from(hashInSignature(signature, rsaKey().publicKey) ?? []).equals(expected)).toBe(true);
  });

  it('finds nothing with another key, in garbage, or where another hash was signed', async () => {
    const signature = await algorithms['rsa-sha256'].sign(Buffer.from('x'), rsaKey().privateKey);
    expect(hashInSignature(signature, otherRsaKey().publicKey)).toBeUndefined();
    expect(hashInSignature(Buffer.alloc(256), rsaKey().publicKey)).toBeUndefined();
    expect(hashInSignature(Buffer.alloc(3), rsaKey().publicKey)).toBeUndefined();
    expect(hashInSignature(signature, ed25519Key().publicKey)).toBeUndefined();
  });
});

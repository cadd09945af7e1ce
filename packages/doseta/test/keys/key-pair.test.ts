import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import {
  generateKeyPair,
  keyRecordText,
  parseSigningKey,
  formatSigningKey,
  SigningKeyError,
  splitStrings,
  zoneFileText,
} from '../../src/keys/key-pair.ts';
import { corpusFile, corpusIsThere } from '../support/corpus.ts';

const query = { signingDomain: parseDomainName('example.com'), selector: 's1' };

describe('generateKeyPair', () => {
  it('[DO-4.1] makes RSA keys of 2048 bits, or as many as it is told', async () => {
    const bitsOf = async (rsaBits?: number) =>
      (await generateKeyPair('rsa-sha256', { rsaBits })).publicKey.asymmetricKeyDetails?.modulusLength;
    expect(await bitsOf()).toBe(2_048);
    expect(await bitsOf(2_560)).toBe(2_560);
    await expect(bitsOf(1_024)).rejects.toThrow(TypeError);
    await expect(bitsOf(8_192)).rejects.toThrow(TypeError);
  });

  it('makes Ed25519 keys', async () => {
    expect((await generateKeyPair('ed25519-sha256')).publicKey.asymmetricKeyType).toBe('ed25519');
  });
});

describe('keyRecordText', () => {
  it('[DO-4.11, DO-5.28, Q29] publishes RSA as SubjectPublicKeyInfo, v= first, for one service', async () => {
    const pair = await generateKeyPair('rsa-sha256');
    const record = keyRecordText(pair, 'ischedule');
    expect(record).toMatch(/^v=DKIM1; k=rsa; s=ischedule; p=MIIB[A-Za-z0-9+/]+=*$/);
    const spki = Buffer.from(record.split('p=')[1] ?? '', 'base64');
    expect(createPublicKey({ key: spki, format: 'der', type: 'spki' }).equals(pair.publicKey)).toBe(true);
  });

  it('[DO-4.6, DO-5.28] publishes Ed25519 raw', async () => {
    const pair = await generateKeyPair('ed25519-sha256');
    const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    expect(keyRecordText(pair, 'ischedule')).toBe(`v=DKIM1; k=ed25519; s=ischedule; p=${raw.toString('base64')}`);
  });

  it.skipIf(!corpusIsThere)(
    '[DO-4.6] publishes the key of RFC 8463 A.1 as A.2 does (skipped where the corpus is absent)',
    () => {
      const seed = Buffer.from(
        corpusFile('dkim/keys/rfc8463-brisbane.ed25519-seed.base64.txt').toString().trim(),
        'base64',
      );
      const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
      const key = parseSigningKey(
        `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`,
      );
      expect(keyRecordText(key, 'email')).toContain('p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
    },
  );

  it('refuses a key of another kind', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(() => keyRecordText({ algorithm: 'rsa-sha256', privateKey }, 'ischedule')).toThrow(TypeError);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    expect(() => keyRecordText({ algorithm: 'ed25519-sha256', privateKey: rsa.privateKey }, 'ischedule')).toThrow(
      TypeError,
    );
  });
});

describe('parseSigningKey', () => {
  it.each(['rsa-sha256', 'ed25519-sha256'] as const)('reads back what was written, %s', async (algorithm) => {
    const pair = await generateKeyPair(algorithm);
    const read = parseSigningKey(formatSigningKey(pair));
    expect(read.algorithm).toBe(algorithm);
    expect(read.privateKey.equals(pair.privateKey)).toBe(true);
  });

  it('reads PKCS#1', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expect(parseSigningKey(String(privateKey.export({ format: 'pem', type: 'pkcs1' }))).algorithm).toBe('rsa-sha256');
  });

  it.each([
    ['nothing', ''],
    ['a public key', String(generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }))],
    [
      'an elliptic-curve key',
      String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' })),
    ],
    [
      'an encrypted key',
      String(
        generateKeyPairSync('ed25519').privateKey.export({
          format: 'pem',
          type: 'pkcs8',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        }),
      ),
    ],
  ])('refuses %s', (_what, pem) => {
    expect(() => parseSigningKey(pem)).toThrow(SigningKeyError);
  });
});

describe('zoneFileText', () => {
  it('[DO-5.1, DO-5.2] splits a long record into strings of 255 octets at most', async () => {
    const record = keyRecordText(await generateKeyPair('rsa-sha256'), 'ischedule');
    const text = zoneFileText(query, record);
    expect(text.startsWith('s1._domainkey.example.com. 3600 IN TXT (\n')).toBe(true);
    const strings = [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(strings.length).toBeGreaterThan(1);
    expect(strings.every((string) => string.length <= 255)).toBe(true);
    expect(strings.join('')).toBe(record);
  });

  it('writes a short record on one line, and escapes what a zone file must not hold', () => {
    expect(zoneFileText(query, 'v=DKIM1; n="a\\b"; p=', { ttlSeconds: 60 })).toBe(
      's1._domainkey.example.com. 60 IN TXT "v=DKIM1; n=\\"a\\\\b\\"; p="\n',
    );
  });
});

describe('splitStrings', () => {
  it.each([
    [0, [0]],
    [255, [255]],
    [256, [255, 1]],
    [510, [255, 255]],
    [511, [255, 255, 1]],
  ])('splits %i octets', (length, lengths) => {
    expect(splitStrings('x'.repeat(length)).map((string) => string.length)).toEqual(lengths);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKnownKeys, readKey } from '../../src/keys/known-keys.ts';
import { KeyRecordError, parseKeyRecord } from '../../src/keys/key-record.ts';
import { ed25519Key, keyData, rsaKey } from '../support/keys.ts';
import { corpusIsThere, corpusJson } from '../support/corpus.ts';

describe('parseKeyRecord', () => {
  it('[DO-5.20, DO-5.23] fills in what is left out', () => {
    expect(parseKeyRecord('p=AAAA')).toEqual({
      keyType: 'rsa',
      hashes: undefined,
      keyData: 'AAAA',
      services: ['*'],
      testing: false,
      strictDomain: false,
    });
  });

  it('[DO-5.21, DO-5.24, DO-5.25, DO-5.27] reads every tag, splits lists at colons, and leaves the rest out', () => {
    const record = 'v=DKIM1; k=ed25519; h= sha1 : sha256; s=email:ischedule; t = y : s:zz; n=a b; g=*; x=1; p=AA AA ;';
    expect(parseKeyRecord(record)).toEqual({
      keyType: 'ed25519',
      hashes: ['sha1', 'sha256'],
      keyData: 'AAAA',
      services: ['email', 'ischedule'],
      testing: true,
      strictDomain: true,
    });
  });

  it('[DO-5.22] reads an empty p= as a revoked key', () => {
    expect(parseKeyRecord('v=DKIM1; p=').keyData).toBe('');
  });

  it.each([
    ['[DO-5.19] another version', 'v=DKIM2; p=AAAA'],
    ['[DO-5.19] a version in small letters', 'v=dkim1; p=AAAA'],
    ['[DO-5.19] an empty version', 'v=; p=AAAA'],
    ['[DO-5.19] a version that is not first', 'p=AAAA; v=DKIM1'],
    ['no p=', 'v=DKIM1'],
    ['nothing', ''],
    ['a tag twice', 'v=DKIM1; p=AAAA; p=AAAA'],
    ['a tag without a value', 'k=rsa; t; p=AAAA'],
    ['something else', 'v=spf1 -all'],
    ['too much', `p=${'A'.repeat(8_192)}`],
  ])('refuses %s', (_what, text) => {
    expect(() => parseKeyRecord(text)).toThrow(KeyRecordError);
  });
});

describe('readKey', () => {
  const bitsOf = (record: string): number | undefined => readKey(record)?.publicKey?.bits;

  it('[DO-4.11] reads RSA as SubjectPublicKeyInfo', () => {
    expect(bitsOf(`p=${keyData(rsaKey().publicKey)}`)).toBe(2_048);
  });

  it('[DO-4.12] reads a bare RSAPublicKey, of any length', () => {
    for (const modulusLength of [512, 1_024, 2_048]) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
      expect(bitsOf(`p=${publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64')}`)).toBe(modulusLength);
    }
  });

  it('[DO-4.13, Q30] reads base64url, with or without padding', () => {
    const spki = rsaKey().publicKey.export({ format: 'der', type: 'spki' });
    expect(bitsOf(`p=${spki.toString('base64url')}`)).toBe(2_048);
    expect(bitsOf(`p=${spki.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`)).toBe(2_048);
    expect(bitsOf(`p=${spki.toString('base64').replaceAll('=', '')}`)).toBe(2_048);
  });

  it('[DO-4.6] reads Ed25519 from its raw 32 octets, and from nothing else', () => {
    const { publicKey } = ed25519Key();
    expect(bitsOf(`k=ed25519; p=${keyData(publicKey)}`)).toBe(256);
    expect(
      bitsOf(`k=ed25519; p=${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`),
    ).toBeUndefined();
    expect(bitsOf(`k=ed25519; p=${Buffer.alloc(31).toString('base64')}`)).toBeUndefined();
  });

  it.each([
    [
      'a key of another kind',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }),
    ],
    [
      'a key for another padding',
      () => generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).publicKey.export({ format: 'der', type: 'spki' }),
    ],
    ['a key cut short', () => rsaKey().publicKey.export({ format: 'der', type: 'spki' }).subarray(0, 100)],
    ['octets of no meaning', () => Buffer.alloc(64, 0x30)],
    ['an exponent of one', () => withExponent(1)],
    ['an even exponent', () => withExponent(4)],
  ])('finds no key in %s', (_what, octets) => {
    expect(readKey(`p=${octets().toString('base64')}`)?.publicKey).toBeUndefined();
  });

  it('reads nothing in what is no record', () => {
    expect(readKey('v=spf1 -all')).toBeUndefined();
  });
});

describe('createKnownKeys', () => {
  it('reads a record once', () => {
    const knownKeys = createKnownKeys();
    const record = `p=${keyData(rsaKey().publicKey)}`;
    expect(knownKeys(record)).toBe(knownKeys(record));
  });

  it('keeps so many and no more', () => {
    const knownKeys = createKnownKeys(2);
    const first = knownKeys('n=1; p=');
    knownKeys('n=2; p=');
    knownKeys('n=3; p=');
    expect(knownKeys('n=1; p=')).not.toBe(first);
    expect(knownKeys('n=1; p=')).toEqual(first);
  });
});

describe.skipIf(!corpusIsThere)('the records of the corpus (skipped where it is absent)', () => {
  const records = corpusIsThere ? (corpusJson('dkim/keys/dns-txt.json') as Readonly<Record<string, string>>) : {};
  const bits: Readonly<Record<string, number | 'no key' | 'no record'>> = {
    '20120113._domainkey.gmail.com': 2_048,
    '2023-05-ed25519-empty._domainkey.wander.science': 'no record',
    '2023-05-ed25519._domainkey.wander.science': 256,
    'brisbane._domainkey.football.example.com': 256,
    'shan._domainkey.vmt2.cis.att.net': 768 - 0,
    'test1._domainkey.messiah.edu': 512,
    'test2._domainkey.messiah.edu': 512,
    'test3._domainkey.messiah.edu': 512,
    'testbad2._domainkey.messiah.edu': 'no record',
    'testbad4._domainkey.messiah.edu': 512,
    'testbad8._domainkey.messiah.edu': 512,
    'testdkim._domainkey.asdf.rspamd.tk': 'no record',
    'wide._domainkey.bigkey.za.org': 16_384,
  };

  it.each(Object.entries(records))('%s', (name, text) => {
    const known = readKey(text);
    const found = known === undefined ? 'no record' : (known.publicKey?.bits ?? 'no key');
    expect(found).toBe(bits[name] ?? 1_024);
  });
});

function withExponent(exponent: number): Buffer {
  const { n = '' } = rsaKey().publicKey.export({ format: 'jwk' });
  const modulus = Buffer.concat([Buffer.from([0x02, 0x82, 0x01, 0x01, 0x00]), Buffer.from(n, 'base64url')]);
  const body = Buffer.concat([modulus, Buffer.from([0x02, 0x01, exponent])]);
  return Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 0xff]), body]);
}

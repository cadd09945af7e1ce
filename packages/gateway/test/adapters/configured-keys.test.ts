import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDomainName } from '@isched/values';
import { afterAll, describe, expect, it } from 'vitest';
import { type ConfiguredKey, readConfiguredKeys } from '../../src/adapters/keys/configured-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'isched-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const com = parseDomainName('example.com');
const org = parseDomainName('example.org');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const rsaFile = file('rsa.pem', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const edFile = file(
  'ed.pem',
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
);

const key = (selector: string, state: ConfiguredKey['state'], of: Partial<ConfiguredKey> = {}): ConfiguredKey => ({
  selector,
  algorithm: 'rsa-sha256',
  file: rsaFile,
  state,
  ...of,
});

describe('configured keys', () => {
  it('sign with the first active one, for the domain and for those that sign as it', async () => {
    const keys = readConfiguredKeys(
      [
        {
          name: com,
          keys: [key('next', 'published'), key('now', 'active'), key('also', 'active'), key('old', 'retired')],
        },
        { name: org, keys: [], signing_domain: com },
      ],
      'ischedule',
    );
    expect(await keys.forOriginator(com)).toMatchObject({ signingDomain: 'example.com', selector: 'now' });
    expect(await keys.forOriginator(org)).toMatchObject({ signingDomain: 'example.com', selector: 'now' });
    expect(await keys.forOriginator(parseDomainName('example.net'))).toBeUndefined();
    expect(await keys.forOriginator(parseDomainName('sub.example.com'))).toBeUndefined();
  });

  it('[DO-5.28] publish the key while it is served, and that it was revoked after that', async () => {
    const keys = readConfiguredKeys(
      [
        {
          name: com,
          keys: [key('next', 'published'), key('old', 'retired'), key('gone', 'revoked', { file: 'no such file' })],
        },
      ],
      'ischedule',
    );
    const spki = createPublicKey(createPrivateKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })))
      .export({ type: 'spki', format: 'der' })
      .toString('base64');
    const [record] = await keys.publishedKeys({ signingDomain: com, selector: 'next' });
    expect(record?.replace(/\s/g, '').split(';').filter(Boolean)).toEqual([
      'v=DKIM1',
      'k=rsa',
      's=ischedule',
      `p=${spki}`,
    ]);
    expect(await keys.publishedKeys({ signingDomain: com, selector: 'old' })).toEqual([record]);
    expect(await keys.publishedKeys({ signingDomain: com, selector: 'gone' })).toEqual(['v=DKIM1; s=ischedule; p=']);
    expect(await keys.publishedKeys({ signingDomain: com, selector: 'never' })).toEqual([]);
    expect(await keys.publishedKeys({ signingDomain: org, selector: 'next' })).toEqual([]);
  });

  it.each([
    [
      'a file that is missing',
      { file: join(folder, 'missing.pem') },
      /missing\.pem can't be read: it is not there \(ENOENT\)/,
    ],
    ['a file without a key', { file: file('text.pem', 'hello') }, /text\.pem: not a private key/],
    [
      'another algorithm',
      { file: edFile },
      /ed\.pem holds a key for ed25519-sha256; the configuration says rsa-sha256/,
    ],
  ])('refuse %s, in a sentence', (_, wrong, sentence) => {
    expect(() => readConfiguredKeys([{ name: com, keys: [key('s', 'active', wrong)] }], 'ischedule')).toThrow(
      expect.objectContaining({ code: 'signing-key-unusable', message: expect.stringMatching(sentence) as string }),
    );
  });
});

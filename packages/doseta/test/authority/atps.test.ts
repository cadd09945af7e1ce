import { createHash } from 'node:crypto';
import { createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { type AtpsHash, atpsName, base32, formatAtpsRecord, lookupAtps } from '../../src/authority/atps.ts';
import { parseSignatureField, type Signature } from '../../src/signature-field.ts';

const signer = parseDomainName('one.example.net');
const originator = parseDomainName('example.com');
/** The label that RFC 6541 §B prints for one.example.net. */
const printedLabel = 'qsp4i4d24crhopdz3o3ziu2ksgs3x6z6';

function signature(tags: string): Signature {
  const value = `v=1; a=rsa-sha256; d=one.example.net; s=sel; h=from; bh=AAAA; b=AAAA; ${tags}`;
  return parseSignatureField(value, { defaultCanonicalization: 'simple/simple' });
}

const nameFor = (hash: AtpsHash): string => {
  if (hash === 'none') return 'one.example.net._atps.example.com';
  return hash === 'sha1' ? `${printedLabel}._atps.example.com` : atpsName(signer, originator);
};

const noHash = nameFor('none');

async function statusOf(tags: string, zone: string): Promise<string> {
  const question = { signature: signature(tags), originatorDomain: originator };
  return (await lookupAtps(question, { dns: createZoneDns(zone) })).status;
}

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('writes %j as RFC 4648 §10 does, without padding', (text, expected) => {
    expect(base32(Buffer.from(text))).toBe(expected);
  });
});

describe('atpsName', () => {
  it('[DO-6.6, DO-6.11] is the unpadded base32 of the SHA-1, 32 characters', () => {
    expect(atpsName(signer, originator, 'sha1')).toBe(`${printedLabel}._atps.example.com`);
    expect(base32(createHash('sha1').update('one.example.net').digest())).toMatch(/^QSP4[A-Z2-7]{23}3X6Z6$/);
  });

  it('[DO-6.6, DO-6.10] is that of the SHA-256 by default, 52 characters', () => {
    expect(atpsName(signer, originator)).toBe(atpsName(signer, originator, 'sha256'));
    expect(atpsName(signer, originator)).toMatch(/^[a-z2-7]{52}\._atps\.example\.com$/);
  });

  it('[DO-6.5] is the signing domain itself without a hash', () => {
    expect(atpsName(signer, originator, 'none')).toBe('one.example.net._atps.example.com');
  });
});

describe('lookupAtps', () => {
  it.each(['none', 'sha1', 'sha256'] as const)(
    '[DO-6.4, DO-6.5, DO-6.6] is authorised by a record under %s',
    async (hash) => {
      const record = `${nameFor(hash)}. 60 IN TXT "v=ATPS1; d=one.example.net"\n`;
      expect(await statusOf(`atps=EXAMPLE.com; atpsh=${hash}`, record)).toBe('authorised');
    },
  );

  it('asks at the one name that follows from the tags', async () => {
    const dns = createZoneDns();
    await lookupAtps({ signature: signature('atps=example.com; atpsh=sha1'), originatorDomain: originator }, { dns });
    expect(dns.questions).toEqual([`txt ${printedLabel}._atps.example.com`]);
  });

  it.each([
    ['no atps=', 'atpsh=none'],
    ['no atpsh=', 'atps=example.com'],
    ['atps= of another domain', 'atps=example.org; atpsh=none'],
    ['atps= of a domain above', 'atps=com; atpsh=none'],
    ['an unknown hash', 'atps=example.com; atpsh=sha512'],
    ['a hash in capitals', 'atps=example.com; atpsh=NONE'],
  ])('[DO-6.4] is not authorised with %s, and asks nobody', async (_what, tags) => {
    const dns = createZoneDns(`${noHash}. 60 IN TXT "v=ATPS1"\n`);
    expect(await lookupAtps({ signature: signature(tags), originatorDomain: originator }, { dns })).toEqual({
      status: 'not-authorised',
    });
    expect(dns.questions).toEqual([]);
  });

  it.each([
    ['v=ATPS1', 'authorised'],
    ['v=ATPS1;', 'authorised'],
    ['v=ATPS1; d=One.Example.NET', 'authorised'],
    ['v=ATPS1; x=y', 'authorised'],
    ['v=ATPS1; d=two.example.net', 'not-authorised'],
    ['v=ATPS1; d=', 'not-authorised'],
    ['v=ATPS2; d=one.example.net', 'not-authorised'],
    ['d=one.example.net; v=ATPS1', 'not-authorised'],
    ['d=one.example.net', 'not-authorised'],
    ['v=spf1 -all', 'not-authorised'],
    ['', 'not-authorised'],
  ])('[DO-6.7] record %j: %s', async (record, expected) => {
    expect(await statusOf('atps=example.com; atpsh=none', `${noHash}. 60 IN TXT "${record}"\n`)).toBe(expected);
  });

  it('[DO-6.7] takes any of several records, each of several strings', async () => {
    const records = `${noHash}. 60 IN TXT "v=spf1 -all"\n${noHash}. 60 IN TXT "v=ATPS1; d=one." "example.net"\n`;
    expect(await statusOf('atps=example.com; atpsh=none', records)).toBe('authorised');
  });

  it('[DO-6.8] is not authorised where there is no record', async () => {
    expect(await statusOf('atps=example.com; atpsh=none', '')).toBe('not-authorised');
  });

  it('[DO-6.9] can not tell where the name system does not answer', async () => {
    const dns = createZoneDns();
    dns.fail(noHash);
    const question = { signature: signature('atps=example.com; atpsh=none'), originatorDomain: originator };
    expect(await lookupAtps(question, { dns })).toMatchObject({ status: 'unavailable' });
  });

  it('is not authorised under a name that can not be', async () => {
    const long = parseDomainName(`${'a'.repeat(60)}.`.repeat(4).slice(0, -1));
    const dns = createZoneDns();
    const tags = `atps=${long}; atpsh=none`;
    expect(await lookupAtps({ signature: signature(tags), originatorDomain: long }, { dns })).toEqual({
      status: 'not-authorised',
    });
  });
});

describe('formatAtpsRecord', () => {
  it('[DO-6.10] names the signing domain', () => {
    expect(formatAtpsRecord(signer)).toBe('v=ATPS1; d=one.example.net');
  });
});

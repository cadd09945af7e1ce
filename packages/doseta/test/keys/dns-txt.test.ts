import { DnsUnavailable } from '@isched/runtime';
import { createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { dnsTxtKeySource } from '../../src/keys/dns-txt.ts';
import { zoneFileText } from '../../src/keys/key-pair.ts';

const name = '_ischedule._domainkey.example.com';
const query = { signingDomain: parseDomainName('example.com'), selector: '_ischedule' };

describe('dnsTxtKeySource', () => {
  it('[DO-5.1, DO-5.2] asks TXT at <s>._domainkey.<d> and joins the strings of each record (T34, T39)', async () => {
    const dns = createZoneDns(`${name}. 120 IN TXT "v=DKIM1; p=AA" "AA" ""\n${name}. 120 IN TXT "v=DKIM1; p=BBBB"\n`);
    expect(await dnsTxtKeySource({ dns }).lookup(query)).toEqual({
      status: 'found',
      records: ['v=DKIM1; p=AAAA', 'v=DKIM1; p=BBBB'],
      ttlSeconds: 120,
    });
    expect(dns.questions).toEqual([`txt ${name}`]);
  });

  it('[DO-5.2, DO-5.28] finds what we write for a zone file', async () => {
    const record = `v=DKIM1; k=rsa; s=ischedule; n="\\"; p=${'A'.repeat(600)}`;
    const dns = createZoneDns(zoneFileText(query, record, { ttlSeconds: 77 }));
    expect(await dnsTxtKeySource({ dns }).lookup(query)).toEqual({
      status: 'found',
      records: [record],
      ttlSeconds: 77,
    });
  });

  it.each([
    ['another selector', { ...query, selector: 'dkim' }],
    ['a domain below', { ...query, signingDomain: parseDomainName('sub.example.com') }],
    ['another domain', { ...query, signingDomain: parseDomainName('example.org') }],
  ])('[DO-5.30] has none for %s (T39)', async (_what, other) => {
    const dns = createZoneDns(`${name}. 120 IN TXT "v=DKIM1; p=AAAA"\n`);
    expect(await dnsTxtKeySource({ dns }).lookup(other)).toMatchObject({ status: 'absent' });
  });

  it('[DO-5.30, DO-5.32] can not tell where the name system does not answer', async () => {
    const dns = createZoneDns();
    dns.fail(name);
    const lookup = await dnsTxtKeySource({ dns }).lookup(query);
    expect(lookup.status === 'unavailable' && lookup.cause).toBeInstanceOf(DnsUnavailable);
  });

  it('has none under a name that can not be', async () => {
    const dns = createZoneDns();
    const long = parseDomainName(`${'a'.repeat(60)}.`.repeat(4).slice(0, -1));
    expect(await dnsTxtKeySource({ dns }).lookup({ ...query, signingDomain: long })).toMatchObject({
      status: 'absent',
    });
    expect(dns.questions).toEqual([]);
  });

  it('takes a numeric selector', async () => {
    const dns = createZoneDns('20120113._domainkey.example.com. 60 IN TXT "p="\n');
    expect(await dnsTxtKeySource({ dns }).lookup({ ...query, selector: '20120113' })).toMatchObject({
      records: ['p='],
    });
  });

  it("lets other errors through: they are not the peer's", async () => {
    const dns = { ...createZoneDns(), txt: () => Promise.reject(new Error('broken')) };
    await expect(dnsTxtKeySource({ dns }).lookup(query)).rejects.toThrow('broken');
  });
});

import { DnsUnavailable } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { dnsTxtKeySource } from '../../src/keys/dns-txt.ts';
import { scriptedDns } from '../support/world.ts';

const name = '_ischedule._domainkey.example.com';
const query = { signingDomain: parseDomainName('example.com'), selector: '_ischedule' };

describe('dnsTxtKeySource', () => {
  it('[DO-5.1, DO-5.2] asks TXT at <s>._domainkey.<d> and joins the strings of each record (T34, T39)', async () => {
    const dns = scriptedDns({ txt: { [name]: [['v=DKIM1; p=AA', 'AA', ''], ['v=DKIM1; p=BBBB']] } });
    expect(await dnsTxtKeySource({ dns }).lookup(query)).toEqual({
      status: 'found',
      records: ['v=DKIM1; p=AAAA', 'v=DKIM1; p=BBBB'],
      ttlSeconds: 120,
    });
    expect(dns.asked).toEqual([`TXT ${name}`]);
  });

  it.each([
    ['another selector', { ...query, selector: 'dkim' }],
    ['a domain below', { ...query, signingDomain: parseDomainName('sub.example.com') }],
    ['another domain', { ...query, signingDomain: parseDomainName('example.org') }],
  ])('[DO-5.30] has none for %s (T39)', async (_what, other) => {
    const dns = scriptedDns({ txt: { [name]: [['v=DKIM1; p=AAAA']] } });
    expect(await dnsTxtKeySource({ dns }).lookup(other)).toEqual({ status: 'absent', ttlSeconds: 120 });
  });

  it('[DO-5.30, DO-5.32] can not tell where the name system does not answer', async () => {
    const dns = scriptedDns({ txt: { [name]: 'failing' } });
    const lookup = await dnsTxtKeySource({ dns }).lookup(query);
    expect(lookup.status === 'unavailable' && lookup.cause).toBeInstanceOf(DnsUnavailable);
  });

  it('has none under a name that can not be', async () => {
    const dns = scriptedDns({});
    const long = parseDomainName(`${'a'.repeat(60)}.`.repeat(4).slice(0, -1));
    expect(await dnsTxtKeySource({ dns }).lookup({ ...query, signingDomain: long })).toMatchObject({
      status: 'absent',
    });
    expect(dns.asked).toEqual([]);
  });

  it('takes a numeric selector', async () => {
    const dns = scriptedDns({ txt: { '20120113._domainkey.example.com': [['p=']] } });
    expect(await dnsTxtKeySource({ dns }).lookup({ ...query, selector: '20120113' })).toMatchObject({
      records: ['p='],
    });
  });

  it("lets other errors through: they are not the peer's", async () => {
    const dns = { ...scriptedDns({}), txt: () => Promise.reject(new Error('broken')) };
    await expect(dnsTxtKeySource({ dns }).lookup(query)).rejects.toThrow('broken');
  });
});

import { createZoneDns, dnsContract } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { expect, it } from 'vitest';

dnsContract('ZoneDns', async (zones) => {
  const dns = createZoneDns(zones);
  return { dns, fail: (name) => dns.fail(name), [Symbol.asyncDispose]: async () => undefined };
});

it('remembers what it was asked', async () => {
  const dns = createZoneDns();
  await dns.srv(parseDomainName('_ischedules._tcp.example.com'));
  await dns.txt(parseDomainName('example.com'));
  expect(dns.questions).toEqual(['srv _ischedules._tcp.example.com', 'txt example.com']);
});

it('fails for one method, and heals', async () => {
  const dns = createZoneDns('a.example. A 192.0.2.1\n TXT "x"\n');
  const name = parseDomainName('a.example');
  dns.fail(name, 'txt');
  expect((await dns.addresses(name)).records).toEqual(['192.0.2.1']);
  await expect(dns.txt(name)).rejects.toThrow('made to fail');
  dns.heal(name, 'txt');
  expect((await dns.txt(name)).records).toEqual([['x']]);
});

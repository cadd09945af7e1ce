import { Resolver } from 'node:dns/promises';
import { createZoneDnsServer, type ZoneDnsServer, ZoneError } from '@isched/lab';
import { describe, expect, it } from 'vitest';

/** Node's own resolver: a second implementation that judges what we send. */
function resolverFor(server: ZoneDnsServer): Resolver {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`${server.host}:${server.port}`]);
  return resolver;
}

const zone = `
@ SOA ns host 1 1h 1h 1d 60
@ A 192.0.2.1
  AAAA 2001:db8::1
  NS ns
  TXT "one" "two"
  TXT "three"
_ischedules._tcp SRV 1 2 443 host
alias CNAME @
big TXT ( ${Array.from({ length: 20 }, (_, index) => `"${'x'.repeat(200)}${index}"`).join(' ')} )
`;

describe('createZoneDnsServer', () => {
  it('is understood by another resolver', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    const resolver = resolverFor(server);
    expect(await resolver.resolve4('example.com')).toEqual(['192.0.2.1']);
    expect(await resolver.resolve6('EXAMPLE.com')).toEqual(['2001:db8::1']);
    expect(await resolver.resolve4('alias.example.com')).toEqual(['192.0.2.1']);
    expect(await resolver.resolveNs('example.com')).toEqual(['ns.example.com']);
    expect(await resolver.resolveTxt('example.com')).toEqual([['one', 'two'], ['three']]);
    expect(await resolver.resolveSrv('_ischedules._tcp.example.com')).toEqual([
      expect.objectContaining({ priority: 1, weight: 2, port: 443, name: 'host.example.com' }),
    ]);
    expect(await resolver.resolveSoa('example.com')).toMatchObject({ nsname: 'ns.example.com', serial: 1, minttl: 60 });
    expect(await resolver.resolveTxt('big.example.com')).toEqual([expect.objectContaining({ length: 20 })]);
  });

  it('knows what does not exist from what has no such record', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    const resolver = resolverFor(server);
    await expect(resolver.resolve4('nobody.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('_tcp.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolveSrv('example.com')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('serves what a zone says now', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    const resolver = resolverFor(server);
    server.setZone('example.com', '@ A 192.0.2.9');
    expect(await resolver.resolve4('example.com')).toEqual(['192.0.2.9']);
    expect(() => server.setZone('example.com', '@ A nonsense')).toThrow(ZoneError);
    expect(await resolver.resolve4('example.com')).toEqual(['192.0.2.9']);
    server.removeZone('example.com');
    await expect(resolver.resolve4('example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it.each([
    ['servfail', 'ESERVFAIL'],
    ['refused', 'EREFUSED'],
    ['silent', 'ETIMEOUT'],
    ['other-id', 'ETIMEOUT'],
    ['other-question', 'ETIMEOUT'],
  ] as const)('can be made %s, and be healed', async (behaviour, code) => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    server.behave('example.com', behaviour, 'A');
    await expect(resolverFor(server).resolve4('example.com')).rejects.toMatchObject({ code });
    expect(await resolverFor(server).resolve6('example.com')).toEqual(['2001:db8::1']);
    server.behave('example.com', undefined, 'A');
    expect(await resolverFor(server).resolve4('example.com')).toEqual(['192.0.2.1']);
  });

  it('cuts an answer where it is told to, and gives it whole by TCP', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    server.behave('example.com', 'truncated');
    expect(await resolverFor(server).resolve4('example.com')).toEqual(['192.0.2.1']);
    expect(server.questions).toEqual([
      { question: 'A example.com', over: 'udp' },
      { question: 'A example.com', over: 'tcp' },
    ]);
  });
});

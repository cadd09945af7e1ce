import { cachedDns, type CertificateName } from '@isched/runtime';
import { createFakeClock, createScriptedRandom, createSeededRandom, createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { createLocator, type LocatorOptions } from '../../src/discovery/locate.ts';
import type { Location } from '../../src/discovery/location.ts';

const zone = `
$TTL 300
$ORIGIN example.com.
@ SOA ns.example.com. admin.example.com. 1 3600 600 86400 60
_ischedules._tcp SRV 10 1 8443 cal.example.com.
_ischedules._tcp SRV 20 1 443 backup.example.net.
_ischedules._tcp TXT "txtvers=1" "path=/ischedule"
_ischedules._tcp.closed SRV 0 0 0 .
_ischedules._tcp.plain 120 SRV 0 0 443 plain.example.com.
_ischedules._tcp.query SRV 0 0 443 query.example.com.
_ischedules._tcp.query TXT "path=/x?tenant=1"
`;
const others = '$TTL 300\n@ SOA ns.example.org. admin.example.org. 1 3600 600 86400 60\n';

function world() {
  return createZoneDns({
    'example.com': zone,
    'example.org': others,
    'co.uk': others.replaceAll('example.org', 'co.uk'),
  });
}

async function locate(domain: string, options: LocatorOptions = {}, dns = world()): Promise<Location> {
  return createLocator({ dns, random: createSeededRandom(1) }, options).locate(parseDomainName(domain));
}

function urlsOf(location: Location): readonly string[] {
  return location.status === 'located' ? location.candidates.map(({ url }) => url) : [location.status];
}

const dnsName = (name: string): CertificateName => ({ type: 'dns', name: parseDomainName(name) });
const srvName = (name: string): CertificateName => ({
  type: 'srv',
  service: '_ischedules',
  name: parseDomainName(name),
});

describe('locating a receiver', () => {
  it('[IS-1.4, IS-1.11] asks SRV and TXT at _ischedules._tcp, lowest priority first', async () => {
    const dns = world();
    const location = await locate('example.com', {}, dns);
    expect(urlsOf(location)).toEqual([
      'https://cal.example.com:8443/ischedule',
      'https://backup.example.net/ischedule',
    ]);
    expect(dns.questions).toEqual(['srv _ischedules._tcp.example.com', 'txt _ischedules._tcp.example.com']);
  });

  it('[IS-1.11] tries ten targets at most, the first in order', async () => {
    const records = Array.from({ length: 500 }, (_, index) => `_ischedules._tcp SRV ${index} 0 443 h${index}`);
    const dns = createZoneDns({ 'example.org': `${others}${records.toReversed().join('\n')}\n` });
    const urls = urlsOf(await locate('example.org', {}, dns));
    expect(urls).toHaveLength(10);
    expect([urls[0], urls[9]]).toEqual([
      'https://h0.example.org/.well-known/ischedule',
      'https://h9.example.org/.well-known/ischedule',
    ]);
  });

  it('[IS-1.12] draws anew at each call inside a priority', async () => {
    const dns = createZoneDns({
      'example.com': `${others.replaceAll('example.org', 'example.com')}_ischedules._tcp SRV 0 1 443 a.example.com.\n_ischedules._tcp SRV 0 1 443 b.example.com.\n`,
    });
    const locator = createLocator({ dns, random: createScriptedRandom({ fractions: [0, 0, 0.9, 0] }) });
    const first = urlsOf(await locator.locate(parseDomainName('example.com')));
    const second = urlsOf(await locator.locate(parseDomainName('example.com')));
    expect(first).toHaveLength(2);
    expect(second).toEqual(first.toReversed());
  });

  it('[IS-1.14] says how long its records live', async () => {
    expect(await locate('plain.example.com')).toMatchObject({ ttlSeconds: 60 }); // the TXT that is not there, by the SOA
    expect(await locate('example.com')).toMatchObject({ ttlSeconds: 300 });
  });

  it('[IS-1.14] is found again without a question for the life of its records, and no longer', async () => {
    const dns = world();
    const clock = createFakeClock();
    const locator = createLocator({ dns: cachedDns(dns, { clock }), random: createSeededRandom(1) });
    const domain = parseDomainName('example.com');
    await locator.locate(domain);
    await clock.advance(299_000);
    expect(await locator.locate(domain)).toMatchObject({ status: 'located', ttlSeconds: 1 });
    expect(dns.questions).toHaveLength(2);
    await clock.advance(2_000);
    await locator.locate(domain);
    expect(dns.questions).toHaveLength(4);
  });

  it('[IS-1.19] takes the well-known path where TXT names none', async () => {
    expect(urlsOf(await locate('plain.example.com'))).toEqual(['https://plain.example.com/.well-known/ischedule']);
  });

  it('[IS-1.7] strips labels where a name offers nothing', async () => {
    const dns = world();
    const location = await locate('a.b.example.com', {}, dns);
    expect(urlsOf(location)[0]).toBe('https://cal.example.com:8443/ischedule');
    expect(dns.questions.filter((question) => question.startsWith('srv'))).toEqual([
      'srv _ischedules._tcp.a.b.example.com',
      'srv _ischedules._tcp.b.example.com',
      'srv _ischedules._tcp.example.com',
    ]);
    expect(urlsOf(await locate('a.b.example.com', { climb: false }))).toEqual(['not-offered']);
  });

  it('[IS-1.8] never climbs past the registrable domain', async () => {
    const dns = world();
    expect(urlsOf(await locate('mail.shop.co.uk', {}, dns))).toEqual(['not-offered']);
    expect(urlsOf(await locate('user.github.io', {}, dns))).toEqual(['not-offered']);
    expect(dns.questions).toEqual([
      'srv _ischedules._tcp.mail.shop.co.uk',
      'srv _ischedules._tcp.shop.co.uk',
      'srv _ischedules._tcp.user.github.io',
    ]);
  });

  it('[IS-1.7] asks at most eight names, however deep the address', async () => {
    const dns = world();
    await locate(`${'x.'.repeat(60)}example.org`, {}, dns);
    expect(dns.questions).toHaveLength(8);
  });

  it('[IS-1.9] stops at a target of .', async () => {
    const dns = world();
    expect(urlsOf(await locate('closed.example.com', {}, dns))).toEqual(['not-offered']);
    expect(dns.questions).toEqual(['srv _ischedules._tcp.closed.example.com']);
  });

  it('[IS-1.5, IS-1.33] is not offered without record and route', async () => {
    expect(await locate('example.org')).toEqual({ status: 'not-offered', ttlSeconds: 60 });
  });

  it.each(['srv', 'txt'] as const)('[IS-1.6, IS-5.29] could not tell where %s could not be asked', async (method) => {
    const dns = world();
    dns.fail('_ischedules._tcp.example.com', method);
    expect(await locate('example.com', {}, dns)).toMatchObject({
      status: 'unavailable',
      cause: { code: 'dns-unavailable' },
    });
    expect(await locate('a.example.com', {}, dns)).toMatchObject({ status: 'unavailable' });
  });

  it('[IS-1.10, Q6] never asks for the plain service', async () => {
    const dns = world();
    await locate('example.org', {}, dns);
    expect(dns.questions.join(' ')).not.toContain('_ischedule._tcp');
  });

  it('passes an abort on', async () => {
    const locator = createLocator({ dns: world(), random: createSeededRandom(1) });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(locator.locate(parseDomainName('example.com'), { signal })).rejects.toThrow('enough');
  });
});

describe('certificate names', () => {
  it('[IS-1.31] are the target, the source domain, or its SRV-ID', async () => {
    const location = await locate('example.com');
    expect(location.status === 'located' && location.candidates[0]?.certificateNames).toEqual([
      dnsName('cal.example.com'),
      dnsName('example.com'),
      srvName('example.com'),
    ]);
  });

  it('[IS-1.31] are of both names where a label was stripped', async () => {
    const location = await locate('a.example.com');
    expect(location.status === 'located' && location.candidates[1]?.certificateNames).toEqual([
      dnsName('backup.example.net'),
      dnsName('example.com'),
      srvName('example.com'),
      dnsName('a.example.com'),
      srvName('a.example.com'),
    ]);
  });

  it('[IS-1.32] leave the target out where a setting wants the source domain', async () => {
    const location = await locate('example.com', { certificate: 'source' });
    expect(location.status === 'located' && location.candidates[0]?.certificateNames).toEqual([
      dnsName('example.com'),
      srvName('example.com'),
    ]);
  });
});

describe('receivers', () => {
  it('have the same id whatever the order of the draw', async () => {
    const ids = new Set<string>();
    for (let seed = 0; seed < 5; seed++) {
      const location = await createLocator({ dns: world(), random: createSeededRandom(seed) }).locate(
        parseDomainName('example.com'),
      );
      if (location.status === 'located') ids.add(location.receiverId);
    }
    expect(ids.size).toBe(1);
  });

  it('of one host are one, unless the certificate has to name each domain', async () => {
    const idOf = async (domain: string, options: LocatorOptions = {}) => {
      const location = await locate(domain, options);
      return location.status === 'located' ? location.receiverId : location.status;
    };
    expect(await idOf('a.example.com')).toBe(await idOf('example.com'));
    expect(await idOf('plain.example.com')).not.toBe(await idOf('example.com'));
  });
});

describe('static routes', () => {
  const routes = [
    { domain: parseDomainName('example.com'), url: 'https://gw.example.net/ischedule' },
    {
      domain: parseDomainName('hosted.example'),
      url: 'https://gw.example.net/h',
      withSubdomains: true,
      authorization: 'Basic eDp5',
    },
    { domain: parseDomainName('deep.hosted.example'), url: 'https://deep.example.net/', withSubdomains: true },
  ];

  it.each([
    ['example.com', 'https://gw.example.net/ischedule'],
    ['hosted.example', 'https://gw.example.net/h'],
    ['x.hosted.example', 'https://gw.example.net/h'],
    ['x.deep.hosted.example', 'https://deep.example.net/'],
  ])('[IS-1.33] %s goes to %s without a question', async (domain, url) => {
    const dns = world();
    expect(urlsOf(await locate(domain, { routes }, dns))).toEqual([url]);
    expect(dns.questions).toEqual([]);
  });

  it('[IS-1.33] are for themselves only where subdomains are not named', async () => {
    const location = await locate('sub.example.com', { routes });
    expect(urlsOf(location)[0]).toBe('https://cal.example.com:8443/ischedule');
  });

  it('[IS-1.30, IS-7.1] are https', () => {
    const route = { domain: parseDomainName('example.com'), url: 'http://gw.example.net/' };
    expect(() => createLocator({ dns: world(), random: createSeededRandom(1) }, { routes: [route] })).toThrow(
      TypeError,
    );
  });

  it('keep their password out of the id', async () => {
    const location = await locate('hosted.example', { routes });
    expect(location.status === 'located' && location.receiverId).not.toContain('eDp5');
  });
});

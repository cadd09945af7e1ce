import {
  cachedKeySource,
  dnsTxtKeySource,
  httpWellKnownKeySource,
  privateExchangeKeySource,
  zoneFileText,
} from '@isched/doseta';
import { FetchError, type GuardedFetch } from '@isched/runtime';
import {
  createFakeClock,
  createSeededRandom,
  createZoneDns,
  keySourceContract,
  type KeySourceUnderTest,
  type PublishedKey,
  type ZoneDns,
} from '@isched/testkit';
import { octetsFromText, parseDomainName } from '@isched/values';

const zoneOf = (keys: readonly PublishedKey[]): string =>
  keys
    .flatMap(({ selector, domain, records }) =>
      records.map((record) => zoneFileText({ selector, signingDomain: parseDomainName(domain) }, record)),
    )
    .join('');

const failFor = (dns: ZoneDns, keys: readonly PublishedKey[]): void => {
  for (const { selector, domain } of keys) dns.fail(`${selector}._domainkey.${domain}`);
  dns.fail('three._domainkey.example.com');
};

function dnsSource(keys: readonly PublishedKey[]): KeySourceUnderTest {
  const dns = createZoneDns(zoneOf(keys));
  return { source: dnsTxtKeySource({ dns }), cutOff: () => failFor(dns, keys) };
}

/** A key server that is as simple as one can be. */
function httpSource(keys: readonly PublishedKey[]): KeySourceUnderTest {
  const dns = createZoneDns(
    ['example.com', 'mail.example.org', 'sub.example.com']
      .map((domain) => `_domainkey_lookup._tcp.${domain}. SRV 0 0 443 keys.${domain}.\n`)
      .join(''),
  );
  let up = true;
  const fetch: GuardedFetch = async (request, limits) => {
    limits?.signal?.throwIfAborted();
    if (!up) throw new FetchError('timeout', 'the key server is away');
    const [domain, selector] = new URL(request.url).pathname.split('/').slice(-2);
    const key = keys.find((candidate) => candidate.domain === domain && candidate.selector === selector);
    const fields = [{ name: 'Content-Type', value: 'text/plain; charset=us-ascii' }];
    if (!key) return { status: 404, fields, content: new Uint8Array() };
    return { status: 200, fields, content: octetsFromText(`${key.records.join('\r\n')}\r\n`) };
  };
  return {
    source: httpWellKnownKeySource({ dns, fetch, random: createSeededRandom(1) }),
    cutOff: () => {
      up = false;
    },
  };
}

keySourceContract('dnsTxtKeySource', dnsSource);
keySourceContract('httpWellKnownKeySource', httpSource);
keySourceContract('privateExchangeKeySource', (keys) => ({
  source: privateExchangeKeySource(
    keys.flatMap(({ selector, domain, records }) =>
      records.map((record) => ({ selector, signingDomain: parseDomainName(domain), record })),
    ),
  ),
}));
keySourceContract('cachedKeySource', (keys) => {
  const { source, cutOff } = dnsSource(keys);
  return { source: cachedKeySource(source, { clock: createFakeClock() }), cutOff };
});

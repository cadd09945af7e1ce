import { FetchError, type FetchRequest, type FetchResponse } from '@isched/runtime';
import { createScriptedRandom, createZoneDns, keySourceContract, type PublishedKey } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { cachedKeySource } from '../../src/keys/cached.ts';
import { dnsTxtKeySource } from '../../src/keys/dns-txt.ts';
import { httpWellKnownKeySource, keyDocument } from '../../src/keys/http-well-known.ts';
import { zoneFileText } from '../../src/keys/key-pair.ts';
import { privateExchangeKeySource } from '../../src/keys/private-exchange.ts';
import { clockAt } from '../support/world.ts';

keySourceContract('dnsTxtKeySource', (keys) => dnsTxt(keys));

keySourceContract('cachedKeySource', (keys) => {
  const { source, cutOff } = dnsTxt(keys);
  return { source: cachedKeySource(source, { clock: clockAt(0) }), cutOff };
});

keySourceContract('privateExchangeKeySource', (keys) => ({
  source: privateExchangeKeySource(
    keys.flatMap(({ selector, domain, records }) =>
      records.map((record) => ({ signingDomain: parseDomainName(domain), selector, record })),
    ),
  ),
}));

keySourceContract('httpWellKnownKeySource', (keys) => {
  const domains = new Set(keys.map(({ domain }) => domain));
  const zone = [...domains].map((domain) => `_domainkey_lookup._tcp.${domain}. 60 IN SRV 0 0 443 keys.example.net.\n`);
  let reachable = true;
  const fetch = async ({ url }: FetchRequest): Promise<FetchResponse> => {
    if (!reachable) throw new FetchError('connect-failed', 'cut off');
    const { pathname } = new URL(url);
    const key = keys.find(({ selector, domain }) => pathname === `/.well-known/domainkey/${domain}/${selector}`);
    return {
      status: key ? 200 : 404,
      fields: [{ name: 'Content-Type', value: 'text/plain' }],
      content: Buffer.from(keyDocument(key?.records ?? [])),
    };
  };
  return {
    source: httpWellKnownKeySource({
      dns: createZoneDns(zone.join('')),
      fetch,
      random: createScriptedRandom({ fractions: [0, 0] }),
    }),
    cutOff: () => {
      reachable = false;
    },
  };
});

function dnsTxt(keys: readonly PublishedKey[]) {
  const entries = keys.flatMap(({ selector, domain, records }) =>
    records.map((record) => zoneFileText({ selector, signingDomain: parseDomainName(domain) }, record)),
  );
  const dns = createZoneDns(entries.join(''));
  return {
    source: dnsTxtKeySource({ dns }),
    cutOff: () => {
      for (const { selector, domain } of keys) dns.fail(`${selector}._domainkey.${domain}`);
      dns.fail('three._domainkey.example.com');
    },
  };
}

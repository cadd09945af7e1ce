import { FetchError, type FetchRequest, type FetchResponse, type Srv } from '@isched/runtime';
import { keySourceContract, type PublishedKey } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { cachedKeySource } from '../../src/keys/cached.ts';
import { dnsTxtKeySource } from '../../src/keys/dns-txt.ts';
import { httpWellKnownKeySource, keyDocument } from '../../src/keys/http-well-known.ts';
import { splitStrings } from '../../src/keys/key-pair.ts';
import { privateExchangeKeySource } from '../../src/keys/private-exchange.ts';
import { clockAt, scriptedDns } from '../support/world.ts';

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
  const target: Srv = { priority: 0, weight: 0, port: 443, target: parseDomainName('keys.example.net') };
  const srv = Object.fromEntries(keys.map(({ domain }) => [`_domainkey_lookup._tcp.${domain}`, [target]]));
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
      dns: scriptedDns({ srv }),
      fetch,
      random: { fraction: () => 0, token: () => 'x' },
    }),
    cutOff: () => {
      reachable = false;
    },
  };
});

function dnsTxt(keys: readonly PublishedKey[]) {
  const txt: Record<string, readonly (readonly string[])[] | 'failing'> = {};
  for (const { selector, domain, records } of keys) txt[`${selector}._domainkey.${domain}`] = records.map(splitStrings);
  const dns = scriptedDns({ txt });
  let reachable = true;
  const failing = scriptedDns({ txt: new Proxy({}, { get: () => 'failing' }) });
  return {
    source: dnsTxtKeySource({
      dns: { ...dns, txt: (name, options) => (reachable ? dns : failing).txt(name, options) },
    }),
    cutOff: () => {
      reachable = false;
    },
  };
}

import {
  type Dns,
  DnsUnavailable,
  FetchError,
  type FetchResponse,
  fieldValue,
  type GuardedFetch,
  orderSrv,
  type Random,
} from '@isched/runtime';
import { type DomainName, DomainNameError, latin1FromOctets, parseDomainName } from '@isched/values';
import { freshForSeconds } from './freshness.ts';
import type { KeyLookup, KeyLookupOptions, KeyQuery, KeySource } from './key-source.ts';
import { isSelector } from './selector.ts';

export interface HttpWellKnownDeps {
  /** Without a cache of its own, else a fresh look-up is none. */
  readonly dns: Dns;
  readonly fetch: GuardedFetch;
  /** Draws among targets of one priority. */
  readonly random: Random;
}

export interface HttpWellKnownOptions {
  /** A domain without SRV record: no key there, or ask the domain itself at port 443, as one peer does. Default `absent`. */
  readonly withoutSrv?: 'absent' | 'ask-domain' | undefined;
  /** Longest key document. Octets; default 16384: the records of several keys fit four times. */
  readonly maxDocumentOctets?: number | undefined;
  /** From the question to the last octet, each target for itself. Milliseconds; default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Most targets asked, one after the other. Default 3. */
  readonly maxTargets?: number | undefined;
  /** How long a document is kept that does not say. Seconds; default 3600. */
  readonly defaultTtlSeconds?: number | undefined;
}

type Settings = Required<{
  readonly [Option in keyof HttpWellKnownOptions]: NonNullable<HttpWellKnownOptions[Option]>;
}>;

const service = '_domainkey_lookup';
// "No" of a key server says nothing about how long; a cache keeps it for its own short time at most.
const refusalTtlSeconds = 300;

/**
 * Keys from the key server that a domain names in DNS, which is how it authorises that server.
 *
 * No redirect is followed: the SRV record names the server, and nobody else does.
 *
 * @see iSchedule draft 05, "http/well-known"; RFC 2782.
 */
export function httpWellKnownKeySource(deps: HttpWellKnownDeps, options: HttpWellKnownOptions = {}): KeySource {
  const settings: Settings = {
    withoutSrv: options.withoutSrv ?? 'absent',
    maxDocumentOctets: options.maxDocumentOctets ?? 16_384,
    timeoutMs: options.timeoutMs ?? 5_000,
    maxTargets: options.maxTargets ?? 3,
    defaultTtlSeconds: options.defaultTtlSeconds ?? 3_600,
  };
  return {
    queryMethod: 'http/well-known',
    async lookup(query, lookupOptions = {}) {
      const located = await locateServers(query.signingDomain, { deps, settings, lookupOptions });
      if ('status' in located) return located;
      return askServers(located.servers, query, { deps, settings, lookupOptions });
    },
  };
}

/**
 * Where a key server keeps a key: the path of its document.
 *
 * @throws TypeError when the selector is none: whoever made the query checks that.
 */
export function keyDocumentPath({ signingDomain, selector }: KeyQuery): string {
  if (!isSelector(selector)) throw new TypeError('not a selector');
  return `/.well-known/domainkey/${signingDomain}/${selector}`;
}

interface Asking {
  readonly deps: HttpWellKnownDeps;
  readonly settings: Settings;
  readonly lookupOptions: KeyLookupOptions;
}

interface KeyServer {
  readonly host: DomainName;
  readonly port: number;
}

async function locateServers(
  domain: DomainName,
  { deps, settings, lookupOptions }: Asking,
): Promise<{ readonly servers: readonly KeyServer[] } | KeyLookup> {
  try {
    const { signal } = lookupOptions;
    const { records, ttlSeconds } = await deps.dns.srv(parseDomainName(`${service}._tcp.${domain}`), { signal });
    const targets = orderSrv(records, deps.random);
    if (targets.length > 0) return { servers: targets.map(({ target, port }) => ({ host: target, port })) };
    const guess = records.length === 0 && settings.withoutSrv === 'ask-domain';
    return guess ? { servers: [{ host: domain, port: 443 }] } : { status: 'absent', ttlSeconds };
  } catch (error) {
    if (error instanceof DnsUnavailable) return { status: 'unavailable', cause: error };
    if (error instanceof DomainNameError) return { status: 'absent', ttlSeconds: refusalTtlSeconds };
    throw error;
  }
}

/** The next server is asked only where one could not be: an answer is an answer, also when it is no. */
async function askServers(servers: readonly KeyServer[], query: KeyQuery, asking: Asking): Promise<KeyLookup> {
  let answer: KeyLookup = { status: 'absent', ttlSeconds: refusalTtlSeconds };
  for (const server of servers.slice(0, asking.settings.maxTargets)) {
    const latest = await askServer(server, query, asking);
    if (latest === 'not-to-be-asked') continue;
    if (latest.status !== 'unavailable') return latest;
    answer = latest;
  }
  return answer;
}

async function askServer(
  { host, port }: KeyServer,
  query: KeyQuery,
  { deps, settings, lookupOptions }: Asking,
): Promise<KeyLookup | 'not-to-be-asked'> {
  const { signingDomain } = query;
  try {
    const response = await deps.fetch(
      {
        method: 'GET',
        url: `https://${host}:${port}${keyDocumentPath(query)}`,
        fields: [{ name: 'Accept', value: 'text/plain' }],
        certificateNames: [
          { type: 'dns', name: host },
          { type: 'dns', name: signingDomain },
          { type: 'srv', service, name: signingDomain },
        ],
      },
      { maxContentOctets: settings.maxDocumentOctets, timeoutMs: settings.timeoutMs, signal: lookupOptions.signal },
    );
    return readResponse(response, settings);
  } catch (error) {
    if (error instanceof FetchError) return readFailure(error);
    throw error;
  }
}

/** Failures that would be the same tomorrow are no reason to ask the sender to try again. */
function readFailure(error: FetchError): KeyLookup | 'not-to-be-asked' {
  switch (error.code) {
    case 'url-forbidden':
    case 'address-forbidden':
    case 'no-address':
      return 'not-to-be-asked';
    case 'response-too-long':
      return { status: 'absent', ttlSeconds: refusalTtlSeconds };
    case 'dns-unavailable':
    case 'connect-failed':
    case 'certificate-invalid':
    case 'certificate-name-mismatch':
    case 'response-malformed':
    case 'timeout':
      return { status: 'unavailable', cause: error };
    default:
      return error.code satisfies never;
  }
}

function readResponse({ status, fields, content }: FetchResponse, settings: Settings): KeyLookup {
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    return { status: 'unavailable', cause: new Error(`the key server answered ${status}`) };
  }
  const mediaType = fieldValue(fields, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  const records = status === 200 && mediaType === 'text/plain' ? parseKeyDocument(latin1FromOctets(content)) : [];
  if (records.length === 0) return { status: 'absent', ttlSeconds: freshForSeconds(fields, refusalTtlSeconds) };
  return { status: 'found', records, ttlSeconds: freshForSeconds(fields, settings.defaultTtlSeconds) };
}

/**
 * Reads a key document: one record a line, ended by CRLF, LF or nothing; empty lines count for nothing.
 *
 * @throws nothing.
 * @see iSchedule draft 05, "http/well-known".
 */
export function parseKeyDocument(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * Writes a key document.
 *
 * @throws TypeError when a record holds a line end: our mistake.
 */
export function keyDocument(records: readonly string[]): string {
  if (records.some((record) => /[\r\n]/.test(record))) throw new TypeError('a record is one line');
  return records.map((record) => `${record}\r\n`).join('');
}

import {
  type CertificateName,
  declinesService,
  type Dns,
  type DnsAnswer,
  DnsUnavailable,
  orderSrv,
  type Random,
  type Srv,
  type SrvTarget,
} from '@isched/runtime';
import { type Abortable, type DomainName, isNameLength } from '@isched/values';
import { getDomain } from 'tldts';
import { wellKnownPath } from '../wire/names.ts';
import type { Candidate, Location, ReceiverLocator } from './location.ts';
import { pathOf } from './service-text.ts';

export interface LocatorDeps {
  /** Keeps answers for their TTL (`cachedDns`): a located receiver lives as long as its records, and no longer. */
  readonly dns: Dns;
  readonly random: Random;
}

/** A receiver that an administrator named: no discovery for this domain. */
export interface StaticRoute {
  readonly domain: DomainName;
  /** https; path included. */
  readonly url: string;
  /** Also for domains below it. Default false. */
  readonly withSubdomains?: boolean | undefined;
  /** Default: the URL's host. */
  readonly certificateNames?: readonly CertificateName[] | undefined;
  /** Sent as `Authorization`, and signed. */
  readonly authorization?: string | undefined;
}

export interface LocatorOptions {
  /** Looked at before DNS. Default none. */
  readonly routes?: readonly StaticRoute[] | undefined;
  /** Ask the parent where a name offers nothing, up to the registrable domain. Default true. */
  readonly climb?: boolean | undefined;
  /**
   * Which names a certificate may carry. `target-or-source`: the SRV target, the source domain, or SRV-ID
   * `_ischedules.<domain>`; a match of the target alone is as safe as DNS is. `source`: not the target. Default
   * `target-or-source`.
   */
  readonly certificate?: 'target-or-source' | 'source' | undefined;
}

/**
 * Finds the receiver of a domain: static routes, then SRV and TXT at `_ischedules._tcp`.
 *
 * @throws TypeError when a static route's URL is not https.
 * @see RFC 2782; RFC 6763 §6; iSchedule digest §1.
 */
export function createLocator(deps: LocatorDeps, options: LocatorOptions = {}): ReceiverLocator {
  const routes = (options.routes ?? []).map(checkRoute);
  return {
    async locate(domain, abortable = {}) {
      const route = routeFor(routes, domain);
      if (route) return locatedByRoute(route);
      try {
        return await locateByDns(domain, { ...deps, options }, abortable);
      } catch (error) {
        if (error instanceof DnsUnavailable) return { status: 'unavailable', cause: error };
        throw error;
      }
    },
  };
}

interface Search extends LocatorDeps {
  readonly options: LocatorOptions;
}

async function locateByDns(domain: DomainName, search: Search, abortable: Abortable): Promise<Location> {
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (const name of namesToAsk(domain, search.options.climb ?? true)) {
    const serviceName = serviceNameOf(name);
    if (!serviceName) continue;
    const srv = await search.dns.srv(serviceName, abortable);
    ttlSeconds = Math.min(ttlSeconds, srv.ttlSeconds);
    if (declinesService(srv.records)) break; // a target of `.`: no climbing, no guess
    const targets = orderSrv(srv.records, search.random).filter((record) => record.port > 0);
    if (targets.length === 0) continue;
    const txt = await search.dns.txt(serviceName, abortable);
    return located(targets.slice(0, maxTargets), txt, {
      asked: domain,
      found: name,
      srv,
      certificate: search.options.certificate,
    });
  }
  return { status: 'not-offered', ttlSeconds: Number.isFinite(ttlSeconds) ? ttlSeconds : defaultNegativeTtlSeconds };
}

/** Where not one name could be asked, for length. */
const defaultNegativeTtlSeconds = 3_600;

interface Found {
  readonly asked: DomainName;
  readonly found: DomainName;
  readonly srv: DnsAnswer<Srv>;
  readonly certificate: LocatorOptions['certificate'];
}

function located(targets: readonly SrvTarget[], txt: DnsAnswer<readonly string[]>, of: Found): Location {
  const path = pathOf(txt.records) ?? wellKnownPath;
  const sourceNames = sourceNamesOf(of);
  const bySource = of.certificate === 'source';
  const candidates = targets.map((record): Candidate => {
    const target: CertificateName = { type: 'dns', name: record.target };
    return {
      url: urlOf(record.target, record.port, path),
      certificateNames: bySource ? sourceNames : [target, ...sourceNames],
    };
  });
  const urls = candidates.map((candidate) => candidate.url).toSorted();
  // A certificate that must name the domain itself is another for each domain, and so is the request.
  const receiverId = [...urls, ...(bySource ? [of.found] : [])].join(' ');
  return {
    status: 'located',
    candidates,
    receiverId,
    ttlSeconds: Math.min(of.srv.ttlSeconds, txt.ttlSeconds),
  };
}

/** The name that was asked for, and the one above it where the record stood: both are the user's own domain. */
function sourceNamesOf({ asked, found }: Found): readonly CertificateName[] {
  const names = asked === found ? [found] : [found, asked];
  return names.flatMap((name): CertificateName[] => [
    { type: 'dns', name },
    { type: 'srv', service: '_ischedules', name },
  ]);
}

/** The domain itself, then one label less each time, up to the registrable one; without one there is nothing above. */
function* namesToAsk(domain: DomainName, climb: boolean): Iterable<DomainName> {
  yield domain;
  const top = climb ? getDomain(domain, { allowPrivateDomains: true }) : null;
  const labels = domain.split('.');
  const steps = top === null ? 0 : labels.length - top.split('.').length;
  for (let step = 1; step <= steps && step < maxNames; step++) yield labels.slice(step).join('.') as DomainName;
}

/** So that a domain that names a thousand hosts does not make us wait for each. */
const maxTargets = 10;

/** So that an address with a hundred labels does not ask a hundred questions. */
const maxNames = 8;

/** Nothing where the name would be too long to ask for. */
function serviceNameOf(domain: DomainName): DomainName | undefined {
  return isNameLength(serviceLabels.length + domain.length) ? (`${serviceLabels}${domain}` as DomainName) : undefined;
}

const serviceLabels = '_ischedules._tcp.';

function urlOf(host: DomainName, port: number, path: string): string {
  return `https://${host}${port === 443 ? '' : `:${port}`}${path}`;
}

function checkRoute(route: StaticRoute): StaticRoute {
  if (!URL.canParse(route.url) || new URL(route.url).protocol !== 'https:') {
    throw new TypeError(`the route of ${route.domain} is no https URL: ${route.url}`);
  }
  return route;
}

function routeFor(routes: readonly StaticRoute[], domain: DomainName): StaticRoute | undefined {
  const exact = routes.find((route) => route.domain === domain);
  if (exact) return exact;
  const above = routes.filter((route) => route.withSubdomains && domain.endsWith(`.${route.domain}`));
  return above.toSorted((left, right) => right.domain.length - left.domain.length)[0];
}

function locatedByRoute(route: StaticRoute): Location {
  const candidate: Candidate = {
    url: route.url,
    certificateNames: route.certificateNames,
    authorization: route.authorization,
  };
  const receiverId = route.authorization === undefined ? route.url : `${route.url} ${route.domain}`;
  return { status: 'located', candidates: [candidate], receiverId, ttlSeconds: staticTtlSeconds };
}

const staticTtlSeconds = 86_400;

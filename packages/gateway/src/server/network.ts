import {
  cachedDns,
  createDnsClient,
  createGuardedFetch,
  type Dns,
  type DnsServer,
  type PooledFetch,
  systemClock,
  systemRandom,
} from '@isched/runtime';

/** How to reach the world; what is left out is the library's default. */
export interface NetworkSettings {
  /** Empty: those the system names. */
  readonly dnsServers: readonly DnsServer[];
  readonly dnsTimeoutMs?: number | undefined;
  /** PEM certificates trusted besides the machine's own roots. */
  readonly ca?: string | undefined;
  /** CIDR ranges that may be connected to although they are private. */
  readonly allowAddresses: readonly string[];
  readonly timeoutMs?: number | undefined;
}

/** The name system, and peers over guarded https. Disposing of it closes the connections it keeps. */
export interface Network extends AsyncDisposable {
  readonly dns: Dns;
  readonly fetch: PooledFetch;
}

/**
 * Opens the way to the world.
 *
 * @throws TypeError when a name server or an address range can't be used.
 */
export function createNetwork(settings: NetworkSettings): Network {
  const servers = settings.dnsServers.length > 0 ? { servers: settings.dnsServers } : {};
  const client = createDnsClient({ random: systemRandom }, { ...servers, timeoutMs: settings.dnsTimeoutMs });
  const dns = cachedDns(client, { clock: systemClock });
  const fetch = createGuardedFetch(
    { dns },
    { ca: settings.ca === undefined ? [] : [settings.ca], allowAddresses: settings.allowAddresses, timeoutMs: settings.timeoutMs },
  );
  return { dns, fetch, [Symbol.asyncDispose]: () => fetch[Symbol.asyncDispose]() };
}

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
import type { Config } from './config/schema.ts';
import { readText } from './config/load.ts';

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
  /** Answers are kept for their life. */
  readonly dns: Dns;
  /** Asked anew each time: for keys, which have a cache of their own that must be able to look again. */
  readonly freshDns: Dns;
  readonly fetch: PooledFetch;
}

/**
 * Opens the way to the world.
 *
 * @throws TypeError when a name server or an address range can't be used.
 */
export function createNetwork(settings: NetworkSettings): Network {
  const servers = settings.dnsServers.length > 0 ? { servers: settings.dnsServers } : {};
  const freshDns = createDnsClient({ random: systemRandom }, { ...servers, timeoutMs: settings.dnsTimeoutMs });
  const dns = cachedDns(freshDns, { clock: systemClock });
  const fetch = createGuardedFetch(
    { dns },
    {
      ca: settings.ca === undefined ? [] : [settings.ca],
      allowAddresses: settings.allowAddresses,
      timeoutMs: settings.timeoutMs,
    },
  );
  return { dns, freshDns, fetch, [Symbol.asyncDispose]: () => fetch[Symbol.asyncDispose]() };
}

/**
 * What the configuration says of the network.
 *
 * @throws ConfigError when the file with certificates can't be read.
 */
export function networkSettings({ network }: Config): NetworkSettings {
  return {
    dnsServers: network.dns_servers,
    dnsTimeoutMs: network.dns_timeout_ms,
    ca: network.ca_file === undefined ? undefined : readText(network.ca_file),
    allowAddresses: network.allow_addresses,
    timeoutMs: network.timeout_ms,
  };
}

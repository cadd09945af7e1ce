import { Pool } from 'undici';
import { createAddressGuard } from './address-guard.ts';
import type { Dns } from './dns.ts';
import { type CertificateName, FetchError } from './fetch.ts';
import type { FetchTarget } from './fetch-target.ts';
import { guardedConnector, trustedRoots } from './guarded-connector.ts';

/** What connections may cost. */
export interface PoolLimits {
  readonly ca: readonly string[];
  readonly allowAddresses: readonly string[];
  readonly maxHeaderOctets: number;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxConnectionsPerHost: number;
  readonly maxHosts: number;
}

/** Connections that are kept, one pool for each host and set of certificate names. */
export interface Pools {
  /** @throws FetchError after `close`. */
  poolFor(target: FetchTarget, names: readonly CertificateName[]): Pool;
  /** The same for work that had begun before `close`. @throws nothing. */
  anotherFor(target: FetchTarget, names: readonly CertificateName[]): Pool;
  close(): void;
  /** Ends what still waits, too. */
  destroy(): Promise<void>;
}

/**
 * Makes the pools. A connection that was made for one set of certificate names is never used for another.
 *
 * @throws TypeError when an address range can't be read.
 */
export function createPools(dns: Dns, limits: PoolLimits): Pools {
  const pools = new Map<string, Pool>();
  let closed = false;
  const connectorDeps = {
    dns,
    guard: createAddressGuard(limits.allowAddresses),
    secureContext: trustedRoots(limits.ca),
    connectTimeoutMs: limits.connectTimeoutMs,
  };
  const self: Pools = {
    poolFor(target, names) {
      if (closed) throw new FetchError('connect-failed', 'the client was closed');
      return self.anotherFor(target, names);
    },
    anotherFor(target, names) {
      const key = poolKey(target, names);
      const pool = pools.get(key) ?? createPool(target, limits, guardedConnector(target, names, connectorDeps));
      pools.delete(key);
      pools.set(key, pool);
      if (pools.size > limits.maxHosts) closeOldest(pools);
      return pool;
    },
    close() {
      closed = true;
    },
    async destroy() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
  return self;
}

function poolKey(target: FetchTarget, names: readonly CertificateName[]): string {
  const nameKeys = names.map((name) => (name.type === 'dns' ? name.name : `_${name.service}.${name.name}`));
  return [target.origin, ...nameKeys.toSorted()].join(' ');
}

function createPool(target: FetchTarget, limits: PoolLimits, connect: ReturnType<typeof guardedConnector>): Pool {
  return new Pool(target.origin, {
    connect,
    connections: limits.maxConnectionsPerHost,
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: limits.maxHeaderOctets,
    keepAliveTimeout: limits.keepAliveMs,
    keepAliveMaxTimeout: limits.keepAliveMs,
    // Our own deadline covers both.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function closeOldest(pools: Map<string, Pool>): void {
  for (const [key, pool] of pools) {
    pools.delete(key);
    pool.close().catch(() => undefined);
    return;
  }
}

import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates, type PeerCertificate, type SecureContext } from 'node:tls';
import type { DomainName } from '@isched/values';
import { buildConnector } from 'undici';
import { type AddressGuard, addressKind } from './address-guard.ts';
import { carriesName, readSubjectNames } from './certificate-names.ts';
import { type Dns, DnsUnavailable, type IpAddress } from './dns.ts';
import { type CertificateName, FetchError } from './fetch.ts';
import type { FetchTarget } from './fetch-target.ts';
import { parseIpAddress } from './ip-address.ts';

export interface ConnectorDeps {
  readonly dns: Dns;
  readonly guard: AddressGuard;
  readonly secureContext: SecureContext;
  readonly connectTimeoutMs: number;
}

/** A host with more addresses than this is tried at the first ones only. */
const maxAddresses = 8;

/** How long one of several addresses may take before the next one is tried too. */
const nextAddressAfterMs = 1_000;

/**
 * The roots that certificates are checked against, read once.
 *
 * @param extra - PEM certificates trusted besides those of the machine.
 */
export function trustedRoots(extra: readonly string[]): SecureContext {
  return createSecureContext(extra.length === 0 ? {} : { ca: [...getCACertificates('default'), ...extra] });
}

/**
 * Makes connections to one host. Each looks the host up anew and connects to the very addresses that were checked, so that
 * a name can't point elsewhere between check and use. TLS sessions are not resumed, because resuming skips the check of
 * the certificate's names.
 *
 * @param names - the certificate must carry one of them; none: it must be for the target's host.
 */
export function guardedConnector(
  target: FetchTarget,
  names: readonly CertificateName[],
  deps: ConnectorDeps,
): buildConnector.connector {
  const connect = buildConnector({
    secureContext: deps.secureContext,
    lookup: target.host.type === 'name' ? guardedLookup(target.host.name, deps) : refuseLookup,
    checkServerIdentity: (_host: string, certificate: PeerCertificate) => checkNames(certificate, target, names),
    timeout: deps.connectTimeoutMs,
    maxCachedSessions: 0,
    allowH2: false,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
  });
  return (options, callback) => {
    if (target.host.type === 'address' && !deps.guard.allows(target.host.address)) {
      return callback(forbiddenAddress([target.host.address]), null);
    }
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error) return callback(error, null);
      const address = socket?.remoteAddress ?? '';
      if (deps.guard.allows(address)) return callback(...result);
      socket?.destroy();
      callback(forbiddenAddress([address]), null);
    });
  };
}

/** A look-up as node:net wants it: the checked addresses, or the reason why there is none. */
function guardedLookup(name: DomainName, deps: ConnectorDeps): LookupFunction {
  return (_hostname, options, callback) => {
    const answer = async (): Promise<void> => {
      const [error, addresses] = await settled(checkedAddresses(name, deps));
      if (error) return callback(error, '');
      const found = addresses.map((address) => ({ address, family: parseIpAddress(address)?.family ?? 4 }));
      if (options.all) return callback(null, found);
      callback(null, found[0]?.address ?? '', found[0]?.family);
    };
    void answer();
  };
}

async function settled<T>(promise: Promise<T>): Promise<[Error, undefined] | [undefined, T]> {
  try {
    return [undefined, await promise];
  } catch (error) {
    return [error instanceof Error ? error : new Error('the look-up failed', { cause: error }), undefined];
  }
}

async function checkedAddresses(name: DomainName, deps: ConnectorDeps): Promise<readonly IpAddress[]> {
  const { records } = await deps.dns.addresses(name).catch((cause: unknown) => {
    throw cause instanceof DnsUnavailable
      ? new FetchError('dns-unavailable', `${name} could not be looked up`, { cause })
      : cause;
  });
  if (records.length === 0) throw new FetchError('no-address', `${name} has no address`);
  const allowed = records.filter((address) => deps.guard.allows(address));
  if (allowed.length === 0) throw forbiddenAddress(records);
  return allowed.slice(0, maxAddresses);
}

const refuseLookup: LookupFunction = (hostname, _options, callback) =>
  callback(new FetchError('address-forbidden', `${hostname} was to be looked up though it is an address`), '');

function forbiddenAddress(addresses: readonly string[]): FetchError {
  const kinds = addresses.map((address) => `${address} is ${addressKind(address)}`);
  return new FetchError('address-forbidden', kinds.slice(0, maxAddresses).join(', '));
}

function checkNames(
  certificate: PeerCertificate,
  target: FetchTarget,
  names: readonly CertificateName[],
): Error | undefined {
  const carried = readSubjectNames(certificate.raw);
  if (names.some((name) => carriesName(carried, name))) return undefined;
  if (names.length === 0 && isForHost(carried, target)) return undefined;
  const shown = [...carried.dnsNames, ...carried.srvNames].slice(0, maxAddresses).join(', ');
  return new FetchError(
    'certificate-name-mismatch',
    `the certificate of ${target.origin} is for ${shown || 'no name'}`,
  );
}

function isForHost(carried: ReturnType<typeof readSubjectNames>, target: FetchTarget): boolean {
  if (target.host.type === 'name') return carriesName(carried, { type: 'dns', name: target.host.name });
  const wanted = parseIpAddress(target.host.address);
  return carried.addresses.some((octets) => wanted !== undefined && isSameAddress(octets, wanted.value));
}

function isSameAddress(octets: Uint8Array, value: bigint): boolean {
  return BigInt(`0x0${Buffer.from(octets).toString('hex')}`) === value;
}

import { type IpNumber, type IpRange, isInRange, parseIpAddress, parseIpRange } from './ip-address.ts';

/** What an address is for; only `public` ones may be connected to without being listed. */
export type AddressKind =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared' // carrier-grade NAT
  | 'link-local'
  | 'metadata' // a cloud's service for its own machines
  | 'documentation'
  | 'multicast'
  | 'reserved'
  | 'invalid'; // no IP address

/** Decides which addresses we may connect to. */
export interface AddressGuard {
  allows(address: string): boolean;
}

/** @see IANA IPv4 Special-Purpose Address Registry (RFC 6890). The first range that fits counts. */
const v4Kinds: readonly (readonly [AddressKind, IpRange])[] = [
  ['metadata', parseIpRange('169.254.169.254')],
  ['metadata', parseIpRange('100.100.100.200')], // Alibaba
  ['metadata', parseIpRange('168.63.129.16')], // Azure, from its public space
  ['unspecified', parseIpRange('0.0.0.0/8')],
  ['loopback', parseIpRange('127.0.0.0/8')],
  ['private', parseIpRange('10.0.0.0/8')],
  ['private', parseIpRange('172.16.0.0/12')],
  ['private', parseIpRange('192.168.0.0/16')],
  ['shared', parseIpRange('100.64.0.0/10')],
  ['link-local', parseIpRange('169.254.0.0/16')],
  ['documentation', parseIpRange('192.0.2.0/24')],
  ['documentation', parseIpRange('198.51.100.0/24')],
  ['documentation', parseIpRange('203.0.113.0/24')],
  ['reserved', parseIpRange('192.0.0.0/24')], // protocol assignments
  ['reserved', parseIpRange('192.88.99.0/24')], // 6to4 relays, withdrawn
  ['reserved', parseIpRange('198.18.0.0/15')], // benchmarks
  ['multicast', parseIpRange('224.0.0.0/4')],
  ['reserved', parseIpRange('240.0.0.0/4')],
];

/** @see IANA IPv6 Special-Purpose Address Registry. What fits no range is reserved: only 2000::/3 is in use. */
const v6Kinds: readonly (readonly [AddressKind, IpRange])[] = [
  ['metadata', parseIpRange('fd00:ec2::254')], // Amazon
  ['metadata', parseIpRange('fd20:ce::254')], // Google
  ['unspecified', parseIpRange('::')],
  ['loopback', parseIpRange('::1')],
  ['private', parseIpRange('fc00::/7')],
  ['private', parseIpRange('64:ff9b:1::/48')], // NAT64 of a site's own
  ['link-local', parseIpRange('fe80::/10')],
  ['private', parseIpRange('fec0::/10')], // site-local, withdrawn
  ['multicast', parseIpRange('ff00::/8')],
  ['documentation', parseIpRange('2001:db8::/32')],
  ['documentation', parseIpRange('3fff::/20')],
  ['reserved', parseIpRange('2001::/23')], // protocol assignments; Teredo, ORCHID, benchmarks
  ['public', parseIpRange('2000::/3')],
];

/** Ranges whose addresses carry an IPv4 address to which a translator or tunnel sends on, and where it stands. */
const carriers: readonly { readonly range: IpRange; readonly shift: bigint }[] = [
  { range: parseIpRange('2002::/16'), shift: 80n }, // 6to4, RFC 3056
  { range: parseIpRange('64:ff9b::/96'), shift: 0n }, // NAT64, RFC 6052
];

/**
 * Says what an address is for. An address that carries an IPv4 address (mapped, 6to4, NAT64) is what that one is.
 *
 * @throws nothing; a text that is no address is `invalid`.
 */
export function addressKind(text: string): AddressKind {
  const address = parseIpAddress(text);
  return address ? kindOf(address) : 'invalid';
}

/**
 * Makes a guard that lets public addresses pass, and those that are listed.
 *
 * @param allowed - ranges as `192.0.2.0/24`, or single addresses.
 * @throws TypeError when one is neither.
 */
export function createAddressGuard(allowed: readonly string[] = []): AddressGuard {
  const ranges = allowed.map(parseIpRange);
  return {
    allows(text) {
      const address = parseIpAddress(text);
      if (!address) return false;
      return kindOf(address) === 'public' || ranges.some((range) => isInRange(address, range));
    },
  };
}

function kindOf(address: IpNumber): AddressKind {
  if (address.family === 4) return firstKind(v4Kinds, address) ?? 'public';
  const carrier = carriers.find(({ range }) => isInRange(address, range));
  if (carrier) return kindOf({ family: 4, value: (address.value >> carrier.shift) & 0xffff_ffffn });
  return firstKind(v6Kinds, address) ?? 'reserved';
}

function firstKind(kinds: readonly (readonly [AddressKind, IpRange])[], address: IpNumber): AddressKind | undefined {
  return kinds.find(([, range]) => isInRange(address, range))?.[0];
}

import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses that may connect. */
export interface AddressList {
  has(address: string | undefined): boolean;
}

/**
 * Reads addresses and CIDR ranges.
 *
 * @throws TypeError when one is neither: a configuration that was checked has none.
 */
export function addressList(ranges: readonly string[]): AddressList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    if (isIP(address) === 0) throw new TypeError(`not an address or CIDR range: ${range}`);
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    has(address) {
      const plain = plainAddress(address);
      return plain !== undefined && isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
    },
  };
}

/** An IPv4 address that came through an IPv6 socket, as IPv4; no zone. @throws nothing. */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/, '');
}

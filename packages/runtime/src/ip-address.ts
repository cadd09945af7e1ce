import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as a number, so that it can be compared with ranges. */
export interface IpNumber {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses with the same first `prefixLength` bits. */
export interface IpRange extends IpNumber {
  readonly prefixLength: number;
}

/**
 * Reads an IP address. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is read as the IPv4 address it stands for,
 * because connecting to the one reaches the other.
 *
 * @returns the address; nothing for any other text, and for addresses with a zone (`fe80::1%eth0`).
 * @throws nothing.
 * @see RFC 4291 §2.2, §2.5.5.2.
 */
export function parseIpAddress(text: string): IpNumber | undefined {
  if (isIPv4(text)) return { family: 4, value: v4Value(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const value = v6Value(text);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/**
 * Reads a range: `192.0.2.0/24`, `2001:db8::/32`, or a single address.
 *
 * @throws TypeError for any other text.
 * @see RFC 4632 §3.1 (CIDR).
 */
export function parseIpRange(text: string): IpRange {
  const [, addressText = text, prefixText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseIpAddress(addressText);
  const bits = address?.family === 4 ? 32 : 128;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  if (!address || prefixLength > bits) throw new TypeError(`not a range of IP addresses: ${text}`);
  return { ...address, prefixLength };
}

/**
 * Says whether an address lies in a range.
 *
 * @throws nothing.
 */
export function isInRange(address: IpNumber, range: IpRange): boolean {
  if (address.family !== range.family) return false;
  const shift = BigInt((range.family === 4 ? 32 : 128) - range.prefixLength);
  return address.value >> shift === range.value >> shift;
}

function v4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function v6Value(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const before = v6Groups(head);
  const after = v6Groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

function v6Groups(text: string): readonly bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const v4 = v4Value(group);
    return [v4 >> 16n, v4 & 0xffffn];
  });
}

import { addressKind, createAddressGuard } from '@isched/runtime';
import { describe, expect, it } from 'vitest';

describe('addressKind', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['223.255.255.255', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['2a00:1450:4001:80e::200e', 'public'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fec0::1', 'private'],
    ['64:ff9b:1::8.8.8.8', 'private'],
    ['100.64.0.1', 'shared'],
    ['100.127.255.255', 'shared'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.7', 'documentation'],
    ['203.0.113.9', 'documentation'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['192.0.0.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'], // Teredo, RFC 4380 §4's example
  ])('[IS-1.26] %s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  it.each([
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'metadata'],
    ['::ffff:8.8.8.8', 'public'],
    ['2002:7f00:1::', 'loopback'], // 6to4 of 127.0.0.1
    ['2002:c0a8:101::1', 'private'], // 6to4 of 192.168.1.1
    ['2002:808:808::1', 'public'],
    ['64:ff9b::10.0.0.1', 'private'], // NAT64
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['64:ff9b::808:808', 'public'],
    ['::127.0.0.1', 'reserved'], // IPv4-compatible, withdrawn
  ])('[IS-1.26] %s carries an IPv4 address and is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  it.each(['', 'localhost', '2130706433', '0x7f000001', '127.1', '010.0.0.1', '1.2.3.4.5', 'fe80::1%eth0', '[::1]'])(
    'takes %j for no address',
    (text) => {
      expect(addressKind(text)).toBe('invalid');
    },
  );
});

describe('createAddressGuard', () => {
  it('lets public addresses pass and no others', () => {
    const guard = createAddressGuard();
    expect(
      ['8.8.8.8', '127.0.0.1', '169.254.169.254', 'fe80::1%eth0', 'nonsense'].filter((text) => guard.allows(text)),
    ).toEqual(['8.8.8.8']);
  });

  it('lets listed ranges pass, in whichever way an address is written', () => {
    const guard = createAddressGuard(['127.0.0.0/8', '10.1.2.3', 'fd00::/8']);
    const asked = ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', '10.1.2.3', '10.1.2.4', 'fd12::1', '::1'];
    expect(asked.filter((text) => guard.allows(text))).toEqual([
      '127.0.0.1',
      '127.9.9.9',
      '::ffff:127.0.0.1',
      '10.1.2.3',
      'fd12::1',
    ]);
  });

  it.each(['127.0.0.0/33', '::1/129', 'localhost', '127.0.0.1/', '1.2.3.4/8/8', '127.0.0.1/-1'])(
    'refuses %j as a range',
    (range) => {
      expect(() => createAddressGuard([range])).toThrow(TypeError);
    },
  );
});

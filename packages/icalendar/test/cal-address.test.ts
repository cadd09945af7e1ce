import { describe, expect, it } from 'vitest';
import { calAddressKey, calAddressKeyOf, mailboxOf, parseCalAddress, sameCalAddress } from '../src/cal-address.ts';
import { codeOf } from './support/calendars.ts';

const same = (one: string, other: string): boolean => sameCalAddress(parseCalAddress(one), parseCalAddress(other));

describe('parseCalAddress', () => {
  it('keeps the text as it came', () => {
    expect(parseCalAddress('MailTo:A%2Eb@Example.COM?subject=x')).toBe('MailTo:A%2Eb@Example.COM?subject=x');
  });

  it('[IS-3.40] reads a bare mailbox as a mailto URI', () => {
    expect(parseCalAddress('user@example.com')).toBe('mailto:user@example.com');
    expect(same('user@example.com', 'mailto:user@example.com')).toBe(true);
  });

  it.each(['urn:uuid:a', 'http://example.com/principals/a', 'mailto:user', 'invalid:nomail'])(
    'takes the URI %s',
    (text) => {
      expect(parseCalAddress(text)).toBe(text);
    },
  );

  it.each([
    '',
    'mailto:',
    'no address',
    'mailto:a b@example.com',
    'mailto:a@example.com\r\nX:1',
    '<a@b.example>',
    'a@b@c',
    '@example.com',
    `mailto:${'a'.repeat(3_000)}@example.com`,
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseCalAddress(text))).toBe('invalid-cal-address');
  });
});

describe('sameCalAddress', () => {
  it.each([
    ['mailto:user@example.com', 'MAILTO:User@EXAMPLE.com'],
    ['mailto:user@example.com', 'mailto:us%65r@example.com'],
    ['mailto:user@example.com', 'mailto:user@example.com?subject=hello'],
    ['mailto:user@example.com', 'mailto:user@example.com.'],
    ['mailto:u@münchen.example', 'mailto:u@xn--mnchen-3ya.example'],
    ['http://Example.com/a%62', 'HTTP://example.COM/ab'],
    ['urn:uuid:ABCD', 'URN:UUID:abcd'],
  ])('[IS-3.39] %s is %s', (one, other) => {
    expect(same(one, other)).toBe(true);
  });

  it.each([
    ['mailto:user@example.com', 'mailto:user@example.org'],
    ['mailto:user@example.com', 'mailto:other@example.com'],
    ['http://example.com/A', 'http://example.com/a'],
    ['mailto:user%40example.com@evil.example', 'mailto:user@example.com'],
    ['mailto:a%zz@example.com', 'mailto:a@example.com'],
  ])('%s is not %s', (one, other) => {
    expect(same(one, other)).toBe(false);
  });
});

describe('mailboxOf', () => {
  it('[IS-1.1] takes the domain after the last @, without query, lower case, in A-labels', () => {
    expect(mailboxOf(parseCalAddress('mailto:Jane@München.Example?x=a@b.example'))).toEqual({
      localPart: 'Jane',
      domain: 'xn--mnchen-3ya.example',
    });
    expect(mailboxOf(parseCalAddress('mailto:%22a%40b%22@example.com'))).toEqual({
      localPart: '"a@b"',
      domain: 'example.com',
    });
  });

  it.each([
    'mailto:user',
    'mailto:@example.com',
    'mailto:a@',
    'mailto:a@[192.0.2.1]',
    'mailto:a@192.0.2.1',
    'mailto:victim@good.example,x@evil.example',
    'mailto:victim@good.example%2Cx@evil.example',
    'urn:uuid:a@example.com',
  ])('finds no one mailbox in %s', (text) => {
    expect(mailboxOf(parseCalAddress(text))).toBeUndefined();
  });
});

describe('calAddressKey', () => {
  it('is the same for what is written twice', () => {
    const key = calAddressKey(parseCalAddress('MAILTO:A%2Bb@Example.com'));
    expect(key).toBe('mailto:a+b@example.com');
  });
});

describe('the key of a text that may be an address', () => {
  it.each([
    ['mailto:a@example.com', 'mailto:a@example.com'],
    [' MAILTO:A@Example.com\t', 'mailto:a@example.com'],
    ['a@example.com', 'mailto:a@example.com'],
    ['mailto:%61@example.com', 'mailto:a@example.com'],
    ['urn:uuid:F47AC10B-58CC-4372-A567-0E02B2C3D479', 'urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479'],
    ['nobody', undefined],
    ['', undefined],
    [`mailto:${'a'.repeat(3000)}@example.com`, undefined],
  ])('%j is %j', (text, key) => expect(calAddressKeyOf(text)).toBe(key));
});

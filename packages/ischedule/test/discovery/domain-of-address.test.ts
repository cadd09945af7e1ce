import { parseCalAddress } from '@isched/icalendar';
import { describe, expect, it } from 'vitest';
import { domainOfAddress } from '../../src/discovery/domain-of-address.ts';

describe('the domain of an address', () => {
  it.each([
    ['mailto:bernard@example.com', 'example.com'],
    ['MAILTO:Bernard@EXAMPLE.com', 'example.com'],
    ['mailto:bernard@example.com?subject=x@evil.example', 'example.com'],
    ['mailto:bernard@münchen.example', 'xn--mnchen-3ya.example'],
    ['mailto:%22a%40b%22@example.com', 'example.com'],
    ['bernard@example.com', 'example.com'],
  ])('[IS-1.1] %s is %s', (address, domain) => {
    expect(domainOfAddress(parseCalAddress(address))).toBe(domain);
  });

  it.each([
    ['https://cal.example.com:8443/principals/bernard/', 'cal.example.com'],
    ['http://user@Cal.Example.com/x@evil.example', 'cal.example.com'],
    ['https://cal.example.com?x', 'cal.example.com'],
  ])('[IS-1.2] %s is %s', (address, domain) => {
    expect(domainOfAddress(parseCalAddress(address))).toBe(domain);
  });

  it.each([
    'mailto:user',
    'mailto:',
    'urn:uuid:5e0e1d1c',
    'https:///x',
    'https://192.0.2.1/',
    'https://[2001:db8::1]/x',
    'mailto:a@[192.0.2.1]',
    'tel:+1',
  ])('[IS-1.3] %s has none', (text) => {
    try {
      expect(domainOfAddress(parseCalAddress(text))).toBeUndefined();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid-cal-address' });
    }
  });

  it('[IS-1.1] is not the domain of one of several addresses in a URI', () => {
    expect(domainOfAddress(parseCalAddress('mailto:victim@good.example,attacker@evil.example'))).toBeUndefined();
  });
});

import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { mayOriginate } from '../../src/policy/partners.ts';

const [own, other, below] = ['example.org', 'example.com', 'sub.example.com'].map((name) => parseDomainName(name));

describe('who may originate', () => {
  it('lets in every domain but our own', () => {
    const policy = { ownDomains: [own!] };
    expect([other!, below!, own!].map((domain) => mayOriginate(policy, domain))).toEqual([true, true, false]);
  });

  it('lets in our own where policy says so', () => {
    expect(mayOriginate({ ownDomains: [own!], ownOriginators: 'accept' }, own!)).toBe(true);
  });

  it('keeps out blocked domains and all below them', () => {
    const policy = { ownDomains: [], blockedDomains: [other!] };
    expect([other!, below!, own!].map((domain) => mayOriginate(policy, domain))).toEqual([false, false, true]);
  });
});

import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { mayFallBack, mayOriginate } from '../../src/policy/partners.ts';

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

describe('who may be written to another way', () => {
  it('is everybody, where nobody says otherwise', () => {
    expect(mayFallBack({ notFrom: [], notTo: [] }, { from: own!, to: other! })).toBe(true);
  });

  it('is nobody in a domain that is ruled out, nor below it', () => {
    const policy = { notFrom: [], notTo: [other!] };
    expect([other!, below!, own!].map((to) => mayFallBack(policy, { from: own!, to }))).toEqual([false, false, true]);
  });

  it('is nobody to users of an own domain that rules it out, and of that domain alone', () => {
    const policy = { notFrom: [other!], notTo: [] };
    expect([other!, below!].map((from) => mayFallBack(policy, { from, to: own! }))).toEqual([false, true]);
  });
});

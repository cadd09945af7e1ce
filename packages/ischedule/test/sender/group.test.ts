import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import type { Candidate, Location } from '../../src/discovery/location.ts';
import { chunksOf, groupByReceiver } from '../../src/sender/group.ts';

const dns = (name: string) => ({ type: 'dns', name: parseDomainName(name) }) as const;

function located(receiverId: string, ...candidates: readonly Candidate[]): Extract<Location, { status: 'located' }> {
  return { status: 'located', receiverId, candidates, ttlSeconds: 60 };
}

const at = (url: string, ...names: readonly string[]): Candidate => ({
  url,
  ...(names.length > 0 ? { certificateNames: names.map(dns) } : {}),
});

describe('grouping', () => {
  it('[IS-3.2] puts the recipients of one receiver together, in their order', () => {
    const shared = 'https://h.example/i';
    const groups = groupByReceiver([
      { recipient: 1, domain: 'a.example', location: located('h', at(shared, 'h.example', 'a.example')) },
      { recipient: 2, domain: 'c.example', location: located('c', at('https://c.example/i', 'c.example')) },
      { recipient: 3, domain: 'b.example', location: located('h', at(shared, 'h.example', 'b.example')) },
      { recipient: 4, domain: 'a.example', location: located('h', at(shared, 'h.example', 'a.example')) },
    ]);
    expect(groups.map(({ recipients }) => recipients)).toEqual([[1, 3, 4], [2]]);
    expect(groups[0]?.candidates).toEqual([at(shared, 'h.example')]);
    expect(groups[0]?.byDomain.map(({ recipients, candidates }) => [recipients, candidates])).toEqual([
      [[1, 4], [at(shared, 'h.example', 'a.example')]],
      [[3], [at(shared, 'h.example', 'b.example')]],
    ]);
  });

  it('[IS-1.31] keeps domains apart that share no certificate name', () => {
    const groups = groupByReceiver([
      { recipient: 1, domain: 'a.example', location: located('h', at('https://h.example/i', 'a.example')) },
      { recipient: 2, domain: 'b.example', location: located('h', at('https://h.example/i', 'b.example')) },
    ]);
    expect(groups.map(({ recipients }) => recipients)).toEqual([[1], [2]]);
  });

  it('[IS-3.2] joins static routes to one URL', () => {
    const groups = groupByReceiver([
      { recipient: 1, domain: 'a.example', location: located('h', at('https://h.example/i')) },
      { recipient: 2, domain: 'b.example', location: located('h', at('https://h.example/i')) },
    ]);
    expect(groups).toMatchObject([{ recipients: [1, 2], candidates: [{ url: 'https://h.example/i' }] }]);
  });

  it('[IS-3.3] splits at the most a receiver takes', () => {
    expect(chunksOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunksOf([1, 2], 250)).toEqual([[1, 2]]);
    expect(chunksOf([1, 2], 0)).toEqual([[1], [2]]);
    expect(chunksOf([], 3)).toEqual([]);
  });
});

import { X509Certificate } from 'node:crypto';
import { createCertificateAuthority, issueCertificate } from '@isched/lab';
import { createSeededRandom } from '@isched/testkit';
import { encode } from 'dns-packet';
import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriesName, readSubjectNames } from '../src/certificate-names.ts';
import { readMessage } from '../src/dns-message.ts';
import { readAnswer } from '../src/dns-reading.ts';

const question = { id: 7, name: 'example.com', type: 'TXT' } as const;

const answer = encode({
  type: 'response',
  id: 7,
  questions: [{ type: 'TXT', class: 'IN', name: 'example.com' }],
  answers: [
    { type: 'CNAME', class: 'IN', name: 'example.com', ttl: 1, data: 'a.example.com' },
    { type: 'TXT', class: 'IN', name: 'a.example.com', ttl: 1, data: [Buffer.from('one'), Buffer.from('two')] },
    { type: 'SRV', class: 'IN', name: 'a.example.com', ttl: 1, data: { port: 1, target: 'b.example.com' } },
  ],
  authorities: [
    {
      type: 'SOA',
      class: 'IN',
      name: 'example.com',
      ttl: 1,
      data: { mname: 'ns.example.com', rname: 'h.example.com' },
    },
  ],
});

/** Some octets changed, some lost, always the same ones. */
function mutations(octets: Uint8Array, count: number): readonly Uint8Array[] {
  const random = createSeededRandom(octets.length);
  const below = (limit: number): number => Math.floor(random.fraction() * limit);
  return Array.from({ length: count }, () => {
    const changed = Uint8Array.from(octets);
    for (let change = 0; change <= below(4); change++) changed[below(changed.length)] = below(256);
    return random.fraction() < 0.3 ? changed.subarray(0, below(changed.length)) : changed;
  });
}

describe('a DNS message', () => {
  const read = (octets: Uint8Array): string => {
    const received = readMessage(octets, question);
    return received.status === 'answer' ? readAnswer(received.message, question, 8).status : received.status;
  };
  const outcomes = ['stranger', 'garbled', 'records', 'none', 'alias', 'failed'];

  it('is read, whatever its octets are', () => {
    expect(read(answer)).toBe('records');
    assert(property(uint8Array({ maxLength: 100 }), (octets) => outcomes.includes(read(octets))));
    const seen = new Set(mutations(answer, 1_000).map(read));
    expect([...seen].filter((outcome) => !outcomes.includes(outcome))).toEqual([]);
    expect(seen.size).toBeGreaterThan(3);
  });
});

const ca = await createCertificateAuthority();
const { certificatePem } = await issueCertificate({ ca, dnsNames: ['a.example'], srvNames: ['_x.a.example'] });

describe('a certificate', () => {
  const { raw } = new X509Certificate(certificatePem);
  const wanted = { type: 'dns', name: 'b.example' as never } as const;

  it('is read, whatever its octets are', () => {
    expect(readSubjectNames(raw)).toEqual({ dnsNames: ['a.example'], srvNames: ['_x.a.example'], addresses: [] });
    assert(property(uint8Array({ maxLength: 100 }), (octets) => !carriesName(readSubjectNames(octets), wanted)));
    const names = mutations(raw, 2_000).map((octets) => readSubjectNames(octets).dnsNames);
    expect(names.some((list) => list.length === 0)).toBe(true);
    expect(names.flat().every((name) => /^[\x21-\x7e]*$/.test(name))).toBe(true);
  });

  it('has no names where its lengths promise more than is there', () => {
    for (const hex of ['30', '3080', '3084ffffffff', '308500000000ff', '3003020101', '']) {
      expect(readSubjectNames(Buffer.from(hex, 'hex'))).toEqual({ dnsNames: [], srvNames: [], addresses: [] });
    }
  });
});

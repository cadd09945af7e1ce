import { createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { type Alignment, aligned } from '../../src/authority/aligned.ts';
import { parseSignatureField } from '../../src/signature-field.ts';

interface Case {
  readonly d: string;
  readonly originator: string;
  readonly strictDomain?: boolean;
  readonly allowed?: readonly string[];
  readonly atps?: 'vouching' | 'silent' | 'failing';
}

async function judge({
  d,
  originator,
  strictDomain = false,
  allowed = [],
  atps,
}: Case): Promise<{ alignment: Alignment; asked: readonly string[] }> {
  const extension = atps ? `; atps=${originator}; atpsh=none` : '';
  const signature = parseSignatureField(`v=1; a=rsa-sha256; d=${d}; s=sel; h=from; bh=AAAA; b=AAAA${extension}`, {
    defaultCanonicalization: 'simple/simple',
  });
  const name = `${d}._atps.${originator}`;
  const dns = createZoneDns(atps === 'vouching' ? `${name}. 60 IN TXT "v=ATPS1"\n` : '');
  if (atps === 'failing') dns.fail(name);
  const alignment = await aligned(
    { signature, key: { strictDomain }, originatorDomain: parseDomainName(originator) },
    { dns, allow: (signer, other) => allowed.includes(`${signer} ${other}`) },
  );
  return { alignment, asked: dns.questions };
}

describe('aligned', () => {
  it.each<readonly [string, Case, Alignment]>([
    ['[DO-6.1] the same domain', { d: 'example.com', originator: 'example.com' }, { status: 'aligned', by: 'domain' }],
    [
      '[DO-6.1] a domain below',
      { d: 'example.com', originator: 'mail.eu.example.com' },
      { status: 'aligned', by: 'domain' },
    ],
    [
      '[DO-5.26] the same domain with t=s',
      { d: 'example.com', originator: 'example.com', strictDomain: true },
      { status: 'aligned', by: 'domain' },
    ],
    [
      '[DO-5.26] a domain below with t=s',
      { d: 'example.com', originator: 'mail.example.com', strictDomain: true },
      { status: 'not-aligned', reason: 'key-for-domain-only' },
    ],
    [
      '[DO-6.2] another domain (T68)',
      { d: 'evil.example', originator: 'good.example' },
      { status: 'not-aligned', reason: 'domain-not-aligned' },
    ],
    [
      '[DO-6.1] a domain above',
      { d: 'mail.example.com', originator: 'example.com' },
      { status: 'not-aligned', reason: 'domain-not-aligned' },
    ],
    [
      '[DO-6.1] a domain that only ends alike',
      { d: 'example.com', originator: 'badexample.com' },
      { status: 'not-aligned', reason: 'domain-not-aligned' },
    ],
    [
      '[DO-6.2, Q38] another domain that local policy allows',
      { d: 'host.example', originator: 'good.example', allowed: ['host.example good.example'] },
      { status: 'aligned', by: 'local-policy' },
    ],
    [
      '[DO-6.2] a domain below with t=s that local policy allows',
      { d: 'example.com', originator: 'a.example.com', strictDomain: true, allowed: ['example.com a.example.com'] },
      { status: 'aligned', by: 'local-policy' },
    ],
    [
      "[DO-6.2] another domain that the originator's vouches for",
      { d: 'host.example', originator: 'good.example', atps: 'vouching' },
      { status: 'aligned', by: 'atps' },
    ],
    [
      '[DO-6.8] another domain that it does not vouch for',
      { d: 'host.example', originator: 'good.example', atps: 'silent' },
      { status: 'not-aligned', reason: 'domain-not-aligned' },
    ],
  ])('%s', async (_what, question, expected) => {
    expect((await judge(question)).alignment).toEqual(expected);
  });

  it('[DO-6.9] can not tell where the name system does not answer', async () => {
    const { alignment } = await judge({ d: 'host.example', originator: 'good.example', atps: 'failing' });
    expect(alignment.status).toBe('unavailable');
  });

  it('asks the name system last', async () => {
    expect((await judge({ d: 'example.com', originator: 'example.com', atps: 'failing' })).asked).toEqual([]);
    const allowed = ['host.example good.example'];
    expect((await judge({ d: 'host.example', originator: 'good.example', allowed, atps: 'failing' })).asked).toEqual(
      [],
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../src/verify.ts';
import type { Verification, VerificationPolicy, VerifierEvent } from '../src/verification.ts';
import { ed25519Key, keyData, otherRsaKey, rsa1024Key } from './support/keys.ts';
import { messageOf, toField } from './support/messages.ts';
import { type Pair, referenceIscheduleLine } from './support/reference-signer.ts';
import {
  content,
  fields,
  now,
  recordOf,
  requestService,
  type SignedRequest,
  signedMessage,
  signedNames,
  signedRequest,
  testVerifier,
} from './support/requests.ts';
import { absent, clockAt, found, scriptedKeys, unavailable } from './support/world.ts';

async function verdictOf(request: SignedRequest = {}, policy: VerificationPolicy = {}): Promise<string> {
  return summary(await testVerifier({ policy }).verifier.verify(signedMessage(request)));
}

function summary(verification: Verification): string {
  return verification.status === 'fail' ? verification.reason : verification.status;
}

async function verdictOfRaw(pairs: readonly Pair[], body = content): Promise<string> {
  return summary(await testVerifier().verifier.verify(messageOf(pairs, body)));
}

describe('a sound request', () => {
  it('passes, with its signature and its key (T26)', async () => {
    const { verifier, dns } = testVerifier();
    const verification = await verifier.verify(signedMessage());
    expect(verification).toMatchObject({
      status: 'pass',
      quirks: [],
      signature: { signingDomain: 'example.com', selector: 'sel', algorithm: 'rsa-sha256' },
      key: { source: 'dns/txt', bits: 2_048, testing: false, strictDomain: false, record: recordOf() },
    });
    expect(dns.asked.map(({ query }) => query)).toEqual([{ signingDomain: 'example.com', selector: 'sel' }]);
  });

  it.each<readonly [string, SignedRequest]>([
    ['[DO-1.19] x= 30 s ahead (T9)', { tags: { t: String(now - 20), x: String(now + 40) } }],
    ['[Q36] no t= and no x=', { tags: { t: undefined, x: undefined } }],
    ['[DO-1.17] t= 300 s ahead', { tags: { t: String(now + 310) } }],
    ['[DO-2.5] unknown tags, which are hashed', { tags: { zz: 'x', N: 'y' } }],
    ['[DO-2.10, Q32] c=ischedule-relaxed alone', { tags: { c: 'ischedule-relaxed' } }],
    ['[DO-2.11] no q= (T12)', { tags: { q: undefined } }],
    ['[DO-5.17, Q27, Q30] q= with unknown methods and blanks (T12)', { tags: { q: 'dns : http/x:  dns/txt' } }],
    ['[DO-2.13, Q37] i= under d', { tags: { i: 'x@mail.example.com' } }],
    ['[DO-2.18, Q33] l= of the whole canonical content', { tags: { l: String(content.length) } }],
    ['[Q33] l= of the canonical content where the raw one has no line end', { content: 'abc', tags: { l: '5' } }],
    ['[DO-3.15, Q34] an absent name in h= (T18)', { signedNames: [...signedNames, 'iSchedule-Message-ID'] }],
    ['[Q13] names of any case in h=', { signedNames: ['CONTENT-TYPE', 'originator', 'ReCiPiEnT'] }],
    ['an empty content', { content: '' }],
    ['[DO-3.3] content with bare line feeds', { content: 'a\nb\n' }],
    ['content of any octets', { content: '\0\xff\r\n\x80' }],
    ['[Q35] fields with odd signs', { fields: [...fields.slice(2), ['User-Agent', '$Id: x , y $ "a , b" (c,d)']] }],
    [
      '[Q26] white space around = and ;, folds, a semicolon at the end, blanks inside b= and bh=',
      {
        reference: {
          dress: (value) => value.replace(/; /g, '\r\n\t; ').replace('bh=', 'bh = '),
          dressValue: (value) => `\r\n\t${value.match(/.{1,60}/g)?.join('\r\n\t ')} `,
          tail: ';',
        },
      },
    ],
    ['[Q24] Host unsigned', { signedNames: ['Content-Type', 'Originator', 'Recipient'] }],
  ])('passes with %s', async (_what, request) => {
    expect(await verdictOf(request)).toBe('pass');
  });

  it('[Q26] passes with b= in the middle', async () => {
    const { fields: signed } = signedRequest({ reference: { tail: '; z=1' } });
    expect(await verdictOfRaw(signed)).toBe('pass');
  });

  it('[DO-4.4] passes when node:crypto made the signature (T2)', async () => {
    expect(await verdictOf()).toBe('pass');
  });

  it('[DO-4.5, DO-4.6] passes with Ed25519', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(`v=DKIM1; k=ed25519; p=${keyData(ed25519Key().publicKey)}`);
    const message = signedMessage({ tags: { a: 'ed25519-sha256' }, reference: { key: ed25519Key().privateKey } });
    expect(await verifier.verify(message)).toMatchObject({ status: 'pass', key: { bits: 256 } });
  });

  it('[DO-3.18, Q16] passes when a proxy joined or split the recipients', async () => {
    const { fields: signed } = signedRequest();
    const others = signed.filter(([name]) => name !== 'Recipient');
    const joined: Pair[] = [
      ['recipient', 'mailto:b@example.org,  mailto:c@example.org ,mailto:d@example.org'],
      ...others,
    ];
    expect(await verdictOfRaw(joined)).toBe('pass');
    const split: Pair[] = ['b', 'c', 'd'].map((user): Pair => ['RECIPIENT', `mailto:${user}@example.org`]);
    expect(await verdictOfRaw([...others, ...split])).toBe('pass');
  });

  it('passes when the order of fields of different names changed', async () => {
    const { fields: signed } = signedRequest();
    const byName = Object.groupBy(signed, ([name]) => name);
    const reordered = Object.values(byName)
      .toReversed()
      .flatMap((same) => same ?? []);
    expect(await verdictOfRaw(reordered)).toBe('pass');
  });

  it('leaves the message as it was', async () => {
    const message = signedMessage();
    const before = structuredClone({ fields: message.fields, content: [...message.content] });
    await testVerifier().verifier.verify(message);
    expect({ fields: message.fields, content: [...message.content] }).toEqual(before);
  });
});

describe('a signature that is not as the service wants it', () => {
  it.each<readonly [string, string, SignedRequest]>([
    ['[DO-2.8] v=2 (T10)', 'signature-version-unsupported', { tags: { v: '2' } }],
    ['[DO-2.8] no s= (T10)', 'signature-tag-missing', { tags: { s: undefined } }],
    ['[DO-4.9, Q31] rsa-sha1 (T7)', 'algorithm-unsupported', { tags: { a: 'rsa-sha1' } }],
    ['rsa-sha512 (T10)', 'algorithm-unsupported', { tags: { a: 'rsa-sha512' } }],
    ['[DO-2.9] no c=', 'canonicalization-unsupported', { tags: { c: undefined } }],
    ['[DO-1.5, Q32] simple/simple', 'canonicalization-unsupported', { tags: { c: 'simple/simple' } }],
    ['[Q32] simple-http', 'canonicalization-unsupported', { tags: { c: 'simple-http' } }],
    ['[DO-1.6] a relaxed content (T10)', 'canonicalization-unsupported', { tags: { c: 'ischedule-relaxed/relaxed' } }],
    ['only unknown methods in q=', 'query-method-unsupported', { tags: { q: 'dns:http' } }],
    ['[Q30] a method with a name longer than a known one', 'query-method-unsupported', { tags: { q: 'dns/txt/x' } }],
    ['[DO-2.14] d= of one label', 'signing-domain-unsuitable', { tags: { d: 'localhost' } }],
    ['[DO-2.15] a public suffix in d=', 'signing-domain-unsuitable', { tags: { d: 'co.uk' } }],
    ['[DO-2.15] a public suffix by a wildcard', 'signing-domain-unsuitable', { tags: { d: 'foo.ck' } }],
    ['[DO-2.13, Q37] i= elsewhere', 'identity-outside-domain', { tags: { i: '@example.org' } }],
    ['[DO-2.13] i= that only ends alike', 'identity-outside-domain', { tags: { i: '@badexample.com' } }],
    ['[DO-2.13] i= above d', 'identity-outside-domain', { tags: { d: 'mail.example.com', i: '@example.com' } }],
    ['[DO-2.20, Q34] a name twice in h=', 'field-name-repeated', { signedNames: [...signedNames, 'recipient'] }],
    ['[DO-1.13, Q34] Host in h=', 'field-forbidden', { signedNames: [...signedNames, 'Host'] }],
    [
      '[DO-1.12, DO-1.13] X-Forwarded-For in h=',
      'field-forbidden',
      { signedNames: [...signedNames, 'X-Forwarded-For'] },
    ],
    [
      '[DO-1.12] a field that Connection names',
      'field-forbidden',
      { fields: [...fields, ['Connection', 'close, User-Agent']] },
    ],
    [
      '[DO-1.9] a field that must be signed and is not',
      'field-unsigned',
      { signedNames: ['Content-Type', 'Originator'] },
    ],
    ['[DO-1.8] an unsigned Authorization', 'field-unsigned', { fields: [...fields, ['Authorization', 'Basic x']] }],
    [
      '[DO-1.9] a field that must be there and is not',
      'field-missing',
      { fields: fields.filter(([name]) => name !== 'Originator') },
    ],
    ['[DO-1.17] t= 301 s ahead (T12)', 'signed-in-the-future', { tags: { t: String(now + 311) } }],
    ['[DO-1.18] x= before t= (T12)', 'expired-before-signed', { tags: { t: String(now), x: String(now - 1) } }],
    ['[DO-1.18] x= equal to t= (T12)', 'expired-before-signed', { tags: { t: String(now + 60), x: String(now + 60) } }],
    ['[DO-1.18, DO-5.31] x= 30 s ago (T11)', 'expired', { tags: { t: String(now - 60), x: String(now - 20) } }],
    ['[DO-2.18, Q33] l= shorter than the content (T12)', 'content-length-mismatch', { tags: { l: '5' } }],
    ['[Q33] l=0', 'content-length-mismatch', { tags: { l: '0' } }],
    ['l= longer than the content', 'content-length-mismatch', { tags: { l: '1000000' } }],
    ['l= longer than any number', 'content-length-mismatch', { tags: { l: '9'.repeat(76) } }],
    ['[DO-5.31] another bh=', 'content-hash-mismatch', { reference: { contentHash: `${'A'.repeat(43)}=` } }],
    ['bh= of another length', 'content-hash-mismatch', { reference: { contentHash: 'AAAA' } }],
  ])('fails with %s, and asks nobody for the key', async (_what, reason, request) => {
    const { verifier, dns } = testVerifier();
    expect(summary(await verifier.verify(signedMessage(request)))).toBe(reason);
    expect(dns.asked).toEqual([]);
  });

  it('[DO-1.18] holds to the second of x= and not longer', async () => {
    const { verifier, clock } = testVerifier();
    const message = signedMessage();
    await clock.advance(3_590_000);
    expect(summary(await verifier.verify(message))).toBe('pass');
    await clock.advance(1);
    expect(summary(await verifier.verify(message))).toBe('expired');
  });

  it('[DO-1.2] fails without a signature (T161)', async () => {
    expect(await verdictOfRaw(fields)).toBe('signature-missing');
  });

  it('[DO-1.1, Q40] fails with two (T6)', async () => {
    const { fields: signed } = signedRequest();
    expect(await verdictOfRaw([...signed, ...signed.slice(-1)])).toBe('signatures-several');
    expect(await verdictOfRaw([...signed, ['dkim-signature', 'x']])).toBe('signatures-several');
  });

  it('[DO-1.1] fails with a comma-joined pair', async () => {
    const { fields: signed } = signedRequest();
    const value = signed.at(-1)?.[1] ?? '';
    expect(await verdictOfRaw([...fields, ['DKIM-Signature', `${value}, ${value}`]])).toBe('signature-malformed');
  });

  it('hands over the signature wherever it could be read', async () => {
    const { verifier } = testVerifier();
    expect(await verifier.verify(signedMessage({ tags: { a: 'rsa-sha1' } }))).toMatchObject({
      signature: { signingDomain: 'example.com' },
    });
    expect(await verifier.verify(messageOf([...fields, ['DKIM-Signature', 'v=1']], content))).not.toHaveProperty(
      'signature',
    );
  });
});

describe('a request that was changed on the way', () => {
  it.each<readonly [string, string, (pairs: readonly Pair[]) => readonly Pair[]]>([
    ['a signed field removed (T28)', 'signature-mismatch', (pairs) => pairs.filter(([name]) => name !== 'User-Agent')],
    [
      'a field that must be there removed (T28)',
      'field-missing',
      (pairs) => pairs.filter(([name]) => name !== 'Originator'),
    ],
    [
      'a signed field changed (T29)',
      'signature-mismatch',
      (pairs) => pairs.map(([name, value]) => [name, value.replace('mailto:a@', 'mailto:x@')] as const),
    ],
    ['[DO-3.16] an instance added', 'signature-mismatch', (pairs) => [...pairs, ['Recipient', 'mailto:x@example.org']]],
    ['[DO-3.16] an empty instance added', 'signature-mismatch', (pairs) => [...pairs, ['Recipient', '']]],
    ['the order of recipients changed', 'signature-mismatch', (pairs) => pairs.toReversed()],
    [
      'a tag of the signature changed',
      'signature-mismatch',
      (pairs) => pairs.map(([name, value]) => [name, value.replace('; s=sel', '; s=Sel')] as const),
    ],
    [
      'a blank added in the signature',
      'signature-mismatch',
      (pairs) => pairs.map(([name, value]) => [name, value.replace('q=dns/txt', 'q= dns/txt')] as const),
    ],
    [
      '[DO-2.5] an unknown tag added',
      'signature-mismatch',
      (pairs) => pairs.map(([name, value]) => [name, value.replace('v=1;', 'v=1; z=1;')] as const),
    ],
  ])('fails with %s', async (_what, reason, change) => {
    expect(await verdictOfRaw(change(signedRequest().fields))).toBe(reason);
  });

  it('[DO-3.17] fails when a field was added whose absence was signed', async () => {
    const { fields: signed } = signedRequest({ signedNames: [...signedNames, 'X-Priority'] });
    expect(await verdictOfRaw([...signed, ['X-Priority', '1']])).toBe('signature-mismatch');
  });

  it('fails with a content cut short or changed (T30, T158)', async () => {
    const { fields: signed } = signedRequest();
    expect(await verdictOfRaw(signed, content.slice(0, -4))).toBe('content-hash-mismatch');
    expect(await verdictOfRaw(signed, content.replace('VCAL', 'vcal'))).toBe('content-hash-mismatch');
  });

  it('passes with what canonicalization levels, and an unsigned field', async () => {
    const { fields: signed } = signedRequest();
    expect(
      await verdictOfRaw(
        [['X-New', '1'], ...signed.map(([name, value]): Pair => [name.toUpperCase(), ` ${value} `])],
        `${content}\r\n`,
      ),
    ).toBe('pass');
  });

  it('fails with any octet of any signed value changed', async () => {
    const { fields: signed } = signedRequest();
    const { verifier } = testVerifier();
    const targets = signed.flatMap(([name, value], at) =>
      name === 'Host' ? [] : Array.from(value, (_, offset) => ({ at, offset })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...targets),
        fc.constantFrom('#', 'q', '7', '~'),
        async ({ at, offset }, octet) => {
          const [name, value] = signed[at] ?? ['', ''];
          fc.pre(value[offset] !== octet);
          const changed = value.slice(0, offset) + octet + value.slice(offset + 1);
          const message = messageOf(
            signed.map((pair, index): Pair => (index === at ? [name, changed] : pair)),
            content,
          );
          expect((await verifier.verify(message)).status).toBe('fail');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('fails with any octet of the content changed', async () => {
    const { verifier } = testVerifier();
    const { fields: signed } = signedRequest();
    for (let at = 0; at < content.length; at += 1) {
      const changed = Buffer.from(content);
      changed.writeUInt8((changed[at] ?? 0) ^ 1, at);
      const verification = await verifier.verify({ fields: signed.map(toField), content: changed });
      expect(summary(verification)).toBe('content-hash-mismatch');
    }
  });
});

describe('the key', () => {
  it.each([
    ['[DO-4.2] 1024 bits', () => keyData(rsa1024Key().publicKey), () => rsa1024Key().privateKey, 'pass'],
    ['another key', () => keyData(otherRsaKey().publicKey), undefined, 'signature-mismatch'],
  ] as const)('with %s', async (_what, data, key, expected) => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(`v=DKIM1; p=${data()}`);
    const message = signedMessage(key ? { reference: { key: key() } } : {});
    expect(summary(await verifier.verify(message))).toBe(expected);
  });

  it.each([
    ['[DO-5.20] no k= (T35)', () => `p=${recordOf().split('p=')[1]}`, 'pass'],
    ['[DO-5.21, DO-4.8] v, k, h, s (T35)', () => recordOf('k=rsa; h=sha1:sha256; s=ischedule; '), 'pass'],
    ['[DO-1.14, DO-5.23] s=*', () => recordOf('s=*; '), 'pass'],
    ['[DO-5.27] lists with blanks', () => recordOf('s= email : ischedule ; h= sha256; '), 'pass'],
    ['[DO-5.27] unknown flags, n= and g=', () => recordOf('t=x:zz; n=any text; g=*; '), 'pass'],
    ['[DO-5.25] t=s', () => recordOf('t=s; '), 'pass'],
    ['[DO-4.7] k=ed25519', () => recordOf('k=ed25519; '), 'key-type-mismatch'],
    ['k=dsa (T36)', () => recordOf('k=dsa; '), 'key-type-mismatch'],
    ['[DO-1.14] s=email (T36)', () => recordOf('s=email; '), 'key-service-mismatch'],
    ['an empty s=', () => recordOf('s=; '), 'key-service-mismatch'],
    ['[DO-4.8, DO-5.31] h=sha512 (T36)', () => recordOf('h=sha512; '), 'key-hash-not-allowed'],
    ['[DO-5.21] h= misspelt (T25)', () => recordOf('h=sha-256; '), 'key-hash-not-allowed'],
    ['[DO-5.22, DO-5.31] an empty p= (T27)', () => 'v=DKIM1; p=', 'key-revoked'],
    ['[DO-5.24] t=y', () => recordOf('t=y; '), 'key-testing'],
    ['[DO-5.19] v= of another kind', () => recordOf().replace('DKIM1', 'DKIM2'), 'key-malformed'],
    ['[DO-5.19] v= not first', () => `${recordOf().replace('v=DKIM1; ', '')}; v=DKIM1`, 'key-malformed'],
    ['no p=', () => 'v=DKIM1; k=rsa', 'key-malformed'],
    ['[DO-2.4] a tag twice', () => recordOf('k=rsa; k=rsa; '), 'key-malformed'],
    ['p= that is no key', () => 'v=DKIM1; p=AAAA', 'key-malformed'],
    ['p= that is no base64', () => 'v=DKIM1; p=*', 'key-malformed'],
    ['no tag list', () => 'something else', 'key-malformed'],
    ['a record of 10 KB', () => recordOf(`n=${'x'.repeat(10_000)}; `), 'key-malformed'],
  ])('with %s', async (_what, record, expected) => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(record());
    expect(summary(await verifier.verify(signedMessage()))).toBe(expected);
  });

  it('[DO-5.25] with t=s does not take i= below d=', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(recordOf('t=s; '));
    expect(summary(await verifier.verify(signedMessage({ tags: { i: '@mail.example.com' } })))).toBe(
      'key-for-domain-only',
    );
    expect(await verifier.verify(signedMessage())).toMatchObject({ status: 'pass', key: { strictDomain: true } });
  });

  it('[DO-5.3, DO-5.29] of several records the first that fits is used (T37)', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = found('garbage', recordOf('s=email; '), 'v=DKIM1; p=', recordOf('n=this one; '), recordOf());
    expect(await verifier.verify(signedMessage())).toMatchObject({
      status: 'pass',
      key: { record: recordOf('n=this one; ') },
    });
    dns.answer = found(recordOf('s=email; '), 'v=DKIM1; p=');
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-service-mismatch');
  });

  it('looks at ten records and no further', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(...Array<string>(10).fill('v=DKIM1; p='), recordOf());
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-revoked');
  });

  it('[DO-5.30, DO-5.31] fails where there is none (T24, T39)', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = absent;
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-missing');
  });

  it('[DO-5.30, DO-5.32] is a tempfail where it could not be asked for', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = unavailable;
    const verification = await verifier.verify(signedMessage());
    expect(verification).toMatchObject({ status: 'tempfail', signature: { signingDomain: 'example.com' } });
    expect(verification.status === 'tempfail' && verification.cause).toBe((unavailable as { cause: unknown }).cause);
  });
});

describe('query methods', () => {
  const methods = ['dns/txt', 'http/well-known', 'private-exchange'] as const;
  const lookup = async (q: string, answers: Readonly<Partial<Record<(typeof methods)[number], string>>>) => {
    const asked: string[] = [];
    const keySources = methods.flatMap((method) => {
      const answer = answers[method];
      if (answer === undefined) return [];
      const lookups = { good: found(recordOf()), revoked: found('v=DKIM1; p='), none: absent, down: unavailable };
      return [
        scriptedKeys(method, () => {
          asked.push(method);
          return lookups[answer as keyof typeof lookups];
        }),
      ];
    });
    const verifier = createVerifier({ template: requestService, keySources, clock: clockAt(now) });
    return { verdict: summary(await verifier.verify(signedMessage({ tags: { q } }))), asked };
  };

  it.each([
    [
      '[DO-5.16] asks in the order given',
      'http/well-known:dns/txt',
      { 'dns/txt': 'good', 'http/well-known': 'good' },
      'pass',
      ['http/well-known'],
    ],
    [
      '[DO-5.16, Q27] also when the private exchange comes first',
      'private-exchange:http/well-known:dns/txt',
      { 'dns/txt': 'good', 'private-exchange': 'good' },
      'pass',
      ['private-exchange'],
    ],
    [
      '[DO-5.18] goes on where there is none',
      'dns/txt:http/well-known',
      { 'dns/txt': 'none', 'http/well-known': 'good' },
      'pass',
      ['dns/txt', 'http/well-known'],
    ],
    [
      '[DO-5.18] goes on where none fits',
      'dns/txt:http/well-known',
      { 'dns/txt': 'revoked', 'http/well-known': 'good' },
      'pass',
      ['dns/txt', 'http/well-known'],
    ],
    [
      '[DO-5.18, DO-5.32] goes on where one could not be asked',
      'dns/txt:http/well-known',
      { 'dns/txt': 'down', 'http/well-known': 'good' },
      'pass',
      ['dns/txt', 'http/well-known'],
    ],
    [
      '[DO-5.32] can not tell where one could not be asked and no other has a key',
      'dns/txt:http/well-known',
      { 'dns/txt': 'down', 'http/well-known': 'none' },
      'tempfail',
      ['dns/txt', 'http/well-known'],
    ],
    [
      'names the telling reason',
      'dns/txt:http/well-known',
      { 'dns/txt': 'none', 'http/well-known': 'revoked' },
      'key-revoked',
      ['dns/txt', 'http/well-known'],
    ],
    ['[DO-5.17] skips what is unknown', 'x/y:dns/txt', { 'dns/txt': 'good' }, 'pass', ['dns/txt']],
    ['asks a method once', 'dns/txt:dns/txt:dns/txt', { 'dns/txt': 'none' }, 'key-missing', ['dns/txt']],
    ['asks only what it has a source for (T24)', 'http/well-known:dns/txt', { 'dns/txt': 'good' }, 'pass', ['dns/txt']],
    ['fails where it has a source for none', 'http/well-known', { 'dns/txt': 'good' }, 'query-method-unsupported', []],
  ] as const)('%s', async (_what, q, answers, verdict, asked) => {
    expect(await lookup(q, answers)).toEqual({ verdict, asked });
  });

  it('does not take two sources of one method', () => {
    const keySources = [scriptedKeys('dns/txt', absent), scriptedKeys('dns/txt', absent)];
    expect(() => createVerifier({ template: requestService, keySources, clock: clockAt(now) })).toThrow(TypeError);
  });
});

describe('a key that was kept', () => {
  const kept = (record: string) => ({ ...found(record), fromCache: true }) as const;

  it('[DO-5.36] is asked for once more where the signature fails with it', async () => {
    const events: VerifierEvent[] = [];
    const dns = scriptedKeys('dns/txt', kept(`p=${keyData(otherRsaKey().publicKey)}`));
    const verifier = createVerifier({
      template: requestService,
      keySources: [dns],
      clock: clockAt(now),
      observe: (event) => events.push(event),
    });
    const lookups = [kept(`p=${keyData(otherRsaKey().publicKey)}`), found(recordOf())];
    dns.answer = () => lookups.shift() ?? absent;
    expect(summary(await verifier.verify(signedMessage()))).toBe('pass');
    expect(dns.asked.map(({ options }) => options.fresh === true)).toEqual([false, true]);
    expect(events.map(({ type }) => type)).toEqual(['key-asked-again', 'verified']);
  });

  it.each([
    ['revoked', 'v=DKIM1; p='],
    ['for another service', 'v=DKIM1; s=email; p=AAAA'],
  ])('[DO-5.36] is asked for once more where it is %s', async (_what, record) => {
    const dns = scriptedKeys('dns/txt', absent);
    const verifier = createVerifier({ template: requestService, keySources: [dns], clock: clockAt(now) });
    const lookups = [kept(record), found(recordOf())];
    dns.answer = () => lookups.shift() ?? absent;
    expect(summary(await verifier.verify(signedMessage()))).toBe('pass');
  });

  it('is asked for once more, not twice, and its last word counts', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = kept('v=DKIM1; p=');
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-revoked');
    expect(dns.asked).toHaveLength(2);
    const lookups = [kept('v=DKIM1; p='), unavailable];
    dns.answer = () => lookups.shift() ?? absent;
    expect(summary(await verifier.verify(signedMessage()))).toBe('tempfail');
  });

  it('is not asked for again where it does, nor where the answer was no', async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = kept(recordOf());
    expect(summary(await verifier.verify(signedMessage()))).toBe('pass');
    dns.answer = absent;
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-missing');
    expect(dns.asked).toHaveLength(2);
  });
});

describe('settings that give way', () => {
  it('[DO-2.20, Q34] repeated names are hashed once', async () => {
    const lines = (names: readonly string[], pairs: readonly Pair[]): string =>
      [...new Set(names.map((name) => name.toLowerCase()))].map((name) => referenceIscheduleLine(name, pairs)).join('');
    const message = signedMessage({ signedNames: [...signedNames, 'Recipient', 'recipient'], reference: { lines } });
    const { verifier } = testVerifier();
    expect(summary(await verifier.verify(message))).toBe('field-name-repeated');
    expect(await verifier.verify(message, { policy: { repeatedNames: 'allow' } })).toMatchObject({
      status: 'pass',
      quirks: ['field-name-repeated'],
    });
    const eachTime = signedMessage({ signedNames: [...signedNames, 'Recipient'] });
    expect(summary(await verifier.verify(eachTime, { policy: { repeatedNames: 'allow' } }))).toBe('signature-mismatch');
  });

  it('[Q34] fields that are never signed', async () => {
    const { verifier } = testVerifier({ policy: { forbiddenFields: 'allow' } });
    const message = signedMessage({ signedNames: [...signedNames, 'Host'] });
    expect(await verifier.verify(message)).toMatchObject({ status: 'pass', quirks: ['field-forbidden'] });
  });

  it('[DO-2.23, Q39] the blanks around the value of b= are kept', async () => {
    // Apple empties `b= def ;` to `b=  ;`: what is hashed has the blanks of both sides.
    const message = signedMessage({
      reference: { dressValue: (value) => ` ${value} `, hashedValue: '  ', tail: '; z=1' },
    });
    const { verifier } = testVerifier();
    expect(summary(await verifier.verify(message))).toBe('signature-mismatch');
    expect(await verifier.verify(message, { policy: { signatureValueBlanks: 'removed-or-kept' } })).toMatchObject({
      status: 'pass',
      quirks: ['signature-value-blanks-kept'],
    });
    expect(
      summary(await verifier.verify(signedMessage(), { policy: { signatureValueBlanks: 'removed-or-kept' } })),
    ).toBe('pass');
  });

  it('[DO-5.24] keys under test', async () => {
    const { verifier, dns } = testVerifier({ policy: { testingKeys: 'accept' } });
    dns.answer = found(recordOf('t=y; '));
    expect(await verifier.verify(signedMessage())).toMatchObject({
      status: 'pass',
      key: { testing: true },
      quirks: ['key-testing'],
    });
    expect(summary(await verifier.verify(signedMessage(), { policy: { testingKeys: 'refuse' } }))).toBe('key-testing');
  });

  it('[DO-2.15] public suffixes', async () => {
    const { verifier } = testVerifier({ policy: { publicSuffixes: 'allow' } });
    expect(await verifier.verify(signedMessage({ tags: { d: 'co.uk' } }))).toMatchObject({
      status: 'pass',
      quirks: ['signing-domain-public-suffix'],
    });
  });

  it('[DO-4.2, DO-4.3] lengths of RSA keys', async () => {
    const { verifier, dns } = testVerifier();
    expect(summary(await verifier.verify(signedMessage(), { policy: { minRsaBits: 2_049 } }))).toBe('key-too-short');
    expect(summary(await verifier.verify(signedMessage(), { policy: { maxRsaBits: 2_047 } }))).toBe('key-too-long');
    expect(dns.asked).toHaveLength(2);
    expect(() => testVerifier({ policy: { minRsaBits: 512 } })).toThrow(TypeError);
    await expect(verifier.verify(signedMessage(), { policy: { minRsaBits: 1_023 } })).rejects.toThrow(TypeError);
  });
});

describe('hostile input', () => {
  const quick = { timeout: 2_000 };

  it('takes a thousand tags for too many', quick, async () => {
    const tags = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`z${at}`, 'x']));
    expect(await verdictOf({ tags })).toBe('signature-too-large');
  });

  it('takes a long signature for too long', quick, async () => {
    expect(await verdictOfRaw([...fields, ['DKIM-Signature', `v=1; z=${' '.repeat(70_000)}`]])).toBe(
      'signature-too-large',
    );
  });

  it('verifies ten thousand fields of one name', quick, async () => {
    const recipients = Array.from({ length: 10_000 }, (_, at): Pair => ['Recipient', ` mailto:u${at}@example.org , `]);
    expect(await verdictOf({ fields: [...fields, ...recipients] })).toBe('pass');
  });

  it('verifies a header of a megabyte less a little, and refuses a longer one', quick, async () => {
    const long = (length: number): Pair[] => [...fields, ['User-Agent', `a${' \t'.repeat(length / 2 - 1_000)}b`]];
    expect(await verdictOf({ fields: long(1_048_576) })).toBe('pass');
    expect(await verdictOf({ fields: long(1_060_000) })).toBe('header-too-large');
  });

  it('is not kept busy by a Connection of 100,000 names beside two thousand signed ones', quick, async () => {
    const connection: Pair = ['Connection', Array.from({ length: 100_000 }, (_, at) => `n${at}`).join(',')];
    const names = Array.from({ length: 1_900 }, (_, at) => `x${at}`);
    expect(await verdictOf({ fields: [...fields, connection], signedNames: [...signedNames, ...names] })).toBe('pass');
  });

  it('refuses an RSA key whose exponent makes verifying slow', quick, async () => {
    const { verifier, dns } = testVerifier();
    dns.answer = found(`v=DKIM1; p=${hugeExponent()}`);
    expect(summary(await verifier.verify(signedMessage()))).toBe('key-malformed');
  });

  it('gives a verdict for any signature field, and throws nothing', async () => {
    const { verifier } = testVerifier();
    const { fields: signed } = signedRequest();
    const value = signed.at(-1)?.[1] ?? '';
    const mutation = fc.tuple(
      fc.nat(value.length),
      fc.nat(20),
      fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom(';', '=', ' ', '\r\n ', ':', ',')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        const mutated = mutations.reduce(
          (text, [at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length),
          value,
        );
        const { status } = await verifier.verify(messageOf([...fields, ['DKIM-Signature', mutated]], content));
        expect(['pass', 'fail']).toContain(status);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a verdict for any signature value of any length', async () => {
    const { verifier } = testVerifier();
    for (const length of [1, 2, 255, 256, 257, 512, 10_000]) {
      const value = `${signedRequest().fields.at(-1)?.[1].split('; b=')[0]}; b=${Buffer.alloc(length, 0xff).toString('base64')}`;
      expect(summary(await verifier.verify(messageOf([...fields, ['DKIM-Signature', value]], content)))).toBe(
        'signature-mismatch',
      );
    }
  });
});

describe('a caller who leaves', () => {
  it('gets the reason it gave', async () => {
    const { verifier, dns } = testVerifier();
    const lookup = dns.lookup.bind(dns);
    dns.lookup = (query, options) => {
      options?.signal?.throwIfAborted();
      return lookup(query, options);
    };
    await expect(verifier.verify(signedMessage(), { signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow(
      'left',
    );
  });
});

/** A SubjectPublicKeyInfo of 2048 bits whose exponent is as long as its modulus. */
function hugeExponent(): string {
  const modulus = Buffer.alloc(256, 0xc3);
  const numbers = [modulus, modulus].map((number) =>
    Buffer.concat([Buffer.from([0x02, 0x82, 0x01, 0x01, 0x00]), number]),
  );
  const sequence = (octets: Buffer, tag = 0x30): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(octets.length);
    return Buffer.concat([Buffer.from([tag, 0x82]), length, octets]);
  };
  const key = sequence(Buffer.concat(numbers));
  const rsaEncryption = Buffer.from('300d06092a864886f70d0101010500', 'hex');
  return sequence(Buffer.concat([rsaEncryption, sequence(Buffer.concat([Buffer.from([0]), key]), 0x03)])).toString(
    'base64',
  );
}

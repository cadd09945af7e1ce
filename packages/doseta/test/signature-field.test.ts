import { epochMs, parseDomainName } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatUnsigned,
  parseSignatureField,
  type Signature,
  SignatureFieldError,
  withoutSignatureValue,
} from '../src/signature-field.ts';

const options = { defaultCanonicalization: 'simple/simple' };
const parse = (value: string): Signature => parseSignatureField(value, options);

/** The least that is a signature, then what a test says: a tag given twice is replaced. */
function signatureWith(tags: Readonly<Record<string, string | undefined>> = {}): string {
  const all = { v: '1', a: 'rsa-sha256', d: 'example.com', s: 'sel', h: 'from', bh: 'AAAA', b: 'AAAA', ...tags };
  return Object.entries(all)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join('; ');
}

function codeOf(value: string): string {
  try {
    parse(value);
    return 'none';
  } catch (error) {
    if (error instanceof SignatureFieldError) return error.code;
    throw error;
  }
}

describe('parseSignatureField', () => {
  it('reads every tag', () => {
    const value = signatureWith({
      c: 'ischedule-relaxed/simple',
      d: 'Example.COM',
      s: 'Sel.2026_x',
      h: 'From : TO: x-y',
      i: 'jo=3Dhn@mail.example.com',
      l: '12',
      q: 'dns/txt : http/well-known:x/y',
      t: '1795358000',
      x: '1795361600',
      atps: 'Other.example',
      atpsh: 'sha256',
      bh: 'AA AA',
      b: ' BB\r\n BB',
      z: 'unknown',
    });
    expect(parse(value)).toEqual({
      algorithm: 'rsa-sha256',
      signatureValue: 'BBBB',
      contentHash: 'AAAA',
      canonicalization: { header: 'ischedule-relaxed', content: 'simple' },
      signingDomain: 'example.com',
      selector: 'Sel.2026_x',
      signedNames: ['from', 'to', 'x-y'],
      identity: { localPart: 'jo=hn', domain: 'mail.example.com' },
      contentLength: 12,
      queryMethods: ['dns/txt', 'http/well-known', 'x/y'],
      signedAt: 1_795_358_000_000,
      expiresAt: 1_795_361_600_000,
      onBehalfOf: { domain: 'other.example', hash: 'sha256' },
    });
  });

  it.each(['v', 'a', 'b', 'bh', 'd', 'h', 's'])('[DO-2.8] refuses a signature without %s= (T5, T10)', (name) => {
    expect(codeOf(signatureWith({ [name]: undefined }))).toBe('signature-tag-missing');
  });

  it.each(['2', '0.5', '1.0', '01', ''])('[DO-2.8] refuses v=%s (T10)', (version) => {
    expect(codeOf(signatureWith({ v: version }))).toBe('signature-version-unsupported');
  });

  it('[DO-2.4] refuses a tag twice (T12)', () => {
    expect(codeOf(`${signatureWith()}; d=example.org`)).toBe('signature-malformed');
  });

  it('[DO-1.1] refuses a pair that was joined with a comma', () => {
    expect(codeOf(`${signatureWith()}, ${signatureWith()}`)).toBe('signature-malformed');
  });

  it('[DO-2.7] takes white space out of base64', () => {
    const signature = parse(signatureWith({ b: 'A\r\n\tA A A', bh: ' AA  AA ' }));
    expect([signature.signatureValue, signature.contentHash]).toEqual(['AAAA', 'AAAA']);
  });

  it('[DO-2.9, DO-2.10] reads c=, a lone name of it, and its absence', () => {
    const canonicalizationOf = (c: string | undefined) => parse(signatureWith({ c })).canonicalization;
    expect(canonicalizationOf(undefined)).toEqual({ header: 'simple', content: 'simple' });
    expect(canonicalizationOf('ischedule-relaxed')).toEqual({ header: 'ischedule-relaxed', content: 'simple' });
    expect(canonicalizationOf('relaxed/relaxed')).toEqual({ header: 'relaxed', content: 'relaxed' });
  });

  it('[DO-2.11] takes dns/txt where q= is left out', () => {
    expect(parse(signatureWith()).queryMethods).toEqual(['dns/txt']);
  });

  it('[DO-2.13] takes @d where i= is left out', () => {
    expect(parse(signatureWith()).identity).toEqual({ localPart: '', domain: 'example.com' });
  });

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['an algorithm of one word', { a: 'rsa' }],
    ['b= that is not base64', { b: 'A*AA' }],
    ['b= of an impossible length', { b: 'AAAAA' }],
    ['an empty b=', { b: '' }],
    ['an empty bh=', { bh: '' }],
    ['base64url in bh=', { bh: 'AA-_' }],
    ['padding in the middle', { b: 'AA==AAAA' }],
    ['c= of three', { c: 'a/b/c' }],
    ['c= without a name', { c: '/simple' }],
    ['an empty d=', { d: '' }],
    ['an address in d=', { d: '192.0.2.1' }],
    ['a final dot in d=', { d: 'example.com.' }],
    ['a blank in d=', { d: 'exam ple.com' }],
    ['a path in d=', { d: 'example.com/../x' }],
    ['an empty h=', { h: '' }],
    ['an empty name in h=', { h: 'from::to' }],
    ['a colon at the end of h=', { h: 'from:' }],
    ['a blank in a name', { h: 'fr om' }],
    ['i= without @', { i: 'example.com' }],
    ['i= with broken quoted-printable', { i: 'a=-b@example.com' }],
    ['i= with no domain', { i: 'a@' }],
    ['l= that is no number', { l: '-1' }],
    ['an empty l=', { l: '' }],
    ['an empty q=', { q: '' }],
    ['a lone colon in q=', { q: 'dns/txt:' }],
    ['an empty s=', { s: '' }],
    ['a path in s=', { s: '../x' }],
    ['dots alone in s=', { s: '..' }],
    ['a slash in s=', { s: 'a/b' }],
    ['a selector of an over-long label', { s: 'a'.repeat(64) }],
    ['t= with a fraction', { t: '1.5' }],
    ['[DO-1.20] t= of 13 digits', { t: '1000000000000' }],
    ['[DO-1.20] x= of 13 digits', { x: '1000000000000' }],
    ['x= with a sign', { x: '+1' }],
  ])('[DO-2.19, DO-5.10] refuses %s', (_what, tags) => {
    expect(codeOf(signatureWith(tags))).toBe('signature-tag-malformed');
  });

  it('[DO-1.20] takes times of 12 digits', () => {
    expect(parse(signatureWith({ t: '999999999999' })).signedAt).toBe(999_999_999_999_000);
  });

  it('[Q26] takes any order of tags and a semicolon at the end', () => {
    const reversed = signatureWith().split('; ').toReversed().join(' ;\r\n\t');
    expect(parse(`${reversed};`)).toEqual(parse(signatureWith()));
  });

  it('[DO-2.16] makes lower-case A-labels of d= and takes no U-labels', () => {
    expect(parse(signatureWith({ d: 'XN--MNCHEN-3YA.example' })).signingDomain).toBe('xn--mnchen-3ya.example');
    expect(codeOf(signatureWith({ d: 'm\xfcnchen.example' }))).toBe('signature-malformed');
  });

  it('leaves a broken atps= out: it vouches for nobody, and breaks nothing', () => {
    expect(parse(signatureWith({ atps: '..', atpsh: 'sha256' })).onBehalfOf).toBeUndefined();
    expect(parse(signatureWith({ atps: 'other.example' })).onBehalfOf).toBeUndefined();
  });

  it('takes only so many tags and names', () => {
    expect(codeOf(`${signatureWith()}; ${Array.from({ length: 1_000 }, (_, at) => `t${at}=1`).join('; ')}`)).toBe(
      'signature-too-large',
    );
    expect(codeOf(signatureWith({ h: Array<string>(2_001).fill('x').join(':') }))).toBe('signature-too-large');
    expect(parse(signatureWith({ h: Array<string>(2_000).fill('x').join(':') })).signedNames).toHaveLength(2_000);
  });

  it('throws its own error for any text, and nothing else', () => {
    const tag = fc.tuple(
      fc.constantFrom('v', 'a', 'b', 'bh', 'c', 'd', 'h', 'i', 'l', 'q', 's', 't', 'x', 'atps', 'atpsh'),
      fc.oneof(fc.string(), fc.constantFrom('1', 'rsa-sha256', 'example.com', 'AAAA', '@', '=', ':', '12')),
    );
    const known = [
      'none',
      'signature-malformed',
      'signature-version-unsupported',
      'signature-tag-missing',
      'signature-tag-malformed',
    ];
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        expect(known).toContain(codeOf(`${signatureWith()}; ${tags.map((pair) => pair.join('=')).join('; ')}`));
        expect(known).toContain(codeOf(signatureWith(Object.fromEntries(tags))));
      }),
    );
  });
});

describe('withoutSignatureValue', () => {
  it.each([
    ['b= at the end', 'v=1; b=abc', 'v=1; b=', 'v=1; b='],
    ['b= in the middle', 'v=1; b=abc; c=d', 'v=1; b=; c=d', 'v=1; b=; c=d'],
    ['b= at the beginning', 'b=abc;v=1', 'b=;v=1', 'b=;v=1'],
    ['blanks around the value', 'v=1; b= def ; c=x', 'v=1; b=; c=x', 'v=1; b=  ; c=x'],
    ['blanks around the name', 'v=1;\r\n\tb = a\r\n b;', 'v=1;\r\n\tb =;', 'v=1;\r\n\tb = ;'],
    ['an empty value', 'v=1; b=', 'v=1; b=', 'v=1; b='],
    ['bh= before it', 'bh=abc; b=abc', 'bh=abc; b=', 'bh=abc; b='],
    ['a value with b= inside', 'n=b=x; b=abc', 'n=b=x; b=', 'n=b=x; b='],
    ['no b=', 'v=1; bh=b', 'v=1; bh=b', 'v=1; bh=b'],
  ])('[DO-2.21, Q39] empties %s', (_what, value, removed, kept) => {
    expect(withoutSignatureValue(value, 'removed')).toBe(removed);
    expect(withoutSignatureValue(value, 'kept')).toBe(kept);
  });
});

describe('formatUnsigned', () => {
  it('[DO-2.17, DO-2.22, Q25] writes one line, b= last and empty, no l=, and reads it back', () => {
    const unsigned = {
      algorithm: 'rsa-sha256',
      canonicalization: { header: 'ischedule-relaxed', content: 'simple' },
      signingDomain: parseDomainName('example.com'),
      selector: 's1',
      queryMethods: ['dns/txt', 'http/well-known'],
      signedAt: epochMs(1_795_358_000_000),
      expiresAt: epochMs(1_795_361_600_000),
      signedNames: ['originator', 'recipient'],
      contentHash: 'AAAA',
      onBehalfOf: { domain: parseDomainName('other.example'), hash: 'sha256' },
    };
    const value = formatUnsigned(unsigned);
    expect(value).toBe(
      'v=1; a=rsa-sha256; c=ischedule-relaxed/simple; d=example.com; s=s1; q=dns/txt:http/well-known; t=1795358000; ' +
        'x=1795361600; atps=other.example; atpsh=sha256; h=originator:recipient; bh=AAAA; b=',
    );
    expect(parse(`${value}BBBB`)).toMatchObject({ ...unsigned, signatureValue: 'BBBB' });
  });
});

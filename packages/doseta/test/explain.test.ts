import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ExplainContext, explain, type Explanation } from '../src/explain.ts';
import { contentVariants } from '../src/explain/content-variants.ts';
import { headerVariants } from '../src/explain/header-variants.ts';
import { email } from '../src/services/email.ts';
import { ed25519Key, keyData, otherRsaKey } from './support/keys.ts';
import { messageOf } from './support/messages.ts';
import { type Pair, referenceIscheduleLine, referenceRelaxedLine, sha256Base64 } from './support/reference-signer.ts';
import {
  content,
  fields,
  recordOf,
  requestService,
  type SignedRequest,
  signedMessage,
  signedNames,
  signedRequest,
} from './support/requests.ts';

const context = (extra: Partial<ExplainContext> = {}): ExplainContext => ({
  template: requestService,
  keyRecord: recordOf(),
  ...extra,
});

const explained = (request: SignedRequest, extra: Partial<ExplainContext> = {}): Explanation =>
  explain(signedMessage(request), context(extra));

const headerNames = (explanation: Explanation) => explanation.header?.variants.map(({ name }) => name);
const contentNames = (explanation: Explanation) => explanation.content?.variants.map(({ name }) => name);

/** Lines of relaxed fields, each instance for itself, done by hand. */
const apart = (names: readonly string[], pairs: readonly Pair[]): string =>
  names
    .flatMap((name) =>
      pairs
        .filter(([other]) => other.toLowerCase() === name.toLowerCase())
        .map((pair) => referenceIscheduleLine(pair[0], [pair])),
    )
    .join('');

const withBlanks = (names: readonly string[], pairs: readonly Pair[], join: string): string =>
  names
    .map((name) => {
      const values = pairs
        .filter(([other]) => other.toLowerCase() === name.toLowerCase())
        .map(([, value]) => value.trim());
      return values.length === 0 ? '' : referenceRelaxedLine([name, values.join(join)]);
    })
    .join('');

describe('explain', () => {
  it('shows our octets, and claimed against computed hash, of a sound signature', () => {
    const explanation = explained({});
    const octets = ['content-type', 'originator', 'recipient', 'user-agent']
      .map((name) => referenceIscheduleLine(name, fields))
      .join('');
    expect(explanation.problem).toBeNull();
    expect(explanation.header?.octets.startsWith(octets)).toBe(true);
    expect(explanation.header?.octets.endsWith('; b=')).toBe(true);
    expect(explanation.content?.octets).toBe(content);
    for (const part of [explanation.header, explanation.content]) {
      const hash = createHash('sha256')
        .update(Buffer.from(part?.octets ?? '', 'latin1'))
        .digest('base64');
      expect(part).toMatchObject({ computedHash: hash, claimedHash: hash, matches: true, variants: [] });
    }
    expect(explanation.signature).toMatchObject({ signingDomain: 'example.com' });
    expect(explanation.differences).toBeNull();
  });

  it('goes through JSON unharmed', () => {
    const explanation = explained({ content: '\0\xff' }, { against: signedMessage({}) });
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(JSON.parse(JSON.stringify(structuredClone(explanation))));
    expect(JSON.parse(JSON.stringify(explanation))).toMatchObject({ content: { octets: '\0\xff\r\n' } });
  });

  it('shows what the signer hashed even where it is not what came', () => {
    const { fields: signed } = signedRequest();
    const changed = signed.map(([name, value]): Pair => [name, value.replace('mailto:a@', 'mailto:x@')]);
    const before = explained({}).header;
    const after = explain(messageOf(changed, content), context()).header;
    expect(after).toMatchObject({ claimedHash: before?.computedHash, matches: false, variants: [] });
  });

  it.each<readonly [string, SignedRequest]>([
    [
      'signature-value-blanks-kept',
      { reference: { dressValue: (value) => ` ${value} `, hashedValue: '  ', tail: '; z=1' } },
    ],
    ['signature-line-end-kept', { reference: { ownLine: (pair) => `${referenceIscheduleLine(pair[0], [pair])}xx` } }],
    ['fields-unjoined', { reference: { lines: apart } }],
    ['fields-joined-with-blank', { reference: { lines: (names, pairs) => withBlanks(names, pairs, ', ') } }],
    ['comma-blanks-kept', { reference: { lines: (names, pairs) => withBlanks(names, pairs, ',') } }],
    ['repeated-names-hashed-each-time', { signedNames: [...signedNames, 'Recipient'] }],
    [
      'header-relaxed',
      {
        signedNames: ['Content-Type', 'Originator', 'User-Agent', 'Recipient', 'Recipient'],
        reference: { lines: relaxedBottomUp, ownLine: referenceRelaxedLine },
      },
    ],
  ])('names the variant %s', (name, request) => {
    const explanation = explained(request);
    expect(explanation.header?.matches).toBe(false);
    expect(headerNames(explanation)).toContain(name);
  });

  it('names the variants blank-runs-kept and lf-line-ends', () => {
    const spaced: Pair[] = [...fields.slice(2), ['User-Agent', 'a  b']];
    const names = ['Content-Type', 'Originator', 'User-Agent'];
    const plain =
      (lineEnd: string) =>
      (listed: readonly string[], pairs: readonly Pair[]): string =>
        listed
          .map((name) => `${name.toLowerCase()}:${pairs.find(([other]) => other === name)?.[1]}${lineEnd}`)
          .join('');
    expect(
      headerNames(explained({ fields: spaced, signedNames: names, reference: { lines: plain('\r\n') } })),
    ).toContain('blank-runs-kept');
    expect(
      headerNames(explained({ signedNames: ['Content-Type', 'Originator'], reference: { lines: plain('\n') } })),
    ).toContain('lf-line-ends');
  });

  it.each<readonly [string, string, string]>([
    ['as-received', 'abc', 'abc'],
    ['as-received', 'abc\r\n\r\n', 'abc\r\n\r\n'],
    ['final-crlf-absent', 'abc\r\n', 'abc'],
    ['lf-line-ends', 'a\r\nb\r\n', 'a\nb\n'],
    ['lf-line-ends-final-absent', 'a\r\nb\r\n', 'a\nb'],
    ['crlf-line-ends', 'a\nb\n', 'a\r\nb\r\n'],
    ['empty', 'abc', '\r\n'],
    ['content-relaxed', 'a  b \r\n', 'a b\r\n'],
  ])('names the content variant %s', (name, received, hashed) => {
    const explanation = explained({ content: received, reference: { contentHash: sha256Base64(hashed) } });
    expect(explanation.content).toMatchObject({ matches: false, claimedHash: sha256Base64(hashed) });
    expect(contentNames(explanation)).toContain(name);
    expect(explanation.header?.matches).toBe(true);
  });

  it('says in a sentence what each variant means, and names each but once', () => {
    for (const variants of [headerVariants, contentVariants]) {
      expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
      expect(variants.every(({ meaning }) => meaning.length > 20)).toBe(true);
    }
  });

  it('can say of Ed25519 only whether it matches', () => {
    const request: SignedRequest = { tags: { a: 'ed25519-sha256' }, reference: { key: ed25519Key().privateKey } };
    const keyRecord = `k=ed25519; p=${keyData(ed25519Key().publicKey)}`;
    expect(explained(request, { keyRecord }).header).toMatchObject({ matches: true, claimedHash: null });
    const unjoined: SignedRequest = { ...request, reference: { key: ed25519Key().privateKey, lines: apart } };
    expect(headerNames(explained(unjoined, { keyRecord }))).toContain('fields-unjoined');
    expect(explained(unjoined, { keyRecord }).problem).toBeNull();
  });

  it('says that another key made the signature', () => {
    const explanation = explained({}, { keyRecord: `p=${keyData(otherRsaKey().publicKey)}` });
    expect(explanation).toMatchObject({
      problem: 'the signature was not made with this key',
      header: { matches: false, claimedHash: null },
    });
  });

  it.each([
    ['no key', undefined],
    ['a record that is none', 'garbage'],
    ['a revoked key', 'p='],
    ['a key of another kind', 'k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
  ])('shows our octets with %s', (_what, keyRecord) => {
    expect(explained({}, { keyRecord }).header).toMatchObject({ matches: null, claimedHash: null, variants: [] });
  });

  it('explains a canonicalization that the service does not take', () => {
    expect(explained({ tags: { c: 'relaxed/relaxed' } })).toMatchObject({
      header: { canonicalization: 'relaxed' },
      content: { canonicalization: 'relaxed' },
    });
    expect(explained({ tags: { c: 'simple-http' } })).toMatchObject({
      header: null,
      content: null,
      problem: 'c= names a canonicalization that nobody here knows',
    });
  });

  it('has nothing to show without a signature that can be read', () => {
    expect(explain(messageOf(fields, content), context())).toMatchObject({
      signature: null,
      problem: 'there is no signature field',
    });
    const broken = explain(messageOf([...fields, ['DKIM-Signature', 'v=1']], content), context());
    expect(broken).toMatchObject({ signature: null, header: null, problem: "the signature can't be read: no d= tag" });
  });

  it('explains the signature it is told to', () => {
    const { fields: signed } = signedRequest();
    const two = messageOf([['DKIM-Signature', 'x'], ...signed], content);
    expect(explain(two, { ...context(), template: email, signatureIndex: 1 }).signature).toMatchObject({
      selector: 'sel',
    });
    expect(explain(two, { ...context(), signatureIndex: 2 }).problem).toBe('there is no signature field');
  });

  it('shows only the octets that l= names', () => {
    expect(explained({ tags: { l: '5' } }).content?.octets).toBe(content.slice(0, 5));
  });

  it('is not kept busy by a header made for it', { timeout: 5_000 }, () => {
    const agent: Pair = ['User-Agent', `a${' \t'.repeat(250_000)}b${' ,'.repeat(200_000)}`];
    const names = [...signedNames, ...Array<string>(1_500).fill('user-agent')];
    const changed = signedRequest({ signedNames: names }).fields.map(
      (pair): Pair => (pair[0] === 'User-Agent' ? agent : pair),
    );
    expect(explain(messageOf(changed, content), context()).header?.matches).toBe(false);
  });
});

describe('explain against the request as it was sent', () => {
  const sent = signedRequest();
  const against = messageOf(sent.fields, sent.content);
  const differences = (pairs: readonly Pair[], body = content) =>
    explain(messageOf(pairs, body), context({ against })).differences;

  it('finds no difference where canonicalization levels it', () => {
    expect(
      differences(
        sent.fields.map(([name, value]): Pair => [name.toLowerCase(), ` ${value}`]),
        `${content}\r\n`,
      ),
    ).toEqual({ header: null, content: null });
  });

  it('finds the first octet that differs in the header', () => {
    const changed = sent.fields.map(([name, value]): Pair => [name, value.replace('mailto:c@', 'mailto:x@')]);
    const before =
      referenceIscheduleLine('content-type', fields) +
      referenceIscheduleLine('originator', fields) +
      'recipient:mailto:b@example.org,mailto:';
    expect(differences(changed)?.header).toEqual({
      offset: before.length,
      line: 3,
      received: { octet: 'x'.charCodeAt(0), context: '@example.org,mailto:x@example.org,mailto:' },
      sent: { octet: 'c'.charCodeAt(0), context: '@example.org,mailto:c@example.org,mailto:' },
    });
  });

  it('finds the first octet that differs in the content, also where it ends', () => {
    expect(differences(sent.fields, content.replace('\nEND', '\nend'))?.content).toMatchObject({
      offset: 17,
      line: 2,
      received: { octet: 0x65 },
      sent: { octet: 0x45 },
    });
    expect(differences(sent.fields, 'BEGIN')?.content).toMatchObject({
      offset: 5,
      received: { octet: 0x0d },
      sent: { octet: 0x3a },
    });
    expect(differences(sent.fields, '')?.content).toMatchObject({ offset: 0, line: 1 });
  });

  it('finds a line that was added or removed', () => {
    const without = sent.fields.filter(([name]) => name !== 'User-Agent');
    expect(differences(without)?.header).toMatchObject({
      line: 4,
      received: { octet: 'd'.charCodeAt(0) },
      sent: { octet: 'u'.charCodeAt(0) },
    });
  });

  it('finds a changed signature, and takes the received one where the sent request had none yet', () => {
    const changed = sent.fields.map(([name, value]): Pair => [name, value.replace('; s=sel', '; s=xyz')]);
    expect(differences(changed)?.header).toMatchObject({
      line: 5,
      received: { octet: 'x'.charCodeAt(0) },
      sent: { octet: 's'.charCodeAt(0) },
    });
    const unsigned = messageOf(fields, content);
    expect(explain(messageOf(sent.fields, content), context({ against: unsigned })).differences).toEqual({
      header: null,
      content: null,
    });
  });
});

/** RFC 6376: each time a name is listed, the next instance from the bottom. */
function relaxedBottomUp(names: readonly string[], pairs: readonly Pair[]): string {
  const left = [...pairs];
  return names
    .map((name) => {
      const at = left.findLastIndex(([other]) => other.toLowerCase() === name.toLowerCase());
      const [pair] = left.splice(at, 1);
      return pair ? referenceRelaxedLine(pair) : '';
    })
    .join('');
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSigner,
  createVerifier,
  generateKeyPair,
  type KeySource,
  keyRecordText,
  privateExchangeKeySource,
  type SignedMessage,
} from '@isched/doseta';
import { epochMs, parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { ischedule } from '../src/service.ts';

const clockAt = (seconds: number) => ({
  now: () => epochMs(seconds * 1_000),
  after: () => () => undefined,
  sleep: () => Promise.resolve(),
});

/** The head's fields, folds and all, and the octets after the empty line. */
function readRawRequest(octets: Buffer): SignedMessage {
  const text = octets.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [, ...lines] = text.slice(0, end).split(/\r\n(?![\t ])/);
  const fields = lines.map((line) => ({
    name: line.slice(0, line.indexOf(':')),
    value: line.slice(line.indexOf(':') + 1),
  }));
  return { fields, content: octets.subarray(end + 4) };
}

const corpus = join(
  process.env['ISCHED_CORPUS'] ?? join(import.meta.dirname, '../../../../shared/corpus'),
  'ischedule/signed-cyrus',
);

interface Recorded {
  readonly record: string;
  readonly now: number;
  readonly messages: readonly { readonly file: string; readonly expected: 'pass' }[];
  readonly after_x: { readonly now: number };
}

describe.skipIf(!existsSync(corpus))('requests that Cyrus signed (skipped where the corpus is absent)', () => {
  const recorded = existsSync(corpus)
    ? (JSON.parse(readFileSync(join(corpus, 'index.json'), 'utf8')) as Recorded)
    : { record: '', now: 0, messages: [], after_x: { now: 0 } };
  const source = privateExchangeKeySource([
    { signingDomain: parseDomainName('cyrus.test'), selector: 'cal', record: recorded.record },
  ]);
  const verifierAt = (seconds: number) =>
    createVerifier({ template: ischedule, keySources: [source], clock: clockAt(seconds) });
  const request = (file: string): SignedMessage => readRawRequest(readFileSync(join(corpus, file)));

  it.each(recorded.messages)('[DO-3.8, Q26, Q16, Q24] $file passes', async ({ file, expected }) => {
    const verification = await verifierAt(recorded.now).verify(request(file));
    expect(verification).toMatchObject({
      status: expected,
      quirks: [],
      key: { source: 'private-exchange', bits: 1_024 },
    });
  });

  it.each(recorded.messages)('[DO-1.18] $file fails when it has expired', async ({ file }) => {
    expect(await verifierAt(recorded.after_x.now).verify(request(file))).toMatchObject({
      status: 'fail',
      reason: 'expired',
    });
  });

  it.each(recorded.messages)(
    '[Q26] $file passes as a lenient HTTP parser hands it over, tabs for folds',
    async ({ file }) => {
      const { fields, content } = request(file);
      const unfolded = fields.map(({ name, value }) => ({ name, value: value.replace(/\r\n(?=[\t ])/g, '').trim() }));
      expect((await verifierAt(recorded.now).verify({ fields: unfolded, content })).status).toBe('pass');
    },
  );

  it('fails when a recipient is added or the content changed', async () => {
    const { fields, content } = request('001.http');
    const verifier = verifierAt(recorded.now);
    const added = [...fields, { name: 'Recipient', value: 'mailto:eve@evil.test' }];
    expect(await verifier.verify({ fields: added, content })).toMatchObject({ reason: 'signature-mismatch' });
    expect(await verifier.verify({ fields, content: Buffer.concat([content, Buffer.from('x')]) })).toMatchObject({
      reason: 'content-hash-mismatch',
    });
  });
});

const now = 1_795_358_000;
const signingDomain = parseDomainName('example.com');
const content = Buffer.from('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n');
const fields = [
  ['Host', 'cal.example.org'],
  ['Connection', 'keep-alive'],
  ['User-Agent', 'isched/1'],
  ['iSchedule-Version', '1.0'],
  ['iSchedule-Message-ID', 'one'],
  ['Originator', 'mailto:a@example.com'],
  ['Recipient', 'mailto:b@example.org'],
  ['Content-Type', 'text/calendar; component=VEVENT; method=REQUEST; charset=utf-8'],
  ['Cache-Control', 'no-cache, no-transform'],
  ['Content-Length', '32'],
].map(([name = '', value = '']) => ({ name, value }));

async function setUp() {
  const key = await generateKeyPair('rsa-sha256');
  const source: KeySource = {
    queryMethod: 'dns/txt',
    lookup: async () => ({ status: 'found', records: [keyRecordText(key, ischedule.keyService)], ttlSeconds: 60 }),
  };
  const verifier = createVerifier({ template: ischedule, keySources: [source], clock: clockAt(now) });
  const signer = createSigner({ template: ischedule, clock: clockAt(now) });
  return {
    verifier,
    sign: (message: SignedMessage, alsoSign: readonly string[] = []) =>
      signer.sign(message, { signingDomain, selector: 's', key }, { alsoSign }),
  };
}

describe('the iSchedule template', () => {
  it('[DO-1.7, DO-1.10, DO-1.11, DO-4.10, Q27, Q28, Q32] signs what the draft names, in the form that peers read', async () => {
    const { sign, verifier } = await setUp();
    const field = await sign({ fields, content });
    expect(field.value).toContain('; c=ischedule-relaxed/simple; ');
    expect(field.value).toContain('; q=dns/txt:http/well-known; ');
    expect(field.value).toContain(
      '; h=content-type:ischedule-version:originator:recipient:ischedule-message-id:user-agent; ',
    );
    expect((await verifier.verify({ fields: [...fields, field], content })).status).toBe('pass');
  });

  it.each(['Content-Type', 'iSchedule-Version', 'Originator', 'Recipient'])(
    '[DO-1.7, DO-1.9] does without no %s',
    async (name) => {
      const { sign, verifier } = await setUp();
      const field = await sign({ fields, content });
      const without = fields.filter((one) => one.name !== name);
      await expect(sign({ fields: without, content })).rejects.toThrow(TypeError);
      expect(await verifier.verify({ fields: [...without, field], content })).toMatchObject({
        reason: 'field-missing',
      });
      const unsigned = {
        ...field,
        value: field.value.replace(new RegExp(`(h=[^;]*?):?${name.toLowerCase()}`), '$1').replace('h=:', 'h='),
      };
      expect(await verifier.verify({ fields: [...fields, unsigned], content })).toMatchObject({
        reason: 'field-unsigned',
      });
    },
  );

  it('[DO-1.8] wants Authorization signed where it is there', async () => {
    const { sign, verifier } = await setUp();
    const authorization = { name: 'Authorization', value: 'Bearer x' };
    const field = await sign({ fields, content });
    expect(await verifier.verify({ fields: [...fields, field, authorization], content })).toMatchObject({
      reason: 'field-unsigned',
    });
    const signed = await sign({ fields: [...fields, authorization], content });
    expect((await verifier.verify({ fields: [...fields, authorization, signed], content })).status).toBe('pass');
  });

  it.each([
    'Cache-Control',
    'Connection',
    'Host',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Content-Length',
    'Via',
    'Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
  ])('[DO-1.11, DO-1.12, DO-1.13] neither signs %s nor takes a signature that does', async (name) => {
    const { sign, verifier } = await setUp();
    await expect(sign({ fields, content }, [name])).rejects.toThrow(TypeError);
    const field = await sign({ fields, content });
    const naming = { ...field, value: field.value.replace('h=', `h=${name}:`) };
    expect(await verifier.verify({ fields: [...fields, naming], content })).toMatchObject({
      reason: 'field-forbidden',
    });
  });

  it.each([
    ['[DO-1.5] another header canonicalization', 'c=ischedule-relaxed/', 'c=relaxed/', 'canonicalization-unsupported'],
    ['[DO-1.6] another content canonicalization', '/simple;', '/relaxed;', 'canonicalization-unsupported'],
    ['[DO-2.9, Q32] none', 'c=ischedule-relaxed/simple; ', '', 'canonicalization-unsupported'],
    ['[DO-2.20] a name twice', 'h=', 'h=recipient:', 'field-name-repeated'],
    ['[DO-4.9, Q31] rsa-sha1', 'a=rsa-sha256', 'a=rsa-sha1', 'algorithm-unsupported'],
    ['[DO-2.18, Q33] a part of the content', 'h=', 'l=3; h=', 'content-length-mismatch'],
  ])('refuses %s', async (_what, from, to, reason) => {
    const { sign, verifier } = await setUp();
    const field = await sign({ fields, content });
    const changed = { ...field, value: field.value.replace(from, to) };
    expect(await verifier.verify({ fields: [...fields, changed], content })).toMatchObject({ status: 'fail', reason });
  });

  it('[DO-1.14, DO-5.24] takes keys for ischedule that are not under test', () => {
    expect(ischedule).toMatchObject({ keyService: 'ischedule', testingKeys: 'refuse' });
  });

  it('[DO-1.15] knows three ways to a key', () => {
    expect(ischedule.queryMethods).toEqual(['dns/txt', 'http/well-known', 'private-exchange']);
  });

  it('[DO-1.16] lets a signature live a minute at least', () => {
    expect(() => createSigner({ template: ischedule, clock: clockAt(now) }, { lifetimeSeconds: 59 })).toThrow(
      TypeError,
    );
    expect(() => createSigner({ template: ischedule, clock: clockAt(now) }, { lifetimeSeconds: 60 })).not.toThrow();
  });
});

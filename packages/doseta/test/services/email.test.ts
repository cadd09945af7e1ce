import { describe, expect, it } from 'vitest';
import { type Dns, type DnsAnswer, DnsUnavailable } from '@isched/runtime';
import { createVerifier, dnsTxtKeySource, email, type Verification } from '../../src/index.ts';
import { corpusFile, corpusIsThere, corpusJson } from '../support/corpus.ts';
import { readMail } from '../support/messages.ts';
import { clockAt } from '../support/world.ts';

interface CorpusMessage {
  readonly id: string;
  readonly file: string;
  readonly expected_rfc8301: 'pass' | 'fail' | 'permerror' | 'temperror';
  readonly line_ends: 'crlf' | 'lf';
  readonly verify_time: number | null;
  readonly dns: Readonly<Record<string, { readonly txt?: string; readonly rcode?: string }>>;
}

/** Where the corpus names no time, the day it was collected: after every t=, and after every x= that is to have passed. */
const collected = Date.UTC(2026, 10, 22) / 1_000;

const verdicts = { pass: 'pass', fail: 'fail', permerror: 'fail', temperror: 'tempfail' } as const;

function dnsOf({ dns }: CorpusMessage): Dns {
  const txt = async (name: string): Promise<DnsAnswer<readonly string[]>> => {
    const answer = dns[name];
    if (!answer) throw new Error(`the corpus has no answer for ${name}`);
    if (answer.rcode === 'SERVFAIL' || answer.rcode === 'TIMEOUT') throw new DnsUnavailable(answer.rcode);
    return { records: answer.txt === undefined ? [] : [answer.txt.match(/.{1,255}/g) ?? ['']], ttlSeconds: 60 };
  };
  const none = () => Promise.reject(new Error('asked for something that mail does not need'));
  return { txt, srv: none, addresses: none };
}

async function verify(message: CorpusMessage): Promise<Verification> {
  const octets = corpusFile(`dkim/${message.file}`);
  const mail =
    message.line_ends === 'lf' ? Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1') : octets;
  const keySources = [dnsTxtKeySource({ dns: dnsOf(message) })];
  return createVerifier({ template: email, keySources, clock: clockAt(message.verify_time ?? collected) }).verify(
    readMail(mail),
  );
}

describe.skipIf(!corpusIsThere)('the mails of the corpus (skipped where it is absent)', () => {
  const { messages } = corpusIsThere
    ? (corpusJson('dkim/index.json') as { readonly messages: readonly CorpusMessage[] })
    : { messages: [] };

  // Both have nothing but rsa-sha1 signatures, which by the definition at the head of index.json count as permerror; their
  // labels are those of RFC 6376, taken over as they were.
  const mislabelled = ['mail-dkim/multiple_2.txt', 'mail-dkim/badkey_14.txt'];

  it.each(mislabelled)('[DO-4.9] %s has only rsa-sha1 signatures and fails', async (id) => {
    const message = messages.find((one) => one.id === id);
    if (!message) throw new Error(`no ${id}`);
    const { status, verdicts: each = [] } = await verify(message);
    expect(status).toBe('fail');
    expect(each.flatMap((verdict) => (verdict.status === 'fail' ? [verdict.reason] : []))).toContain(
      'algorithm-unsupported',
    );
  });

  it.each(messages.filter(({ id }) => !mislabelled.includes(id)))(
    '[DO-1.21, DO-4.2, DO-4.3, DO-5.30] $id: $expected_rfc8301',
    async (message) => {
      expect((await verify(message)).status).toBe(verdicts[message.expected_rfc8301]);
    },
  );

  it.each([
    ['mail-dkim/good_rfc4871_3.txt', 'algorithm-unsupported'],
    ['mail-dkim/mine_ietf01_3.txt', 'signature-tag-missing'],
    ['mail-dkim/bad_1878954.txt', 'algorithm-unsupported'],
    ['rspamd/dkim_key_too_wide.eml', 'content-hash-mismatch'],
    ['mail-dkim/badkey3_ed25519.txt', 'content-hash-mismatch'],
    ['james-jdkim/FAIL_illegalargumentexception.eml', 'signature-tag-malformed'],
    ['mail-dkim/ignore_7.txt', 'algorithm-unsupported'],
    ['dkim-verifier/key-revoked', 'key-revoked'],
    ['rfc6376-a2-as-printed', 'content-hash-mismatch'],
  ])('says why %s fails', async (id, reason) => {
    const message = messages.find((one) => one.id === id);
    if (!message) throw new Error(`no ${id}`);
    expect(await verify(message)).toMatchObject({ status: 'fail', reason });
  });

  it('says that a key is only under test', async () => {
    const message = messages.find(({ id }) => id === 'james-jdkim/gamma_gmail.com.eml');
    if (!message) throw new Error('no such message');
    expect(await verify(message)).toMatchObject({ status: 'pass', key: { testing: true } });
  });

  it('lists the verdict on each signature', async () => {
    const message = messages.find(({ id }) => id === 'rfc8463-a3');
    if (!message) throw new Error('no such message');
    const { verdicts: each } = await verify(message);
    expect(each?.map((verdict) => verdict.status === 'pass' && verdict.signature.algorithm)).toEqual([
      'ed25519-sha256',
      'rsa-sha256',
    ]);
  });
});

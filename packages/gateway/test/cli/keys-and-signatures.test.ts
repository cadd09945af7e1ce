import { createPublicKey, verify as verifyOctets } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from './fake-terminal.ts';

const corpus = process.env['ISCHED_CORPUS'] ?? new URL('../../../../../shared/corpus', import.meta.url).pathname;
const signedCyrus = join(corpus, 'ischedule/signed-cyrus');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isched-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const body = 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n';
const head = (...extra: readonly string[]): string =>
  [
    'POST /.well-known/ischedule HTTP/1.1',
    'Host: receiver.example',
    'iSchedule-Version: 1.0',
    'iSchedule-Message-ID: m1',
    'Originator: mailto:alice@sender.example',
    'Recipient: mailto:bob@receiver.example',
    'Content-Type: text/calendar; component=VEVENT; method=REQUEST',
    ...extra,
    '',
    '',
  ].join('\r\n');
const now = '2026-11-23T10:00:00Z';

interface Keys {
  readonly file: string;
  readonly record: string;
}

describe('isched keygen', () => {
  it('[DO-5.1] writes a key for its owner alone and prints what to publish', async () => {
    const { code, out } = await run([
      'keygen',
      '--domain',
      'Sender.Example',
      '--selector',
      's1',
      '--out',
      folder,
      '--json',
    ]);
    expect(code).toBe(0);
    const made = JSON.parse(out) as Record<string, string>;
    expect(made['dnsName']).toBe('s1._domainkey.sender.example');
    expect(made['record']).toMatch(/^v=DKIM1; ?k=rsa; ?s=ischedule; ?p=[A-Za-z0-9+/=]+$/);
    expect(made['wellKnownPath']).toBe('/.well-known/domainkey/sender.example/s1');
    expect(statSync(made['file'] ?? '').mode & 0o777).toBe(0o600);
    const strings = [...(made['zoneFile'] ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(strings.join('')).toBe(made['record']);
    expect(Math.max(...strings.map((text) => text.length))).toBeLessThanOrEqual(255);
  });

  it('makes Ed25519 keys whose record holds the 32 raw octets', async () => {
    const { out } = await run([
      'keygen',
      '--domain',
      'a.example',
      '--selector',
      'e',
      '--algorithm',
      'ed25519-sha256',
      '--out',
      folder,
      '--json',
    ]);
    const record = (JSON.parse(out) as { record: string }).record;
    expect(record).toContain('k=ed25519');
    expect(Buffer.from(/p=([^;]*)/.exec(record)?.[1] ?? '', 'base64')).toHaveLength(32);
  });

  it('never writes over a key', async () => {
    const argv = [
      'keygen',
      '--domain',
      'a.example',
      '--selector',
      's',
      '--algorithm',
      'ed25519-sha256',
      '--out',
      folder,
      '--json',
    ];
    const file = (JSON.parse((await run(argv)).out) as { file: string }).file;
    const before = readFileSync(file, 'utf8');
    const again = await run(argv);
    expect(again.code).toBe(2);
    expect(again.error).toContain('is there already');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each([
    [['--domain', 'no domain', '--selector', 's'], 'not a domain name'],
    [['--domain', 'a.example', '--selector', '../up'], 'is not a selector'],
    [['--domain', 'a.example'], '--selector'],
    [
      ['--domain', 'a.example', '--selector', 's', '--algorithm', 'rsa-sha1'],
      'Allowed choices are rsa-sha256, ed25519-sha256',
    ],
  ])('says in a sentence what is wrong with %j', async (flags, sentence) => {
    const { code, error } = await run(['keygen', ...flags, '--out', folder]);
    expect(code).toBe(2);
    expect(error).toContain(sentence);
    expect(existsSync(join(folder, 'up.pem'))).toBe(false);
  });
});

describe('isched sign and isched verify', () => {
  let keys: Keys;
  let keyFolder: string;
  beforeAll(async () => {
    keyFolder = mkdtempSync(join(tmpdir(), 'isched-cli-key-'));
    const { out } = await run([
      'keygen',
      '--domain',
      'sender.example',
      '--selector',
      's1',
      '--out',
      keyFolder,
      '--json',
    ]);
    keys = JSON.parse(out) as Keys;
  });
  afterAll(() => rmSync(keyFolder, { recursive: true }));

  const sign = (request: string, ...more: readonly string[]) =>
    run(['sign', '-', '--domain', 'sender.example', '--selector', 's1', '--key', keys.file, '--now', now, ...more], {
      input: Buffer.from(request, 'latin1'),
    });
  const verify = (request: string, ...more: readonly string[]) =>
    run(['verify', '-', '--key-record', keys.record, '--now', now, '--json', ...more], {
      input: Buffer.from(request, 'latin1'),
    });
  const judged = async (request: string, ...more: readonly string[]) => {
    const { code, out } = await verify(request, ...more);
    return {
      code,
      ...(JSON.parse(out) as { status: string; reason: string | null; signature: unknown; explain: unknown }),
    };
  };

  it('[DO-4.1] makes a signature that bare node:crypto verifies over octets written down by hand', async () => {
    const { code, out } = await sign(head() + body);
    expect(code).toBe(0);
    const field = /DKIM-Signature: ([^\r]*)\r\n/.exec(out)?.[1] ?? '';
    const tags = new Map(
      field.split(';').map((tag) => [tag.trim().split('=')[0] ?? '', tag.slice(tag.indexOf('=') + 1)]),
    );
    expect(tags.get('t')?.trim()).toBe(String(Date.parse(now) / 1000));
    expect(Number(tags.get('x')) - Number(tags.get('t'))).toBe(3600);
    const values: Record<string, string> = {
      'content-type': 'text/calendar; component=VEVENT; method=REQUEST',
      'ischedule-version': '1.0',
      'ischedule-message-id': 'm1',
      originator: 'mailto:alice@sender.example',
      recipient: 'mailto:bob@receiver.example',
    };
    const names = (tags.get('h') ?? '').trim().toLowerCase().split(':');
    expect(names.toSorted()).toEqual(Object.keys(values).toSorted());
    const data =
      names.map((name) => `${name}:${values[name]}\r\n`).join('') + `dkim-signature:${field.replace(/b=[^;]*$/, 'b=')}`;
    const key = createPublicKey({
      key: Buffer.from(/p=(.*)$/.exec(keys.record)?.[1] ?? '', 'base64'),
      format: 'der',
      type: 'spki',
    });
    expect(verifyOctets('sha256', Buffer.from(data), key, Buffer.from(tags.get('b') ?? '', 'base64'))).toBe(true);
  });

  it('verifies what it signed, with the record and with a key document', async () => {
    const { out } = await sign(head() + body);
    expect(await judged(out)).toMatchObject({
      code: 0,
      status: 'pass',
      reason: null,
      signature: { signingDomain: 'sender.example', selector: 's1' },
    });
    const document = join(folder, 'document');
    writeFileSync(document, `v=DKIM1; p=\n${keys.record}\r\n`);
    const { code } = await run(['verify', '-', '--key-file', document, '--now', now], {
      input: Buffer.from(out, 'latin1'),
    });
    expect(code).toBe(0);
  });

  it('reads heads with LF, folds and chunks, as they come out of files', async () => {
    const chunked = `${head('Transfer-Encoding: chunked').replace('iSchedule-Message-ID: m1', 'iSchedule-Message-ID:\r\n m1')}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const { out } = await sign(chunked.replace(/\r\n(?=[\s\S]*\r\n\r\n)/g, (end) => end));
    expect(await judged(out)).toMatchObject({ code: 0, status: 'pass' });
    const lines = out.slice(0, out.indexOf('\r\n\r\n')).replaceAll('\r\n', '\n');
    expect(await judged(`${lines}\n\n${out.slice(out.indexOf('\r\n\r\n') + 4)}`)).toMatchObject({
      code: 0,
      status: 'pass',
    });
  });

  it.each([
    ['a changed content', (text: string) => text.replace('END:VCALENDAR', 'END:VCALENDER'), 'content-hash-mismatch'],
    ['a changed field', (text: string) => text.replace('bob@', 'eve@'), 'signature-mismatch'],
    ['no signature', (text: string) => text.replace(/DKIM-Signature:[^\r]*\r\n/, ''), 'signature-missing'],
    [
      'a field added to a signed one',
      (text: string) => text.replace('Recipient:', 'Recipient: mailto:eve@receiver.example\r\nRecipient:'),
      'signature-mismatch',
    ],
  ])('fails %s, with its reason', async (_what, change, reason) => {
    const { out } = await sign(head() + body);
    expect(await judged(change(out))).toMatchObject({ code: 1, status: 'fail', reason });
  });

  it('fails a signature that expired, and one whose domain may not speak for the originator', async () => {
    const { out } = await sign(head() + body, '--expires', '60');
    const late = await run(['verify', '-', '--key-record', keys.record, '--now', '2026-11-23T10:02:00Z', '--json'], {
      input: Buffer.from(out, 'latin1'),
    });
    expect(late.code).toBe(1);
    expect(JSON.parse(late.out)).toMatchObject({ status: 'fail', reason: 'expired' });
    const other = await sign((head() + body).replace('alice@sender.example', 'alice@other.example'));
    expect(await judged(other.out)).toMatchObject({ code: 1, reason: 'domain-not-aligned' });
  });

  it('could not tell where the key server does not answer: exit code 3, never a failure of the peer', async () => {
    const { out } = await sign(head() + body);
    const { code, out: answer } = await run(['verify', '-', '--now', now, '--dns', '127.0.0.1:1', '--json'], {
      input: Buffer.from(out, 'latin1'),
    });
    expect(code).toBe(3);
    expect(JSON.parse(answer)).toMatchObject({ status: 'tempfail' });
  });

  it('explains what was hashed, and where the request differs from the one that was sent', async () => {
    const { out } = await sign(head() + body);
    const sent = join(folder, 'sent.http');
    writeFileSync(sent, out, 'latin1');
    const { explain } = await judged(out.replace('METHOD:REQUEST', 'METHOD:REQUEXT'), '--explain', '--against', sent);
    const text = JSON.stringify(explain);
    expect(text).toContain('content');
    expect(text).toContain(String(body.indexOf('METHOD:REQUEST') + 'METHOD:REQUE'.length));
  });

  it.each([
    [
      ['sign', 'nowhere.http', '--domain', 'a.example', '--selector', 's', '--key', 'k'],
      "nowhere.http can't be read: it is not there (ENOENT)",
    ],
    [['verify', '-', '--key-record', 'a', '--key-file', 'b'], 'give one of them'],
    [['verify', '-'], 'the first line is not an HTTP/1.1 request line'],
    [['verify', '-', '--now', 'yesterday'], 'is not a time such as'],
    [['frobnicate'], "unknown command 'frobnicate'"],
  ])('says in a sentence what is wrong with %j', async (argv, sentence) => {
    const { code, error } = await run(argv, { input: argv.includes('--now') ? head() + body : 'hello' });
    expect(code).toBe(2);
    expect(error).toContain(sentence);
  });

  it.skipIf(!existsSync(signedCyrus))('[Q26] verifies what Cyrus signed, folded as it sent it', async () => {
    const index = JSON.parse(readFileSync(join(signedCyrus, 'index.json'), 'utf8')) as {
      record: string;
      now: number;
      after_x: { now: number };
      messages: { file: string }[];
    };
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    for (const { file } of index.messages) {
      const path = join(signedCyrus, file);
      expect((await run(['verify', path, '--key-record', index.record, '--now', at(index.now)])).code).toBe(0);
      expect((await run(['verify', path, '--key-record', index.record, '--now', at(index.after_x.now)])).code).toBe(1);
    }
    expect(index.messages.length).toBeGreaterThan(0);
  });
});

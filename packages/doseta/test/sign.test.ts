import { generateKeyPairSync, verify as verifyOctets } from 'node:crypto';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { email, type Field, type SigningIdentity } from '../src/index.ts';
import type { ServiceTemplate } from '../src/service-template.ts';
import { createSigner, type SignerOptions, type SignOptions } from '../src/sign.ts';
import { ed25519Key, rsa1024Key, rsaKey } from './support/keys.ts';
import { messageOf } from './support/messages.ts';
import { type Pair, referenceIscheduleLine, referenceSimpleContent, sha256Base64 } from './support/reference-signer.ts';
import { content, exampleCom, fields, now, requestService, testVerifier } from './support/requests.ts';
import { clockAt, found, scriptedKeys } from './support/world.ts';
import { createVerifier } from '../src/verify.ts';
import { keyRecordText } from '../src/keys/key-pair.ts';

const identity = (
  key = rsaKey().privateKey,
  algorithm: SigningIdentity['key']['algorithm'] = 'rsa-sha256',
): SigningIdentity => ({
  signingDomain: exampleCom,
  selector: 'sel',
  key: { algorithm, privateKey: key },
});

interface Request {
  readonly template?: ServiceTemplate;
  readonly options?: SignerOptions;
  readonly signOptions?: SignOptions;
  readonly fields?: readonly Pair[];
  readonly identity?: SigningIdentity;
}

function sign(request: Request = {}): Promise<Field> {
  const signer = createSigner(
    { template: request.template ?? requestService, clock: clockAt(now + 0.9) },
    request.options,
  );
  return signer.sign(messageOf(request.fields ?? fields, content), request.identity ?? identity(), request.signOptions);
}

const tagOf = (field: Field, name: string): string | undefined =>
  field.value
    .split('; ')
    .find((tag) => tag.startsWith(`${name}=`))
    ?.slice(name.length + 1);

describe('createSigner', () => {
  it('[DO-2.12, DO-2.17, DO-2.22, DO-3.19, DO-4.10, Q25, Q27, Q31, Q32, Q36] makes one line that every peer reads (T3)', async () => {
    const { name, value } = await sign();
    const [head = '', signature = ''] = value.split('; b=');
    expect(name).toBe('DKIM-Signature');
    expect(head).toBe(
      `v=1; a=rsa-sha256; c=ischedule-relaxed/simple; d=example.com; s=sel; q=dns/txt:http/well-known; t=${now}; x=${now + 3_600}; ` +
        `h=content-type:originator:recipient:user-agent; bh=${sha256Base64(referenceSimpleContent(content))}`,
    );
    expect(signature).toMatch(/^[A-Za-z0-9+/]{342}==$/);
  });

  it('[DO-4.4, DO-2.21] signs what the second signer would hash (T2, T4)', async () => {
    const field = await sign();
    const end = field.value.indexOf('; b=') + 4;
    const lines = ['content-type', 'originator', 'recipient', 'user-agent'].map((name) =>
      referenceIscheduleLine(name, fields),
    );
    const own = referenceIscheduleLine('DKIM-Signature', [['DKIM-Signature', field.value.slice(0, end)]]);
    const octets = Buffer.from(lines.join('') + own.slice(0, -2));
    expect(verifyOctets('sha256', octets, rsaKey().publicKey, Buffer.from(field.value.slice(end), 'base64'))).toBe(
      true,
    );
  });

  it('makes what its verifier takes', async () => {
    const { verifier } = testVerifier();
    const message = messageOf(fields, content);
    const signed = { ...message, fields: [...message.fields, await sign()] };
    expect((await verifier.verify(signed)).status).toBe('pass');
  });

  it('[DO-4.5] signs with Ed25519', async () => {
    const key = { algorithm: 'ed25519-sha256', privateKey: ed25519Key().privateKey } as const;
    const field = await sign({ identity: { ...identity(), key } });
    const dns = scriptedKeys('dns/txt', found(keyRecordText(key, 'ischedule')));
    const verifier = createVerifier({ template: requestService, keySources: [dns], clock: clockAt(now) });
    const message = messageOf(fields, content);
    expect(await verifier.verify({ ...message, fields: [...message.fields, field] })).toMatchObject({ status: 'pass' });
    expect(tagOf(field, 'a')).toBe('ed25519-sha256');
  });

  it('never changes the message', async () => {
    const message = messageOf(fields, content);
    Object.freeze(message.fields);
    const before = JSON.stringify(message);
    await createSigner({ template: requestService, clock: clockAt(now) }).sign(message, identity());
    expect(JSON.stringify(message)).toBe(before);
  });

  it.each<readonly [string, Request, string]>([
    [
      '[DO-1.10] what should be signed only where it is there',
      { fields: fields.filter(([name]) => name !== 'User-Agent') },
      'content-type:originator:recipient',
    ],
    [
      '[DO-1.8] Authorization where it is there',
      { fields: [...fields, ['authorization', 'x']] },
      'content-type:originator:recipient:authorization:user-agent',
    ],
    [
      '[DO-1.11, DO-3.19, Q34] each name once, and never Host',
      { fields: [...fields, ['Via', '1.1 x'], ['Connection', 'close']] },
      'content-type:originator:recipient:user-agent',
    ],
    [
      '[DO-3.17] names that are absent on purpose',
      { signOptions: { alsoSign: ['X-Priority', 'Recipient'] } },
      'content-type:originator:recipient:user-agent:x-priority',
    ],
  ])('signs %s', async (_what, request, expected) => {
    expect(tagOf(await sign(request), 'h')).toBe(expected);
  });

  it('[DO-1.16] sends x= as far ahead as it was told, or not', async () => {
    expect(tagOf(await sign({ options: { lifetimeSeconds: 60 } }), 'x')).toBe(String(now + 60));
    expect(tagOf(await sign({ options: { lifetimeSeconds: 'unlimited' } }), 'x')).toBeUndefined();
    await expect(async () => sign({ options: { lifetimeSeconds: 59 } })).rejects.toThrow(TypeError);
  });

  it('lists the query methods it was told', async () => {
    expect(tagOf(await sign({ options: { queryMethods: ['private-exchange'] } }), 'q')).toBe('private-exchange');
    await expect(async () => sign({ options: { queryMethods: [] } })).rejects.toThrow(TypeError);
  });

  it('[DO-6.10] says for whom it signs, with sha256', async () => {
    const field = await sign({ signOptions: { onBehalfOf: parseDomainName('other.example') } });
    expect([tagOf(field, 'atps'), tagOf(field, 'atpsh')]).toEqual(['other.example', 'sha256']);
  });

  it.each<readonly [string, () => Request]>([
    [
      '[DO-1.7, DO-1.9] lacks a field that must be signed',
      () => ({ fields: fields.filter(([name]) => name !== 'Originator') }),
    ],
    ['[DO-1.1, Q40] is signed already', () => ({ fields: [...fields, ['dkim-signature', 'x']] })],
    ['[DO-1.11] is to be signed with Host', () => ({ signOptions: { alsoSign: ['Host'] } })],
    [
      '[DO-1.12] is to be signed with what Connection names',
      () => ({ fields: [...fields, ['Connection', 'User-Agent']] }),
    ],
  ])('refuses a message that %s', async (_what, request) => {
    await expect(sign(request())).rejects.toThrow(TypeError);
  });

  it.each<readonly [string, () => SigningIdentity]>([
    ['[DO-4.1] an RSA key of 1024 bits', () => identity(rsa1024Key().privateKey)],
    ['a key of another kind than the algorithm', () => identity(ed25519Key().privateKey)],
    ['an elliptic-curve key', () => identity(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)],
    ['[DO-4.9] rsa-sha1', () => identity(rsaKey().privateKey, 'rsa-sha1' as 'rsa-sha256')],
  ])('refuses to sign with %s', async (_what, identityOf) => {
    await expect(sign({ identity: identityOf() })).rejects.toThrow(TypeError);
  });

  it('signs with a shorter key where it was told to', async () => {
    expect(
      tagOf(await sign({ identity: identity(rsa1024Key().privateKey), options: { minRsaBits: 1_024 } }), 'b'),
    ).toMatch(/^.{172}$/);
    await expect(async () => sign({ options: { minRsaBits: 512 } })).rejects.toThrow(TypeError);
  });

  it('needs a canonicalization', () => {
    const template = { ...requestService, headerCanonicalizations: [] };
    expect(() => createSigner({ template, clock: clockAt(now) })).toThrow(TypeError);
  });
});

describe('createSigner for mail', () => {
  const mail: readonly Pair[] = [
    ['Received', ' by x'],
    ['From', ' a@example.com'],
    ['To', ' b@example.org'],
    ['To', ' c@example.org'],
    ['Comments', ' none'],
    ['Subject', ' hello'],
  ];

  it('[DO-1.21] lists each instance of a name, and none that mail should not sign', async () => {
    expect(tagOf(await sign({ template: email, fields: mail }), 'h')).toBe('from:subject:to:to');
  });

  it('[DO-1.21] adds a signature beside others, and over-signs what it is told', async () => {
    const signedBefore: Pair[] = [['DKIM-Signature', ' v=1'], ...mail];
    const signer = createSigner({ template: email, clock: clockAt(now) });
    const message = messageOf(signedBefore, 'Hello \r\n\r\n');
    const field = await signer.sign(message, identity(), { alsoSign: ['Reply-To'] });
    expect(tagOf(field, 'h')).toBe('from:subject:to:to:reply-to');
    const dns = scriptedKeys('dns/txt', found(keyRecordText(identity().key, 'email')));
    const verifier = createVerifier({ template: email, keySources: [dns], clock: clockAt(now) });
    const verification = await verifier.verify({ ...message, fields: [...message.fields, field] });
    expect(verification.verdicts?.map(({ status }) => status)).toEqual(['fail', 'pass']);
    expect(verification.status).toBe('pass');
    const added = { ...message, fields: [...message.fields, field, { name: 'Reply-To', value: ' evil@example.net' }] };
    expect(await verifier.verify(added)).toMatchObject({ status: 'fail' });
  });
});

import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedMessage } from '@isched/doseta';
import { systemRandom } from '@isched/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bob } from '../../src/cli/commands/demo/messages.ts';
import { managementTokenFile } from '../../src/server/management-token.ts';
import { addSigner, createVictim, event, expectProper, signed, type Victim, wire } from './support/victim.ts';

let victim: Victim;
/** Was taken while it lived. */
let passing: SignedMessage;
const passingUid = 'passing@alpha.example';
const passingLifeMs = 3_000;
let passesAt = 0;

beforeAll(async () => {
  victim = await createVictim();
  passesAt = Date.now() + passingLifeMs;
  passing = await signed({ text: event([], passingUid) }, victim.attacker, { shiftMs: passingLifeMs - 3_600_000 });
  expect((await victim.ask(wire(passing))).requestStatus).toBe('2.0;Success');
}, 60_000);
afterAll(() => victim[Symbol.asyncDispose]());

const reasonsOf = async (uid: string) => (await victim.party.client.timeline(uid)).map(({ reason }) => reason);
const revisionsOf = async (uid: string) =>
  (await victim.party.client.objects(bob)).filter((object) => object.uid === uid).map(({ revision }) => revision);
const withField = ({ fields, content }: SignedMessage, name: string, value: string): SignedMessage => ({
  content,
  fields: fields.map((field) => (field.name === name ? { name, value } : field)),
});

describe('a message that comes again', () => {
  it('[DO-7.1, DO-7.2] fifty times at the same instant has one effect, and each copy the same answer', async () => {
    const uid = `${systemRandom.token()}@alpha.example`;
    const octets = wire(await signed({ text: event([], uid) }, victim.attacker));
    const peers = await Promise.all(Array.from({ length: 50 }, () => victim.open()));
    for (const { socket } of peers) socket.write(octets);
    const answers = await Promise.all(peers.map(async (peer) => (await peer.answered(1))[0]));
    for (const { socket } of peers) socket.destroy();
    expect(new Set(answers.map((answer) => `${answer?.status} ${answer?.content}`)).size).toBe(1);
    expect(answers[0]?.requestStatus).toBe('2.0;Success');
    const reasons = await reasonsOf(uid);
    expect(reasons.toSorted()).toEqual(['new-invitation', ...Array(49).fill('repeated')]);
    expect(await revisionsOf(uid)).toHaveLength(1);
  });

  it('[DO-7.3] under another id and signature has no second effect either', async () => {
    const uid = `${systemRandom.token()}@alpha.example`;
    const text = event([], uid);
    const [first, second] = [await signed({ text }, victim.attacker), await signed({ text }, victim.attacker)];
    const answers = [await victim.ask(wire(first)), await victim.ask(wire(second))];
    expect(answers[1]?.content).toBe(answers[0]?.content);
    expect(await reasonsOf(uid)).toEqual(['new-invitation', 'repeated']);
  });

  it.each([
    ['another recipient', 'Recipient', 'mailto:carol@beta.example'],
    ['one recipient more', 'Recipient', `${bob},mailto:carol@beta.example`],
    ['another originator', 'Originator', 'mailto:mallory@alpha.example'],
    ['another kind of content', 'Content-Type', 'text/calendar; method=CANCEL'],
  ])('for %s fails its signature', async (_, name, value) => {
    const uid = `${systemRandom.token()}@alpha.example`;
    const message = await signed({ text: event([], uid) }, victim.attacker);
    const answer = await victim.ask(wire(withField(message, name, value)));
    expect([answer.status, answer.fault]).toEqual([403, 'verification-failed']);
    expect(answer.content).toContain('signature-mismatch');
    expectProper(answer);
    expect(await reasonsOf(uid)).toEqual([]);
    expect((await victim.ask(wire(message))).requestStatus).toBe('2.0;Success');
  });
});

describe('somebody else’s signature', () => {
  it('[IS-4.12] may not speak for Alice', async () => {
    const other = await addSigner(victim.world, 'evil.example');
    const answer = await victim.ask(wire(await signed({ text: event() }, other)));
    expect([answer.status, answer.fault]).toEqual([403, 'verification-failed']);
    expectProper(answer);
  });

  it('[IS-4.15] may not carry Alice’s meeting under its own name', async () => {
    const other = await addSigner(victim.world, 'evil.example');
    const answer = await victim.ask(wire(await signed({ text: event(), originator: 'mailto:m@evil.example' }, other)));
    expect([answer.status, answer.fault]).toEqual([400, 'invalid-scheduling-message']);
    expectProper(answer);
  });

  it('[DO-2.15] may not be that of a registry', async () => {
    const registry = await addSigner(victim.world, 'co.uk');
    const answer = await victim.ask(wire(await signed({ text: event(), originator: 'mailto:a@shop.co.uk' }, registry)));
    expect([answer.status, answer.fault]).toEqual([403, 'verification-failed']);
    expect(answer.content).toContain('signing-domain-unsuitable');
    expectProper(answer);
  });
});

describe('the key server', () => {
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

  it('[DO-5.10, IS-4.25] serves its own keys and no other file', async () => {
    const { selector } = victim.party.organisation;
    expect((await victim.ask(get(`/.well-known/domainkey/beta.example/${selector}`))).content).toMatch(/^v=DKIM1; /);
    for (const path of [
      '../../etc/passwd',
      `beta.example/../${selector}`,
      `beta.example/..%2f..%2fkeys%2f${selector}.pem`,
      `beta.example/${selector}.pem`,
      `beta.example/${selector}/`,
      `beta.example/${selector}%00`,
      `beta.example/${selector}?x/../y`.replace('?', '%3f'),
      `beta.example//${selector}`,
      `/${selector}`,
      'beta.example/',
      'constructor/__proto__',
      `${'a.'.repeat(100_000)}/x`,
      `beta.example/${'x'.repeat(400_000)}`,
    ]) {
      const answer = await victim.ask(get(`/.well-known/domainkey/${path}`));
      expect([path.slice(0, 60), answer.status]).toEqual([path.slice(0, 60), 404]);
      expectProper(answer);
    }
  });
});

describe('the management listener', () => {
  const ask = async (octets: string): Promise<string> => {
    const socket = connect(victim.party.organisation.managementPort, victim.party.organisation.address);
    socket.on('error', () => undefined);
    socket.write(octets);
    return textOf(socket);
  };
  const request = (target: string, ...lines: readonly string[]): string =>
    [`${target} HTTP/1.1`, 'Connection: close', ...lines, '', ''].join('\r\n');
  const host = 'Host: 127.0.0.1';
  const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

  it('says nothing without the token, whatever is asked', async () => {
    const refusals = new Set<string>();
    for (const target of [
      'GET /api/v1/objects?user=bob@beta.example',
      'GET /api/v1/objects?user=nobody@beta.example',
      'GET /api/v1/timeline?uid=x',
      'GET /api/v1/queue',
      'GET /api/v1/nothing',
      'POST /api/v1/messages',
      'POST /api/v1/queue/actions',
      'DELETE /api/v1/objects',
      'OPTIONS /api/v1/messages',
    ]) {
      for (const line of [
        'X: y',
        'Authorization: Bearer wrong',
        'Authorization: Basic Ym9iOmJvYg==',
        'Authorization: Bearer ',
      ]) {
        const answer = await ask(request(target, host, line, 'Content-Length: 0'));
        expect([target, line, statusOf(answer)]).toEqual([target, line, 401]);
        refusals.add(answer.replace(/^Date: .*$/m, ''));
      }
    }
    expect(refusals.size).toBe(1);
  });

  it('tells a page that has its name point here that somebody lives here, and no more', async () => {
    const page = ['Host: attacker.example:9080', 'Origin: http://attacker.example:9080'];
    expect(await ask(request('GET /healthz/live', ...page))).toMatch(/\r\n\r\nok\n$/);
    expect(await ask(request('GET /healthz/ready', ...page))).toMatch(/\r\n\r\nok\n$/);
    for (const target of [
      'GET /',
      'GET /metrics',
      'GET /healthz',
      'GET /healthz/../api/v1/queue',
      'GET //',
      'OPTIONS *',
      'GET http://[/',
    ]) {
      expect([target, statusOf(await ask(request(target, ...page)))]).toEqual([
        target,
        target.includes('/api/') ? 401 : 404,
      ]);
    }
    const preflight = await ask(request('OPTIONS /api/v1/messages', ...page, 'Access-Control-Request-Method: POST'));
    expect(statusOf(preflight)).toBe(401);
    expect(preflight).not.toMatch(/access-control-allow/i);
  });

  it('takes no content from somebody without the token', async () => {
    const answer = await ask(
      request('POST /api/v1/messages', host, 'Content-Length: 999999999', 'Expect: 100-continue'),
    );
    expect(statusOf(answer)).toBe(401);
    expect(answer).not.toContain('100 Continue');
  });

  it('answers what is wrong with the token in hand', async () => {
    const token = readFileSync(join(victim.party.organisation.files.data, managementTokenFile), 'utf8').trim();
    const bearer = `Authorization: Bearer ${token}`;
    const post = (content: string): Promise<string> =>
      ask(request('POST /api/v1/messages', host, bearer, `Content-Length: ${Buffer.byteLength(content)}`) + content);
    expect(statusOf(await post('not JSON'))).toBe(400);
    expect(statusOf(await post(`{"message":${JSON.stringify('x')}}`))).toBe(400);
    expect(statusOf(await post('{"message":"x","__proto__":{}}'))).toBe(400);
    expect(statusOf(await post('['.repeat(200_000)))).toBe(400);
    expect(statusOf(await ask(request('POST /api/v1/messages', host, bearer, 'Content-Length: 999999999')))).toBe(413);
    expect(statusOf(await ask(request('GET /api/v1/queue/%E0%A4%A', host, bearer)))).toBe(404);
    expect(statusOf(await ask(request('GET /api/v1/objects?user=%00', host, bearer)))).toBe(400);
  });
});

it('[IS-4.11] a message that comes again after its time has expired, though it was taken before', async () => {
  await delay(Math.max(0, passesAt + 1_100 - Date.now()));
  const answer = await victim.ask(wire(passing));
  expect([answer.status, answer.fault]).toEqual([403, 'verification-failed']);
  expect(answer.content).toContain('expired');
  expectProper(answer);
  expect(await reasonsOf(passingUid)).toEqual(['new-invitation']);
});

import { setTimeout as delay } from 'node:timers/promises';
import { createSigner, generateKeyPair, type SigningIdentity } from '@isched/doseta';
import { ischedule } from '@isched/ischedule';
import { systemClock } from '@isched/runtime';
import { octetsFromText, parseDomainName } from '@isched/values';
import { formatUtc } from '@isched/icalendar';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bob } from '../../src/cli/commands/demo/messages.ts';
import {
  createHostileHosts,
  drips,
  floods,
  type Habit,
  type HostileHosts,
  redirects,
  says,
  services,
} from './support/hostile-hosts.ts';
import type { RawPeer } from './support/raw-peer.ts';
import { calendar, createVictim, event, expectProper, many, plainFields, type Victim, wire } from './support/victim.ts';

const namespace = 'xmlns="urn:ietf:params:xml:ns:ischedule"';
const capabilities = `<query-result ${namespace}><capabilities><versions><version>1.0</version></versions></capabilities></query-result>`;
const entities = many(9, (n) => `<!ENTITY l${n + 1} "${many(10, () => `&l${n};`)}">`);
const laughs = `<!DOCTYPE a [<!ENTITY l0 "ha">${entities}]><query-result>&l9;</query-result>`;
const file = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><query-result>&f;</query-result>';
const deep = '<a>'.repeat(30_000) + '</a>'.repeat(30_000);
const answer = (content: string): string => `<schedule-response ${namespace}>${content}</schedule-response>`;
const response = (name: string, content: string): string =>
  answer(`<response><recipient>mailto:u@${name}.hostile.example</recipient>${content}</response>`);

/** Fair capabilities, and then this. */
const then = (habit: Habit): Habit => {
  const fair = says(capabilities);
  return (request, ...rest) => (request.method === 'GET' ? fair : habit)(request, ...rest);
};

const habits: Readonly<Record<string, Habit>> = {
  good: then(says(response('good', '<request-status>2.0;Success</request-status>'))),
  laughing: says(laughs),
  reading: says(file),
  deep: says(deep),
  flooding: floods,
  dripping: drips,
  silent: () => undefined,
  leaving: (request) => request.socket.destroy(),
  'answer-laughing': then(says(laughs)),
  'answer-reading': then(says(file)),
  'answer-deep': then(says(deep)),
  'answer-namespaces': then(says(many(30_000, (n) => `<a xmlns:n${n}="u">`))),
  'answer-attributes': then(says(answer(`<response ${many(300_000, (n) => `a${n}="1"`, ' ')}/>`))),
  'answer-elements': then(says(answer('<response/>'.repeat(300_000)))),
  'answer-words': then(says(response('answer-words', `<request-status>3.0;${'x'.repeat(3_000_000)}</request-status>`))),
  'answer-flooding': then(floods),
  'answer-dripping': then(drips),
  'answer-coded': then((_, reply) => void reply.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x')),
  looping: redirects((port) => `https://looping.hostile.example:${port}/${Math.random()}`),
  'answer-looping': then(redirects((port) => `https://answer-looping.hostile.example:${port}/${Math.random()}`)),
  'to-http': redirects(() => 'http://good.hostile.example/'),
  'to-file': redirects(() => 'file:///etc/passwd'),
  'to-metadata': redirects(() => 'https://169.254.169.254/latest/meta-data/'),
  'to-mapped': redirects(() => 'https://[::ffff:169.254.169.254]/'),
  'to-loopback': redirects(() => 'https://[::1]/'),
  'to-number': redirects(() => 'https://2852039166/'),
  'to-mail': redirects(() => 'https://good.hostile.example:25/'),
  'to-password': redirects((port) => `https://a:b@good.hostile.example:${port}/`),
  'to-other-method': then(redirects((port) => `https://good.hostile.example:${port}/`, 303)),
  'key-html': says('<html>v=DKIM1; p=</html>', 'text/html'),
  'key-gone': says('', 'text/plain', 410),
  'key-broken': says('', 'text/plain', 500),
  'key-many': says('v=DKIM1; p=AAAA\r\n'.repeat(900), 'text/plain'),
};

const points = (name: string, family: string, address: string): string =>
  [`${name} ${family} ${address}`, ...services(name, name, 443)].join('\n');
const moreZone = (port: number): string =>
  [
    points('at-metadata', 'A', '169.254.169.254'),
    points('at-mapped', 'AAAA', '::ffff:169.254.169.254'),
    points('at-mapped-private', 'AAAA', '::ffff:10.0.0.1'),
    points('at-loopback', 'AAAA', '::1'),
    points('at-private', 'A', '192.168.0.1'),
    points('at-nothing', 'A', '0.0.0.0'),
    'at-many A 127.0.0.1',
    ...Array.from({ length: 300 }, (_, n) => `_ischedules._tcp.at-many SRV ${n} 0 ${n === 299 ? port : 1} at-many`),
    `own._domainkey.key-long TXT ${many(200, () => `"${'x'.repeat(250)}"`, ' ')}`,
  ].join('\n');

let victim: Victim;
let hosts: HostileHosts;
let drippers: readonly RawPeer[] = [];
let drip: NodeJS.Timeout | undefined;
let memoryBefore = 0;
let stranger: SigningIdentity['key'];

beforeAll(async () => {
  vi.stubEnv('ISCHED_NETWORK__TIMEOUT_MS', '800');
  vi.stubEnv('ISCHED_NETWORK__DNS_TIMEOUT_MS', '300');
  victim = await createVictim();
  hosts = await createHostileHosts(victim.world, habits, moreZone);
  stranger = await generateKeyPair('rsa-sha256');
  await victim.expectWell();
  memoryBefore = victim.memory();
  drippers = await Promise.all(Array.from({ length: 50 }, () => victim.open()));
  for (const { socket } of drippers) socket.write('POST /.well-known/ischedule HTTP/1.1\r\nHost: a\r\nX: ');
  drip = setInterval(() => drippers.forEach(({ socket }) => socket.writable && socket.write('x')), 100);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  clearInterval(drip);
  await hosts[Symbol.asyncDispose]();
  await victim[Symbol.asyncDispose]();
});
afterEach(async () => {
  await victim.expectWell();
  expect(victim.memory()).toBeLessThan(memoryBefore * 3 + 200);
});

/** Asks when somebody there is busy: nothing waits in a queue. */
async function search(name: string) {
  const recipient = `mailto:u@${name}.hostile.example`;
  const message = calendar([
    'BEGIN:VFREEBUSY',
    `UID:${name}`,
    `DTSTAMP:${formatUtc(systemClock.now())}`,
    'DTSTART:20300101T000000Z',
    'DTEND:20300102T000000Z',
    `ORGANIZER:${bob}`,
    `ATTENDEE:${recipient}`,
    'END:VFREEBUSY',
  ]);
  const [outcome] = await victim.party.client.submit({ message, originator: bob, recipients: [recipient] });
  return outcome;
}

describe('a sender whose peer', () => {
  it('is fair gets its answer', async () => {
    expect(await search('good')).toMatchObject({ status: 'answered', requestStatus: '2.0;Success' });
  });

  it.each([
    ['laughs a thousand million times in its capabilities', 'laughing', /document type/],
    ['wants a file in its capabilities', 'reading', /document type/],
    ['nests its capabilities 30,000 deep', 'deep', /deep/],
    ['floods its capabilities', 'flooding', /octets/],
    ['drips its capabilities', 'dripping', /timeout/],
    ['says nothing', 'silent', /timeout/],
    ['goes away', 'leaving', /connect-failed/],
    ['laughs in its answer', 'answer-laughing', /document type/],
    ['wants a file in its answer', 'answer-reading', /document type/],
    ['nests its answer 30,000 deep', 'answer-deep', /deep/],
    ['declares 30,000 namespaces, each within the last', 'answer-namespaces', /deep/],
    ['writes 300,000 attributes', 'answer-attributes', /attributes/],
    ['writes 300,000 elements', 'answer-elements', /elements/],
    ['floods its answer', 'answer-flooding', /octets/],
    ['drips its answer', 'answer-dripping', /timeout/],
    ['codes its answer', 'answer-coded', /coded/],
    ['has 299 hosts where nobody lives', 'at-many', /connect-failed/],
  ])('%s could not tell, in time', async (_, name, cause) => {
    expect(await search(name)).toMatchObject({ status: 'retry', cause: expect.stringMatching(cause) as string });
  });

  it.each([
    ['[IS-1.24] redirects without end', 'looping', /too-many-redirects/],
    ['[IS-1.24] redirects a message without end', 'answer-looping', /too-many-redirects/],
    ['[IS-1.25] redirects to http', 'to-http', /location-not-https/],
    ['[IS-1.25] redirects to a file', 'to-file', /location-not-https/],
    ['[IS-1.26] redirects to a cloud’s secrets', 'to-metadata', /address-forbidden/],
    ['[IS-1.26] redirects to them in disguise', 'to-mapped', /address-forbidden/],
    ['[IS-1.26] redirects to them as a number', 'to-number', /address-forbidden/],
    ['[IS-1.26] redirects to ourselves', 'to-loopback', /address-forbidden/],
    ['redirects to a mail server', 'to-mail', /url-forbidden/],
    ['redirects with a password', 'to-password', /url-forbidden/],
    ['redirects a message so that it would be none', 'to-other-method', /method-would-change/],
    ['lives at a cloud’s secrets', 'at-metadata', /address-forbidden/],
    ['lives there in disguise', 'at-mapped', /address-forbidden/],
    ['lives in a private net in disguise', 'at-mapped-private', /address-forbidden/],
    ['lives where we do', 'at-loopback', /address-forbidden/],
    ['lives in a private net', 'at-private', /address-forbidden/],
    ['lives nowhere', 'at-nothing', /address-forbidden/],
  ])('%s is told that it goes no further', async (_, name, description) => {
    expect(await search(name)).toMatchObject({
      status: 'failed',
      description: expect.stringMatching(description) as string,
    });
  });

  it('says three million characters keeps what anybody reads', async () => {
    const outcome = await search('answer-words');
    expect(outcome?.requestStatus).toMatch(/^3\.0;x+…$/);
    expect(outcome?.requestStatus?.length).toBeLessThan(1_100);
  });
});

describe('a receiver whose peer’s key', () => {
  /** A message whose key is asked for at one of the hosts. */
  async function sentBy(name: string, queryMethods: readonly ('http/well-known' | 'dns/txt')[]) {
    const signingDomain = parseDomainName(`${name}.hostile.example`);
    const originator = `mailto:m@${signingDomain}`;
    const message = { fields: plainFields({ originator }), content: octetsFromText(event()) };
    const signer = createSigner({ template: ischedule, clock: systemClock }, { queryMethods });
    const signature = await signer.sign(message, { signingDomain, selector: 'own', key: stranger });
    const answered = await victim.ask(wire({ ...message, fields: [...message.fields, signature] }));
    expectProper(answered);
    return answered;
  }

  it.each([
    ['floods', 'flooding'],
    ['is said to be elsewhere', 'looping'],
    ['is said to be in a cloud’s secrets', 'to-metadata'],
    ['lives at a cloud’s secrets', 'at-metadata'],
    ['lives there in disguise', 'at-mapped'],
    ['is a page', 'key-html'],
    ['is gone', 'key-gone'],
    ['is one of 900, none any good', 'key-many'],
  ])('[DO-5.30, DO-5.31] %s fails', async (_, name) => {
    const { status, fault } = await sentBy(name, ['http/well-known']);
    expect([status, fault]).toEqual([403, 'verification-failed']);
  });

  it('[DO-5.30] is a record of 50,000 characters fails', async () => {
    const { status, fault } = await sentBy('key-long', ['dns/txt']);
    expect([status, fault]).toEqual([403, 'verification-failed']);
  });

  it.each([
    ['drips', 'dripping'],
    ['server says nothing', 'silent'],
    ['server goes away', 'leaving'],
    ['server is broken', 'key-broken'],
  ])('[IS-4.28, DO-5.33] %s could not be asked', async (_, name) => {
    const { status, fault, fields } = await sentBy(name, ['http/well-known']);
    expect([status, fault]).toEqual([503, undefined]);
    expect(fields.get('retry-after')).toMatch(/^\d+$/);
  });

  it.each(['servfail', 'refused', 'garbage', 'silent'] as const)(
    '[IS-4.28, DO-5.32] name server is %s could not be asked',
    async (behaviour) => {
      const name = `dns-${behaviour}`;
      victim.world.dns.behave(`own._domainkey.${name}.hostile.example`, behaviour);
      const { status, fault, fields } = await sentBy(name, ['dns/txt']);
      expect([status, fault]).toEqual([503, undefined]);
      expect(fields.get('retry-after')).toMatch(/^\d+$/);
    },
  );
});

it('fifty peers whose header has dripped since the first test have kept nobody waiting, and are let go', async () => {
  while (drippers.some(({ socket }) => !socket.destroyed)) {
    await victim.expectWell();
    await delay(200);
  }
  for (const peer of drippers) {
    expect(peer.answers().map(({ status }) => status)).toEqual([408]);
    peer.answers().forEach(expectProper);
  }
}, 30_000);

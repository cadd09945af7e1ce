import {
  FetchError,
  type FetchFailure,
  type FetchLimits,
  type FetchRequest,
  type FetchResponse,
} from '@isched/runtime';
import { createScriptedRandom, createZoneDns } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import {
  type HttpWellKnownOptions,
  httpWellKnownKeySource,
  keyDocument,
  keyDocumentPath,
  parseKeyDocument,
} from '../../src/keys/http-well-known.ts';

const query = { signingDomain: parseDomainName('example.com'), selector: 'cal' };
const srvName = '_domainkey_lookup._tcp.example.com';
const target = (host: string, port = 8443, priority = 0): string =>
  `${srvName}. 120 IN SRV ${priority} 0 ${port} ${host === '.' ? host : `${host}.`}\n`;

type Answer = Partial<Omit<FetchResponse, 'content'>> & { readonly content?: string };

interface World {
  /** Lines of a zone file. */
  readonly srv?: readonly string[] | 'failing';
  /** By host. */
  readonly servers?: Readonly<Record<string, Answer | FetchFailure>>;
  readonly options?: HttpWellKnownOptions;
}

function lookup({ srv = [target('keys.example.net')], servers = {}, options }: World) {
  const requests: { readonly request: FetchRequest; readonly limits: FetchLimits }[] = [];
  const fetch = async (request: FetchRequest, limits: FetchLimits = {}): Promise<FetchResponse> => {
    requests.push({ request, limits });
    const answer = servers[new URL(request.url).hostname];
    if (answer === undefined) throw new Error(`unexpected ${request.url}`);
    if (typeof answer === 'string') throw new FetchError(answer, 'as scripted');
    return {
      status: answer.status ?? 200,
      fields: answer.fields ?? [{ name: 'Content-Type', value: 'text/plain' }],
      content: Buffer.from(answer.content ?? 'v=DKIM1; p=AAAA', 'latin1'),
    };
  };
  const dns = createZoneDns(srv === 'failing' ? '' : srv.join(''));
  if (srv === 'failing') dns.fail(srvName);
  const random = createScriptedRandom({ fractions: [0, 0, 0, 0] });
  const source = httpWellKnownKeySource({ dns, fetch, random }, options);
  return { answer: source.lookup(query), requests, dns };
}

const statusOf = async (world: World): Promise<string> => (await lookup(world).answer).status;

describe('httpWellKnownKeySource', () => {
  it('[DO-5.4, DO-5.5, DO-5.6] asks the server that SRV names, over https, whatever its port (T23, T40)', async () => {
    const { answer, requests, dns } = lookup({
      srv: [target('keys.example.net', 80)],
      servers: { 'keys.example.net': {} },
    });
    expect(await answer).toEqual({ status: 'found', records: ['v=DKIM1; p=AAAA'], ttlSeconds: 3_600 });
    expect(dns.questions).toEqual([`srv ${srvName}`]);
    expect(requests.map(({ request }) => request)).toEqual([
      {
        method: 'GET',
        url: 'https://keys.example.net:80/.well-known/domainkey/example.com/cal',
        fields: [{ name: 'Accept', value: 'text/plain' }],
        certificateNames: [
          { type: 'dns', name: 'keys.example.net' },
          { type: 'dns', name: 'example.com' },
          { type: 'srv', service: '_domainkey_lookup', name: 'example.com' },
        ],
      },
    ]);
  });

  it('[DO-5.11] limits the document in size and time', async () => {
    const { answer, requests } = lookup({ servers: { 'keys.example.net': {} }, options: { timeoutMs: 10 } });
    await answer;
    expect(requests[0]?.limits).toMatchObject({ maxContentOctets: 16_384, timeoutMs: 10 });
  });

  it.each([
    ['CRLF', 'a=1; p=\r\nb=2; p=\r\n'],
    ['LF', 'a=1; p=\nb=2; p=\n'],
    ['nothing', 'a=1; p=\r\nb=2; p='],
    ['empty lines', '\r\n\r\na=1; p=\r\n\r\nb=2; p=\r\n\n'],
  ])('[DO-5.9, Q30] reads one record a line, ended by %s', async (_what, content) => {
    const answer = await lookup({ servers: { 'keys.example.net': { content } } }).answer;
    expect(answer).toMatchObject({ records: ['a=1; p=', 'b=2; p='] });
  });

  it.each([
    ['text/plain', 'found'],
    ['Text/Plain; charset=utf-8', 'found'],
    ['text/plain;charset="us-ascii"', 'found'],
    ['text/html', 'absent'],
    ['text/plainer', 'absent'],
    ['application/octet-stream', 'absent'],
  ])('[DO-5.8, Q30] with Content-Type %s: %s', async (value, status) => {
    expect(await statusOf({ servers: { 'keys.example.net': { fields: [{ name: 'content-type', value }] } } })).toBe(
      status,
    );
  });

  it('[DO-5.8] takes no document without a Content-Type', async () => {
    expect(await statusOf({ servers: { 'keys.example.net': { fields: [] } } })).toBe('absent');
  });

  it.each([
    [201, 'absent'],
    [204, 'absent'],
    [301, 'absent'],
    [302, 'absent'],
    [307, 'absent'],
    [400, 'absent'],
    [401, 'absent'],
    [403, 'absent'],
    [404, 'absent'],
    [410, 'absent'],
    [408, 'unavailable'],
    [425, 'unavailable'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
  ])('[DO-5.7, DO-5.12, DO-5.31, DO-5.32] status %i: %s', async (status, expected) => {
    expect(await statusOf({ servers: { 'keys.example.net': { status } } })).toBe(expected);
  });

  it('[DO-5.12] follows no redirect', async () => {
    const location = { name: 'Location', value: 'https://elsewhere.example/' };
    const { answer, requests } = lookup({ servers: { 'keys.example.net': { status: 301, fields: [location] } } });
    await answer;
    expect(requests).toHaveLength(1);
  });

  it.each<readonly [FetchFailure, string]>([
    ['timeout', 'unavailable'],
    ['connect-failed', 'unavailable'],
    ['certificate-invalid', 'unavailable'],
    ['certificate-name-mismatch', 'unavailable'],
    ['dns-unavailable', 'unavailable'],
    ['response-malformed', 'unavailable'],
    ['response-too-long', 'absent'],
    ['address-forbidden', 'absent'],
    ['no-address', 'absent'],
    ['url-forbidden', 'absent'],
  ])('[DO-5.6, DO-5.11, DO-5.32] failure %s: %s', async (failure, expected) => {
    expect(await statusOf({ servers: { 'keys.example.net': failure } })).toBe(expected);
  });

  it('[DO-5.13] finds no key without SRV, or with the target "."', async () => {
    for (const srv of [[], [target('.', 0)]]) {
      const { answer, requests } = lookup({ srv });
      expect(await answer).toMatchObject({ status: 'absent' });
      expect(requests).toEqual([]);
    }
  });

  it('[DO-5.14] asks the domain itself only where a setting says so, and never against "." (T40)', async () => {
    const options = { withoutSrv: 'ask-domain' } as const;
    const guessed = lookup({ srv: [], servers: { 'example.com': {} }, options });
    expect(await guessed.answer).toMatchObject({ status: 'found' });
    expect(guessed.requests[0]?.request.url).toBe('https://example.com:443/.well-known/domainkey/example.com/cal');
    expect(await statusOf({ srv: [target('.', 0)], options })).toBe('absent');
  });

  it('[DO-5.32] can not tell where the name system does not answer', async () => {
    expect(await statusOf({ srv: 'failing' })).toBe('unavailable');
  });

  it('[DO-5.4] goes on to the next target only where one could not be asked, in order of priority', async () => {
    const srv = [target('b.example.net', 443, 20), target('a.example.net', 443, 10)];
    const failover = lookup({ srv, servers: { 'a.example.net': 'connect-failed', 'b.example.net': {} } });
    expect(await failover.answer).toMatchObject({ status: 'found' });
    expect(failover.requests.map(({ request }) => new URL(request.url).hostname)).toEqual([
      'a.example.net',
      'b.example.net',
    ]);
    expect(await statusOf({ srv, servers: { 'a.example.net': { status: 404 } } })).toBe('absent');
    expect(
      await statusOf({ srv, servers: { 'a.example.net': { status: 503 }, 'b.example.net': { status: 404 } } }),
    ).toBe('absent');
    expect(await statusOf({ srv, servers: { 'a.example.net': 'timeout', 'b.example.net': 'address-forbidden' } })).toBe(
      'unavailable',
    );
    expect(await statusOf({ srv, servers: { 'a.example.net': 'address-forbidden', 'b.example.net': {} } })).toBe(
      'found',
    );
  });

  it('asks three targets at most', async () => {
    const hosts = ['a', 'b', 'c', 'd'].map((label) => `${label}.example.net`);
    const servers = Object.fromEntries(hosts.map((host): [string, FetchFailure] => [host, 'timeout']));
    const { answer, requests } = lookup({ srv: hosts.map((host, at) => target(host, 443, at)), servers });
    expect((await answer).status).toBe('unavailable');
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['max-age=60', 60],
    ['public, Max-Age=60', 60],
    ['max-age="60"', 60],
    ['no-store', 0],
    ['no-cache, max-age=60', 0],
    ['private', 3_600],
    ['max-age=x', 3_600],
  ])('[DO-5.34] keeps a document by Cache-Control: %s', async (value, ttlSeconds) => {
    const fields = [
      { name: 'Content-Type', value: 'text/plain' },
      { name: 'Cache-Control', value },
    ];
    expect(await lookup({ servers: { 'keys.example.net': { fields } } }).answer).toMatchObject({ ttlSeconds });
  });

  it('[DO-5.34] counts the age of a document', async () => {
    const fields = [
      { name: 'Content-Type', value: 'text/plain' },
      { name: 'Cache-Control', value: 'max-age=60' },
    ];
    const aged = (age: string) =>
      lookup({ servers: { 'keys.example.net': { fields: [...fields, { name: 'Age', value: age }] } } }).answer;
    expect(await aged('45')).toMatchObject({ ttlSeconds: 15 });
    expect(await aged('100')).toMatchObject({ ttlSeconds: 0 });
  });

  it("throws its caller's reason, and errors that are not the peer's", async () => {
    const dns = createZoneDns(target('keys.example.net'));
    const random = createScriptedRandom({ fractions: [0] });
    const broken = httpWellKnownKeySource({ dns, fetch: () => Promise.reject(new Error('broken')), random });
    await expect(broken.lookup(query)).rejects.toThrow('broken');
  });
});

describe('keyDocumentPath', () => {
  it.each(['../x', '..', 'a/b', 'a?b', 'a%2fb', ''])('[DO-5.10] refuses the selector %j', (selector) => {
    expect(() => keyDocumentPath({ ...query, selector })).toThrow(TypeError);
  });
});

describe('keyDocument', () => {
  it('[DO-5.9] writes one record a line, each with CRLF', () => {
    expect(keyDocument(['a=1', 'b=2'])).toBe('a=1\r\nb=2\r\n');
    expect(parseKeyDocument(keyDocument(['a=1', 'b=2']))).toEqual(['a=1', 'b=2']);
    expect(() => keyDocument(['a\nb'])).toThrow(TypeError);
  });
});

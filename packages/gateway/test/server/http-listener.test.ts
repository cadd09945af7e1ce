import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { createCertificateAuthority, type IssuedCertificate, issueCertificate } from '@isched/lab';
import type { HttpRequest, HttpResponse } from '@isched/runtime';
import { type Abortable, octetsFromText } from '@isched/values';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpListenerOptions, ListenerEvent, ListenerTrouble } from '../../src/server/http/listener.ts';
import { HttpListener } from '../../src/server/http-listener.ts';

const crlf = '\r\n';
const host = '127.0.0.1';
const statusOf: Record<ListenerTrouble, number> = {
  'bad-request': 400,
  'request-timeout': 408,
  'fields-too-large': 431,
  failed: 500,
};

function textResponse(status: number, text: string, name = 'Content-Type', value = 'text/plain'): HttpResponse {
  return { status, fields: [{ name, value }], content: octetsFromText(text) };
}

/** Answers with what it saw. */
async function echo(request: HttpRequest, options: Abortable): Promise<HttpResponse> {
  const content = request.method === 'POST' ? await request.readContent(100, options) : new Uint8Array();
  const seen = {
    method: request.method,
    target: request.target,
    fields: request.fields.map((field) => [field.name, field.value]),
    from: request.remoteAddress,
    content: Buffer.from(content).toString('latin1'),
  };
  return textResponse(200, JSON.stringify(seen));
}

type Handle = (request: HttpRequest, options: Abortable) => Promise<HttpResponse>;

let stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  stops = [];
});

async function listen(handle: Handle, options: Partial<HttpListenerOptions> = {}) {
  const events: ListenerEvent[] = [];
  const listener = new HttpListener(
    {
      handle,
      refuse: (trouble, description) =>
        textResponse(statusOf[trouble], `<error>${description}</error>`, 'iSchedule-Version', '1.0'),
      observe: (event) => events.push(event),
    },
    { host, port: 0, ...options, limits: { lingerMs: 200, ...options.limits } },
  );
  const { port } = await listener.start();
  stops.push(() => listener.stop({ deadlineMs: 0 }));
  return { listener, port, events };
}

/** A raw peer: sends octets, keeps what comes back. */
function dial(port: number, socket: Socket = connect({ port, host })) {
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  stops.push(async () => socket.destroy());
  return {
    socket,
    closed,
    received: () => received,
    send: (text: string) => socket.write(Buffer.from(text, 'latin1')),
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(received)) await delay(2);
      return received;
    },
  };
}

const get = (target: string, ...lines: readonly string[]) =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...lines, '', ''].join(crlf);
const post = (content: string, ...lines: readonly string[]) =>
  [`POST / HTTP/1.1`, 'Host: a', ...lines, '', content].join(crlf);
const lastJson = (received: string) => {
  const content = received.slice(received.lastIndexOf(crlf + crlf) + 4);
  return JSON.parse(Buffer.from(content, 'latin1').toString('utf8')) as Record<string, unknown>;
};
const statuses = (received: string) => [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

describe('what a request is made of', () => {
  it('[Q13, Q16] hands fields on as they came: order, case, repeats, Latin-1', async () => {
    const { port } = await listen(echo);
    const peer = dial(port);
    peer.send(get('/x?action=capabilities', 'recipient: b', 'X-A: \xe9\xff', 'Recipient: c , d', 'Connection: close'));
    expect(lastJson(await peer.closed)).toMatchObject({
      method: 'GET',
      target: '/x?action=capabilities',
      from: '127.0.0.1',
      fields: [
        ['Host', 'a'],
        ['recipient', 'b'],
        ['X-A', '\u00e9\u00ff'],
        ['Recipient', 'c , d'],
        ['Connection', 'close'],
      ],
    });
  });

  it('[Q2] hands on absolute-form targets and the asterisk', async () => {
    const { port } = await listen(echo);
    const peer = dial(port);
    peer.send(get('https://a.example/.well-known/ischedule?x=1'));
    peer.send(['OPTIONS * HTTP/1.1', 'Host: a', 'Connection: close', '', ''].join(crlf));
    const received = await peer.closed;
    expect(received).toContain('"target":"https://a.example/.well-known/ischedule?x=1"');
    expect(lastJson(received)).toMatchObject({ method: 'OPTIONS', target: '*' });
  });

  it('takes ten thousand fields', async () => {
    const { port } = await listen(async (request) => textResponse(200, `${request.fields.length}`));
    const peer = dial(port);
    const many = Array.from({ length: 10_000 }, (_, index) => `Recipient: mailto:u${index}@example.org`);
    peer.send(get('/', ...many, 'Connection: close'));
    expect(await peer.closed).toMatch(/\r\n\r\n10002$/);
  });

  it('[Q23] takes chunked content', async () => {
    const { port } = await listen(echo);
    const peer = dial(port);
    peer.send(post('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n', 'Transfer-Encoding: chunked', 'Connection: close'));
    expect(lastJson(await peer.closed)).toMatchObject({ content: 'hello world' });
  });

  it('answers HEAD without content', async () => {
    const { port } = await listen(async () => textResponse(200, ''));
    const peer = dial(port);
    peer.send(['HEAD / HTTP/1.1', 'Host: a', 'Connection: close', '', ''].join(crlf));
    const received = await peer.closed;
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).not.toMatch(/Content-Length|Transfer-Encoding/i);
    expect(received).toMatch(/\r\n\r\n$/);
  });
});

describe('content', () => {
  it('[Q21] sends 100 Continue only when the content is asked for', async () => {
    const asked = Promise.withResolvers<void>();
    const { port } = await listen(async (request, options) => {
      await asked.promise;
      return echo(request, options);
    });
    const peer = dial(port);
    peer.send(post('', 'Content-Length: 5', 'Expect: 100-continue', 'Connection: close'));
    await delay(30);
    expect(peer.received()).toBe('');
    asked.resolve();
    await peer.until(/100 Continue\r\n\r\n$/);
    peer.send('hello');
    expect(lastJson(await peer.closed)).toMatchObject({ content: 'hello' });
  });

  it('answers without 100 Continue where the header was enough, and closes', async () => {
    const { port } = await listen(async () => textResponse(403, 'no'));
    const peer = dial(port);
    peer.send(post('', 'Content-Length: 5', 'Expect: 100-continue'));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([403]);
    expect(received).toMatch(/Connection: close/);
  });

  const limited: Handle = async (request, options) => {
    try {
      return await echo(request, options);
    } catch (error) {
      return textResponse(413, (error as { code: string }).code);
    }
  };

  it('refuses content that is announced as too long, before a single octet of it', async () => {
    const { port } = await listen(limited);
    const peer = dial(port);
    peer.send(post('', 'Content-Length: 101', 'Expect: 100-continue'));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([413]);
    expect(received).toMatch(/content-too-long$/);
  });

  it('cuts content off while it arrives, lets the peer read why, and closes', async () => {
    const { port } = await listen(limited);
    const peer = dial(port);
    peer.send(post('', 'Transfer-Encoding: chunked'));
    const flood = setInterval(() => peer.send(`400\r\n${'x'.repeat(1024)}\r\n`), 1);
    const received = await peer.closed;
    clearInterval(flood);
    expect(statuses(received)).toEqual([413]);
    expect(received).toMatch(/content-too-long$/);
  });

  it('tells who waits for content that the peer went away', async () => {
    const failed = Promise.withResolvers<unknown>();
    const reading = Promise.withResolvers<void>();
    const { port } = await listen(async (request, options) => {
      const content = request.readContent(100, options);
      reading.resolve();
      await content.catch(failed.resolve);
      return textResponse(200, '');
    });
    const peer = dial(port);
    peer.send(post('hel', 'Content-Length: 5'));
    await reading.promise;
    peer.socket.destroy();
    expect(await failed.promise).toMatchObject({
      code: expect.stringMatching(/content-incomplete|listener-stopped/) as string,
    });
  });

  it('answers content that is broken off by bad framing', async () => {
    const { port } = await listen(limited);
    const peer = dial(port);
    peer.send(post('5\r\nhello\r\nZZ\r\n', 'Transfer-Encoding: chunked'));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([413]);
    expect(received).toMatch(/content-incomplete$/);
  });
});

describe('hostile peers', () => {
  it.each([
    ['garbage', 'not http at all\r\n\r\n', 400],
    ['a TLS hello on a plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no Host', `GET / HTTP/1.1${crlf}${crlf}`, 400],
    ['two Hosts', get('/', 'Host: b'), 400],
    ['a blank in a field name', get('/', 'X Y: z'), 400],
    ['CONNECT', `CONNECT a:443 HTTP/1.1${crlf}Host: a${crlf}${crlf}`, 400],
    [
      'Content-Length beside Transfer-Encoding',
      post('0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      400,
    ],
    ['two lengths', post('hello', 'Content-Length: 5', 'Content-Length: 6'), 400],
    ['a length with a sign', post('hello', 'Content-Length: +5'), 400],
    ['[Q26] a folded field', get('/', 'DKIM-Signature: v=1;', '\td=x'), 400],
    ['a megabyte of one field', get('/', `X-A: ${'x'.repeat(1_048_576)}`), 431],
    ['a megabyte of target', get(`/${'x'.repeat(1_048_576)}`), 431],
  ])('refuses %s, with our fields and a document', async (_, octets, status) => {
    const { port, events } = await listen(echo);
    const peer = dial(port);
    peer.send(octets);
    const received = await peer.closed;
    expect(statuses(received)).toEqual([status]);
    expect(received).toMatch(/\r\niSchedule-Version: 1\.0\r\n/);
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
    expect(received).toMatch(/<error>.*<\/error>$/);
    expect(events.some((event) => event.type === 'refused')).toBe(true);
  });

  it('does not take transfer codings for granted that it can not take off', async () => {
    const { port } = await listen(echo);
    const peer = dial(port);
    peer.send(post('3\r\nabc\r\n0\r\n\r\n', 'Transfer-Encoding: gzip, chunked'));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([400]);
    expect(received).toMatch(/iSchedule-Version/);
  });

  it('reads on no longer where content comes octet by octet', async () => {
    const { port } = await listen(async (request, options) => {
      try {
        return textResponse(200, `${(await request.readContent(100_000, options)).length} octets`);
      } catch (error) {
        return textResponse(400, (error as { code: string }).code);
      }
    });
    const line = `BEGIN:VEVENT${crlf}`;
    const fair = dial(port);
    fair.send(post(`${`e\r\n${line}${crlf}`.repeat(5_000)}0\r\n\r\n`, 'Transfer-Encoding: chunked'));
    expect(await fair.until(/octets|incomplete/)).toMatch(/70000 octets$/);
    const peer = dial(port);
    peer.send(post('1\r\nx\r\n'.repeat(50_000), 'Transfer-Encoding: chunked'));
    expect(await peer.closed).toMatch(/^HTTP\/1\.1 400 .*content-incomplete$/s);
  });

  it('passes over an expectation it does not know', async () => {
    const { port } = await listen(echo);
    const peer = dial(port);
    peer.send(get('/', 'Expect: the-spanish-inquisition', 'Connection: close'));
    expect(statuses(await peer.closed)).toEqual([200]);
  });

  it('holds no more content at once than it may, and takes more when that is answered', async () => {
    const { port } = await listen(
      async (request, options) => {
        try {
          return textResponse(200, `${(await request.readContent(1000, options)).length} octets`);
        } catch (error) {
          return textResponse(503, (error as { code: string }).code);
        }
      },
      { limits: { maxContentOctetsAtOnce: 1000 } },
    );
    const slow = dial(port);
    slow.send(post('x'.repeat(700), 'Content-Length: 900'));
    let answer = '';
    while (!answer.startsWith('HTTP/1.1 503')) {
      const other = dial(port); // answered as ever until the slow one's content has come
      other.send(post('x'.repeat(400), 'Content-Length: 400'));
      answer = await other.until(/octets|unavailable/);
    }
    expect(answer).toMatch(/temporarily-unavailable$/);
    slow.send('x'.repeat(200));
    await slow.until(/900 octets/);
    const third = dial(port);
    third.send(post('x'.repeat(900), 'Content-Length: 900'));
    await third.until(/900 octets/);
  });

  it('counts the header limit as set', async () => {
    const { port } = await listen(echo, { limits: { maxHeaderOctets: 524_288 } });
    const small = dial(port);
    small.send(get('/', `X-A: ${'x'.repeat(500_000)}`, 'Connection: close'));
    expect(statuses(await small.closed)).toEqual([200]);
    const large = dial(port);
    large.send(get('/', `X-A: ${'x'.repeat(530_000)}`));
    expect(statuses(await large.closed)).toEqual([431]);
  });

  it.each([
    ['says nothing', ''],
    ['never ends its header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: '],
  ])('lets go of a peer that %s', async (_, octets) => {
    const { port } = await listen(echo, { limits: { headersTimeoutMs: 200 } });
    const peer = dial(port);
    peer.send(octets);
    const drip = octets && setInterval(() => peer.send('x'), 10);
    const received = await peer.closed;
    if (drip) clearInterval(drip);
    expect(statuses(received)).toEqual([408]);
    expect(received).toMatch(/iSchedule-Version/);
  });

  it('lets go of a peer whose content never ends', async () => {
    const handled = Promise.withResolvers<unknown>();
    const { port } = await listen(
      async (request, options) => {
        await request.readContent(1_000_000, options).catch(handled.resolve);
        return textResponse(400, 'broken');
      },
      { limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } },
    );
    const peer = dial(port);
    peer.send(post('', 'Transfer-Encoding: chunked'));
    const drip = setInterval(() => peer.send('1\r\nx\r\n'), 10);
    const received = await peer.closed;
    clearInterval(drip);
    expect(statuses(received)).toEqual([400]);
    expect(await handled.promise).toMatchObject({ code: 'content-incomplete' });
  });

  it('answers pipelined requests in order, and the broken one after them', async () => {
    const { port } = await listen(async (request) => {
      await delay(request.target === '/1' ? 30 : 1);
      return textResponse(200, `answer to ${request.target};`);
    });
    const peer = dial(port);
    peer.send(`${get('/1')}${get('/2')}${get('/3')}nonsense\r\n\r\n`);
    const received = await peer.closed;
    expect(statuses(received)).toEqual([200, 200, 200, 400]);
    expect([...received.matchAll(/answer to \/(\d)/g)].map((match) => match[1])).toEqual(['1', '2', '3']);
  });

  it('does not answer a thousand pipelined requests at once', async () => {
    let underWay = 0;
    let most = 0;
    const { port } = await listen(async (request) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await delay(1);
      underWay -= 1;
      return textResponse(200, `;${request.target}`);
    });
    const peer = dial(port);
    const padding = `X-A: ${'x'.repeat(4000)}`;
    for (let index = 0; index < 1000; index++) peer.send(get(`/${index}`, padding));
    await peer.until(/;\/999$/);
    expect(statuses(peer.received())).toHaveLength(1000);
    expect(most).toBeLessThanOrEqual(16);
  });

  it('holds no more connections than it may', async () => {
    const { port, events } = await listen(echo, { limits: { maxConnections: 2 } });
    const peers = [dial(port), dial(port)];
    const third = dial(port);
    expect(await third.closed).toBe('');
    peers[1]?.send(get('/', 'Connection: close'));
    expect(statuses((await peers[1]?.closed) ?? '')).toEqual([200]);
    expect(events).toContainEqual({ type: 'too-many-connections' });
  });

  it('answers 500 where the handler fails, and tells why to nobody outside', async () => {
    const { port, events } = await listen(async () => {
      throw new Error('secret');
    });
    const peer = dial(port);
    peer.send(get('/'));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([500]);
    expect(received).not.toContain('secret');
    expect(events).toContainEqual({
      type: 'handler-failed',
      cause: expect.objectContaining({ message: 'secret' }) as unknown,
    });
  });
});

describe('the lenient listener', () => {
  const lenient = { allow: ['127.0.0.1', '10.0.0.0/8'] };

  it('[Q26] takes a folded field, its tab kept', async () => {
    const { port } = await listen(echo, { lenient });
    const peer = dial(port);
    peer.send(get('/', 'DKIM-Signature: v=1;', '\td=x;', '\ts=y', 'Connection: close'));
    expect(lastJson(await peer.closed)['fields']).toContainEqual(['DKIM-Signature', 'v=1;\td=x;\ts=y']);
  });

  it.each([
    ['Content-Length beside Transfer-Encoding', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['another transfer coding', ['Transfer-Encoding: gzip, chunked']],
    ['two transfer codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ])('refuses %s itself', async (_, lines) => {
    const { port } = await listen(echo, { lenient });
    const peer = dial(port);
    peer.send(post('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n', ...lines));
    const received = await peer.closed;
    expect(statuses(received)).toEqual([400]);
    expect(received).toMatch(/iSchedule-Version/);
  });

  it('cuts off everybody who is not listed', async () => {
    const { port, events } = await listen(echo, { lenient: { allow: ['10.0.0.0/8', '2001:db8::/32'] } });
    const peer = dial(port);
    peer.send(get('/'));
    expect(await peer.closed).toBe('');
    expect(events).toContainEqual({ type: 'not-allowed', remoteAddress: '127.0.0.1' });
  });
});

const ca = await createCertificateAuthority();

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'isched-tls-'));
  const files = { certificateFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const issue = (name: string) => issueCertificate({ ca, dnsNames: [name] });
  const install = ({ certificatePem, keyPem }: IssuedCertificate) => {
    writeFileSync(`${files.keyFile}.new`, keyPem);
    writeFileSync(`${files.certificateFile}.new`, certificatePem);
    renameSync(`${files.keyFile}.new`, files.keyFile);
    renameSync(`${files.certificateFile}.new`, files.certificateFile);
  };
  const shake = (port: number, servername: string) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = tlsConnect({ port, host, servername, ca: ca.certificatePem, ALPNProtocols: ['http/1.1'] }, () =>
        resolve(socket),
      );
      socket.on('error', reject);
      stops.push(async () => socket.destroy());
    });

  it('serves HTTP/1.1 over TLS', async () => {
    install(await issue('one.example'));
    const { port } = await listen(echo, { certificate: files });
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const options = {
        host,
        port,
        servername: 'one.example',
        ca: ca.certificatePem,
        method: 'POST',
        agent: false as const,
      };
      httpsRequest(options, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end('hello');
    });
    expect(answer).toBe(200);
    expect((await shake(port, 'one.example')).alpnProtocol).toBe('http/1.1');
  });

  it('shows a new certificate without a restart, and keeps connections that are open', async () => {
    install(await issue('one.example'));
    const { port, events } = await listen(echo, { certificate: files, limits: { certificateWatchMs: 20 } });
    const old = dial(port, await shake(port, 'one.example'));
    install(await issue('two.example'));
    while (!events.some((event) => event.type === 'certificate-loaded')) await delay(5);
    expect((await shake(port, 'two.example')).authorized).toBe(true);
    await expect(shake(port, 'one.example')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    old.send(get('/', 'Connection: close'));
    expect(statuses(await old.closed)).toEqual([200]);
  });

  it('keeps the old certificate where the new one cannot be used', async () => {
    install(await issue('one.example'));
    const { listener, port, events } = await listen(echo, { certificate: files });
    const { keyPem } = await issue('three.example');
    install({ ...(await issue('two.example')), keyPem });
    await listener.reloadCertificate();
    expect(events.map((event) => event.type)).toEqual(['certificate-unusable']);
    expect((await shake(port, 'one.example')).authorized).toBe(true);
  });

  it('does not begin with a certificate that cannot be used', async () => {
    const listener = new HttpListener(
      { handle: echo, refuse: () => textResponse(400, '') },
      { host, port: 0, certificate: { ...files, keyFile: join(folder, 'missing') } },
    );
    await expect(listener.start()).rejects.toMatchObject({ code: 'certificate-unusable' });
    rmSync(folder, { recursive: true });
  });
});

describe('stopping', () => {
  it('answers what is under way, closes what is idle, and takes nothing new', async () => {
    const proceed = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { listener, port } = await listen(async ({ target }) => {
      if (target === '/used') return textResponse(200, 'used');
      arrived.resolve();
      await proceed.promise;
      return textResponse(200, 'done');
    });
    const [busy, idle, used] = [dial(port), dial(port), dial(port)];
    used.send(get('/used'));
    await used.until(/used$/);
    busy.send(get('/busy'));
    await arrived.promise;
    const stopped = listener.stop({ deadlineMs: 60_000 });
    expect(await idle.closed).toBe('');
    expect(statuses(await used.closed)).toEqual([200]);
    await expect(
      new Promise((resolve, reject) => connect({ port, host }, () => resolve('connected')).on('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    proceed.resolve();
    const received = await busy.closed;
    expect(statuses(received)).toEqual([200]);
    expect(received).toMatch(/Connection: close/);
    expect(await stopped).toBe(0);
  });

  it('cuts off at the deadline, and tells the handler', async () => {
    const arrived = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const { listener, port } = await listen(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          arrived.resolve();
          signal?.addEventListener('abort', () => {
            aborted.resolve(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    );
    const peer = dial(port);
    peer.send(get('/'));
    await arrived.promise;
    expect(await listener.stop({ deadlineMs: 20 })).toBe(1);
    expect(await aborted.promise).toMatchObject({ code: 'listener-stopped' });
    await peer.closed;
  });

  it('tells the handler that the peer went away', async () => {
    const arrived = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<unknown>();
    const { port } = await listen(async (_, { signal }) => {
      signal?.addEventListener('abort', () => aborted.resolve(signal.reason));
      arrived.resolve();
      await aborted.promise;
      return textResponse(200, '');
    });
    const peer = dial(port);
    peer.send(get('/'));
    await arrived.promise;
    peer.socket.destroy();
    expect(await aborted.promise).toMatchObject({ code: 'listener-stopped' });
  });

  it('begins only where the address is free', async () => {
    const { port } = await listen(echo);
    const second = new HttpListener({ handle: echo, refuse: () => textResponse(400, '') }, { host, port });
    await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createGuardedFetch, type FetchRequest, systemClock } from '@isched/runtime';
import { createZoneDns } from '@isched/testkit';
import { octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { authority, httpsPeer, labFetch, listening, loopbackDns, type Peer, rawPeer } from './support/peers.ts';

const get = (peer: Peer, path = '/'): FetchRequest => ({
  method: 'GET',
  url: `https://peer.example:${peer.port}${path}`,
  fields: [],
});
const code = (failure: string): object => ({ name: 'FetchError', code: failure });

describe('an exchange', () => {
  it('sends fields in order and apart, and the content as it is', async () => {
    const start: string[] = [];
    const content: Buffer[] = [];
    await using peer = await httpsPeer(async (request, response) => {
      start.push(`${request.method} ${request.url}`, ...request.rawHeaders);
      for await (const chunk of request) content.push(chunk as Buffer);
      response.end();
    });
    await using fetch = labFetch();
    await fetch({
      method: 'POST',
      url: `https://peer.example:${peer.port}/ischedule?x=1#part`,
      fields: [
        { name: 'Recipient', value: 'mailto:b@example.org' },
        { name: 'X-Octet', value: 'caf\u00e9' },
        { name: 'recipient', value: 'mailto:c@example.org' },
      ],
      content: Uint8Array.of(0, 255, 13, 10),
    });
    const expected = `POST /ischedule?x=1
      host|peer.example:${peer.port}|connection|keep-alive
      Recipient|mailto:b@example.org|X-Octet|caf\u00e9|recipient|mailto:c@example.org
      Accept-Encoding|identity|content-length|4`;
    expect(start).toEqual(expected.split(/\n *|\|/));
    expect(Buffer.concat(content)).toEqual(Buffer.from([0, 255, 13, 10]));
  });

  it('gives fields in order and apart, names as they came', async () => {
    await using peer = await rawPeer((socket) =>
      socket.end('HTTP/1.1 207 Odd\r\nX-B: 1\r\nx-a: caf\xe9\r\nX-B: 2\r\nContent-Length: 2\r\n\r\nhi', 'latin1'),
    );
    await using fetch = labFetch();
    expect(await fetch(get(peer))).toEqual({
      status: 207,
      fields: [
        { name: 'X-B', value: '1' },
        { name: 'x-a', value: 'caf\u00e9' },
        { name: 'X-B', value: '2' },
        { name: 'Content-Length', value: '2' },
      ],
      content: Buffer.from('hi'),
    });
  });

  it('uses a connection again', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'));
    await using fetch = labFetch();
    await fetch(get(peer));
    // undici lets one round of the event loop pass before it trusts a connection again.
    await systemClock.sleep(20);
    await fetch(get(peer, '/again'));
    expect(peer.connections()).toBe(1);
  });

  it('opens no more connections to a host than allowed', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'));
    await using fetch = labFetch({ maxConnectionsPerHost: 2 });
    await Promise.all(Array.from({ length: 10 }, (_, index) => fetch(get(peer, `/${index}`))));
    expect(peer.connections()).toBeLessThanOrEqual(2);
  });

  it('lets go of the host used least when there are too many', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'), {
      dnsNames: ['*.peer.example'],
    });
    await using fetch = labFetch(
      { maxHosts: 2 },
      loopbackDns('a.peer.example. A 127.0.0.1\nb.peer.example. A 127.0.0.1\nc.peer.example. A 127.0.0.1'),
    );
    for (const label of ['a', 'b', 'a', 'c', 'a', 'b']) {
      await fetch({ method: 'GET', url: `https://${label}.peer.example:${peer.port}/`, fields: [] });
    }
    expect(peer.connections()).toBe(4);
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'Accept-Encoding', 'Expect', 'bad name', ''])(
    'does not take the field %j from its caller',
    async (name) => {
      await using fetch = labFetch();
      await expect(
        fetch({ method: 'GET', url: 'https://peer.example/', fields: [{ name, value: 'x' }] }),
      ).rejects.toThrow(TypeError);
    },
  );

  it.each(['a\r\nX: y', 'a\ny', 'a\u0000', '\u20ac'])('does not take the value %j from its caller', async (value) => {
    await using fetch = labFetch();
    const request: FetchRequest = { method: 'GET', url: 'https://peer.example/', fields: [{ name: 'X', value }] };
    await expect(fetch(request)).rejects.toThrow(TypeError);
  });
});

describe('URLs', () => {
  it.each([
    'http://peer.example/',
    'ftp://peer.example/',
    'file:///etc/passwd',
    'peer.example',
    'https://user@peer.example/',
    'https://user:secret@peer.example/',
    'https://:secret@peer.example/',
    'https://peer.example:0/',
    'https://peer.example:25/',
    'https://peer.example:22/',
    'https://peer.example:65536/',
    'https://peer..example/',
    'https://-/',
    `https://peer.example/${'a'.repeat(10_000)}`,
  ])('[IS-1.30, IS-7.1, Q6] does not ask %s', async (url) => {
    const dns = loopbackDns();
    await using fetch = labFetch({}, dns);
    await expect(fetch({ method: 'GET', url, fields: [] })).rejects.toMatchObject(code('url-forbidden'));
    expect(dns.questions).toEqual([]);
  });

  it("takes a name's final dot for nothing", async () => {
    const hosts: unknown[] = [];
    await using peer = await httpsPeer((request, response) => {
      hosts.push(request.headers.host);
      response.end('ok');
    });
    await using fetch = labFetch();
    await fetch({ method: 'GET', url: `https://peer.example.:${peer.port}/`, fields: [] });
    expect(hosts).toEqual([`peer.example:${peer.port}`]);
  });

  it('takes U-labels for the A-labels they stand for', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'), {
      dnsNames: ['xn--bcher-kva.example'],
    });
    await using fetch = labFetch({}, loopbackDns('xn--bcher-kva.example. A 127.0.0.1'));
    const request: FetchRequest = { method: 'GET', url: `https://Bücher.example:${peer.port}/`, fields: [] };
    expect((await fetch(request)).status).toBe(200);
  });
});

describe('addresses', () => {
  it('[IS-1.26] connects to no address that is not public, and says so', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'));
    await using fetch = labFetch({ allowAddresses: [] });
    await expect(fetch(get(peer))).rejects.toMatchObject(code('address-forbidden'));
    expect(peer.connections()).toBe(0);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['[::1]', '[::1]'],
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['017700000001', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['169.254.169.254', '169.254.169.254'],
    ['[fd00:ec2::254]', '[fd00:ec2::254]'],
    ['[64:ff9b::7f00:1]', '[64:ff9b::7f00:1]'],
  ])('[IS-1.26] sees that https://%s/ is no public address', async (host) => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'));
    await using fetch = labFetch({ allowAddresses: [] });
    const request: FetchRequest = { method: 'GET', url: `https://${host}:${peer.port}/`, fields: [] };
    await expect(fetch(request)).rejects.toMatchObject(code('address-forbidden'));
    expect(peer.connections()).toBe(0);
  });

  it.each(['10.0.0.1', '100.64.0.1', '169.254.169.254', '192.168.0.1', '::ffff:10.0.0.1', 'fe80::1', 'fd00::1'])(
    '[IS-1.26] does not connect where a name stands for %s',
    async (address) => {
      const type = address.includes(':') ? 'AAAA' : 'A';
      const dns = createZoneDns(`$TTL 60\nin.example. ${type} ${address}\n`);
      await using fetch = createGuardedFetch({ dns });
      const request: FetchRequest = { method: 'GET', url: 'https://in.example/', fields: [] };
      await expect(fetch(request)).rejects.toMatchObject(code('address-forbidden'));
    },
  );

  it('connects to the allowed one of several addresses', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end('ok'), {
      dnsNames: ['mixed.example'],
    });
    await using fetch = labFetch(
      {},
      loopbackDns('mixed.example. A 10.0.0.1\nmixed.example. A 127.0.0.1\nmixed.example. AAAA fe80::1'),
    );
    const request: FetchRequest = { method: 'GET', url: `https://mixed.example:${peer.port}/`, fields: [] };
    expect((await fetch(request)).status).toBe(200);
  });

  it('[IS-1.26] is not deceived by a name that points elsewhere the second time', async () => {
    await using peer = await httpsPeer((_request, response) => {
      response.setHeader('Connection', 'close');
      response.end('ok');
    });
    const dns = loopbackDns();
    await using fetch = labFetch({}, dns);
    const lookups = (): number => dns.questions.length;
    expect((await fetch(get(peer))).status).toBe(200);
    expect(lookups()).toBe(1);
    dns.setZone('.', '$TTL 60\npeer.example. A 169.254.169.254\n');
    await expect(fetch(get(peer))).rejects.toMatchObject(code('address-forbidden'));
    expect(lookups()).toBe(2);
  });

  it('[IS-1.26] checks the target of a redirect like any other', async () => {
    await using peer = await httpsPeer((_request, response) => {
      response.writeHead(302, { Location: 'https://169.254.169.254/latest/meta-data/' });
      response.end();
    });
    await using fetch = labFetch();
    const answer = await fetch(get(peer));
    expect(answer.status).toBe(302);
    const location = answer.fields.find(({ name }) => name === 'Location')?.value ?? '';
    await expect(fetch({ method: 'GET', url: location, fields: [] })).rejects.toMatchObject(code('address-forbidden'));
  });

  it('tells "has no address" from "could not be looked up"', async () => {
    const dns = loopbackDns('text.example. TXT "no address"');
    dns.fail('down.example');
    await using fetch = labFetch({}, dns);
    const ask = (host: string): Promise<unknown> => fetch({ method: 'GET', url: `https://${host}/`, fields: [] });
    await expect(ask('text.example')).rejects.toMatchObject(code('no-address'));
    await expect(ask('nobody.example')).rejects.toMatchObject(code('no-address'));
    await expect(ask('localhost')).rejects.toMatchObject(code('no-address'));
    await expect(ask('down.example')).rejects.toMatchObject(code('dns-unavailable'));
  });

  it('could not connect where nobody listens', async () => {
    const gone = await httpsPeer(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using fetch = labFetch();
    await expect(fetch(get(gone))).rejects.toMatchObject(code('connect-failed'));
  });
});

describe('limits', () => {
  it('refuses an answer that says it is too long, without reading it', async () => {
    await using peer = await rawPeer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n'));
    await using fetch = labFetch({ maxContentOctets: 1_000 });
    await expect(fetch(get(peer))).rejects.toMatchObject(code('response-too-long'));
  });

  it('cuts off an answer that does not say how long it is', async () => {
    const hungUp = Promise.withResolvers<number>();
    await using peer = await httpsPeer((_request, response) => {
      let sent = 0;
      const send = (): void => {
        while (response.write(Buffer.alloc(16_384))) sent += 16_384;
        sent += 16_384;
      };
      response.on('drain', send);
      response.on('close', () => hungUp.resolve(sent));
      send();
    });
    await using fetch = labFetch();
    const limits = { maxContentOctets: 100_000 };
    await expect(fetch(get(peer), limits)).rejects.toMatchObject(code('response-too-long'));
    // Some megabytes may be on their way in the system's buffers.
    expect(await hungUp.promise).toBeLessThan(50_000_000);
  });

  it('takes an answer of exactly the limit', async () => {
    await using peer = await httpsPeer((_request, response) => void response.end(Buffer.alloc(1_000)));
    await using fetch = labFetch();
    expect((await fetch(get(peer), { maxContentOctets: 1_000 })).content).toHaveLength(1_000);
    await expect(fetch(get(peer), { maxContentOctets: 999 })).rejects.toMatchObject(code('response-too-long'));
  });

  it.each<[string, string]>([
    ['one long field', `X: ${'a'.repeat(200_000)}\r\n`],
    ['many fields', 'X: a\r\n'.repeat(40_000)],
  ])('refuses a header with %s', async (_what, header) => {
    await using peer = await rawPeer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${header}Content-Length: 0\r\n\r\n`));
    await using fetch = labFetch();
    await expect(fetch(get(peer))).rejects.toMatchObject(code('response-too-long'));
  });

  it('gives up on an answer that drips', async () => {
    await using peer = await rawPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    await using fetch = labFetch();
    await expect(fetch(get(peer), { timeoutMs: 200 })).rejects.toMatchObject(code('timeout'));
  });

  it('gives up on a header that drips', async () => {
    await using peer = await rawPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    await using fetch = labFetch();
    await expect(fetch(get(peer), { timeoutMs: 200 })).rejects.toMatchObject(code('timeout'));
  });

  it('gives up on a peer that says nothing, and on a TLS handshake without end', async () => {
    await using silent = await rawPeer(() => undefined);
    await using deaf = await deafPeer();
    await using fetch = labFetch({ timeoutMs: 200 });
    await expect(fetch(get(silent))).rejects.toMatchObject(code('timeout'));
    await expect(fetch(get(deaf))).rejects.toMatchObject(code('timeout'));
  });

  it('gives up on interim answers without end', async () => {
    await using peer = await rawPeer((socket) => {
      const send = (): void => void socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(100));
      socket.on('drain', send);
      send();
    });
    await using fetch = labFetch();
    await expect(fetch(get(peer))).rejects.toMatchObject(code('response-malformed'));
  });

  it('reads past a few interim answers', async () => {
    await using peer = await rawPeer((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n');
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    await using fetch = labFetch();
    expect((await fetch(get(peer))).status).toBe(200);
  });

  it('stops with the reason of a caller who leaves', async () => {
    await using peer = await rawPeer(() => undefined);
    await using fetch = labFetch();
    const caller = new AbortController();
    const asked = fetch(get(peer), { signal: caller.signal });
    await systemClock.sleep(50);
    caller.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    await expect(fetch(get(peer), { signal: caller.signal })).rejects.toThrow('left');
  });
});

describe('answers that are none', () => {
  it.each<[string, string]>([
    ['another protocol', '220 smtp.example ESMTP\r\n'],
    ['a status that is no number', 'HTTP/1.1 OK OK\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['length and coding', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a NUL in a field', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
  ])('refuses %s', async (_what, answer) => {
    await using peer = await rawPeer((socket) => socket.end(answer, 'latin1'));
    await using fetch = labFetch();
    await expect(fetch(get(peer))).rejects.toMatchObject(code('response-malformed'));
  });

  it.each<[string, string]>([
    ['in the header', 'HTTP/1.1 200 OK\r\nX: a'],
    ['in the content', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['before the first octet', ''],
  ])('could not ask a peer that hangs up %s', async (_where, answer) => {
    await using peer = await rawPeer((socket) => socket.end(answer));
    await using fetch = labFetch();
    await expect(fetch(get(peer))).rejects.toMatchObject(code('connect-failed'));
  });

  it('refuses coded content, which nobody asked for', async () => {
    await using peer = await httpsPeer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(10_000_000)));
    });
    await using fetch = labFetch();
    await expect(fetch(get(peer))).rejects.toMatchObject(code('response-malformed'));
  });

  it('takes content that is said to be not coded', async () => {
    await using peer = await httpsPeer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'identity' });
      response.end('plain');
    });
    await using fetch = labFetch();
    expect((await fetch(get(peer))).content).toEqual(octetsFromText('plain'));
  });
});

it('finishes what is under way when it is disposed of, and asks nothing after', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using peer = await httpsPeer(async (_request, response) => {
    asked.resolve();
    await answer.promise;
    response.end('late');
  });
  const fetch = labFetch();
  const late = fetch(get(peer));
  await asked.promise;
  const disposed = fetch[Symbol.asyncDispose]();
  answer.resolve();
  expect((await late).content).toEqual(Buffer.from('late'));
  await disposed;
  await expect(fetch(get(peer))).rejects.toMatchObject(code('connect-failed'));
});

it('is not made with an address range that is none', () => {
  expect(() => createGuardedFetch({ dns: loopbackDns() }, { allowAddresses: ['loopback'] })).toThrow(TypeError);
});

it('trusts the roots of the machine where no others are named, and so not the test’s own', async () => {
  expect(authority.certificatePem).toContain('BEGIN CERTIFICATE');
  await using peer = await httpsPeer((_request, response) => void response.end('ok'));
  await using fetch = labFetch({ ca: [] });
  await expect(fetch(get(peer))).rejects.toMatchObject(code('certificate-invalid'));
});

/** Takes connections, and never says a word of TLS. */
function deafPeer(): Promise<Peer> {
  return listening(createServer(() => undefined));
}

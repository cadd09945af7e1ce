import { createZoneDnsServer, type ZoneDnsServer } from '@isched/lab';
import { createDnsClient, type Dns, type DnsClientOptions, DnsUnavailable, parseDnsServer } from '@isched/runtime';
import { createFakeClock, createScriptedRandom, createSeededRandom, dnsContract } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';

const name = parseDomainName('example.com');
const quick = { timeoutMs: 300, attempts: 1 } as const;
const zone = '@ 60 A 192.0.2.1\n@ TXT "text"\nalias CNAME @\n';

const clientOf = (server: ZoneDnsServer, options: DnsClientOptions = {}): Dns =>
  createDnsClient({ random: createSeededRandom(5) }, { servers: [server], ...quick, ...options });

dnsContract('the client', async (zones) => {
  const server = await createZoneDnsServer(zones);
  return {
    dns: clientOf(server),
    fail: (failing) => server.behave(failing, 'servfail'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describe('createDnsClient', () => {
  it('comes back by TCP where the answer was cut', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    server.behave('example.com', 'truncated', 'TXT');
    expect((await clientOf(server).txt(name)).records).toEqual([['text']]);
    expect(server.questions.map(({ over }) => over)).toEqual(['udp', 'tcp']);
  });

  it('reads by TCP what no datagram holds', async () => {
    const strings = Array.from({ length: 200 }, (_, index) => `string ${index} ${'x'.repeat(200)}`);
    const text = `@ TXT (\n${strings.map((string) => `"${string}"`).join('\n')}\n)\n`;
    await using server = await createZoneDnsServer({ 'example.com': text });
    expect((await clientOf(server).txt(name)).records).toEqual([strings]);
  });

  it.each(['servfail', 'refused', 'silent', 'garbage'] as const)(
    '[IS-1.6] could not ask where the server is %s',
    async (how) => {
      await using server = await createZoneDnsServer({ 'example.com': zone });
      server.behave('example.com', how);
      await expect(clientOf(server).txt(name)).rejects.toThrow(DnsUnavailable);
    },
  );

  it.each(['servfail', 'refused', 'silent', 'garbage'] as const)(
    'asks the next server where one is %s',
    async (how) => {
      await using ill = await createZoneDnsServer({ 'example.com': zone });
      await using well = await createZoneDnsServer({ 'example.com': zone });
      ill.behave('example.com', how);
      const dns = clientOf(ill, { servers: [ill, well] });
      expect((await dns.txt(name)).records).toEqual([['text']]);
      expect(ill.questions).toHaveLength(1);
    },
  );

  it('asks again as often as it was told to', async () => {
    await using server = await createZoneDnsServer();
    server.behave('example.com', 'servfail');
    await expect(clientOf(server, { attempts: 3 }).txt(name)).rejects.toThrow(DnsUnavailable);
    expect(server.questions).toHaveLength(3);
  });

  it('could not ask where nobody listens', async () => {
    const gone = await createZoneDnsServer();
    await gone[Symbol.asyncDispose]();
    await expect(clientOf(gone).txt(name)).rejects.toThrow(DnsUnavailable);
  });

  it('does not believe "no" of one server after another could not say', async () => {
    await using ill = await createZoneDnsServer({ 'example.com': zone });
    ill.behave('example.com', 'servfail', 'AAAA');
    expect((await clientOf(ill).addresses(name)).records).toEqual(['192.0.2.1']);
    ill.setZone('example.com', '@ TXT "no address"');
    await expect(clientOf(ill).addresses(name)).rejects.toThrow(DnsUnavailable);
  });

  it('asks on where an answer ends in an alias', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    server.behave('alias.example.com', 'alias-only');
    expect((await clientOf(server).addresses(parseDomainName('alias.example.com'))).records).toEqual(['192.0.2.1']);
    expect(server.questions.map(({ question }) => question)).toContain('A example.com');
  });

  it('follows only so many aliases, over however many answers', async () => {
    const chain = Array.from({ length: 10 }, (_, index) => `c${index} CNAME c${index + 1}`);
    await using server = await createZoneDnsServer({ 'example.com': [...chain, 'c10 TXT "end"'].join('\n') });
    for (let index = 0; index < 10; index++) server.behave(`c${index}.example.com`, 'alias-only');
    const from = (index: number): Promise<unknown> => clientOf(server).txt(parseDomainName(`c${index}.example.com`));
    await expect(from(2)).resolves.toMatchObject({ records: [['end']] });
    await expect(from(1)).rejects.toThrow(DnsUnavailable);
  });

  it('takes no answer for none where no SRV target can be read', async () => {
    await using server = await createZoneDnsServer({ 'example.com': '@ SRV 0 0 443 192.0.2.1.\n' });
    await expect(clientOf(server).srv(name)).rejects.toThrow(DnsUnavailable);
    server.setZone('example.com', '@ SRV 0 0 443 192.0.2.1.\n@ SRV 0 0 443 a\n');
    expect((await clientOf(server).srv(name)).records).toHaveLength(1);
  });

  it('ends a look-up when its clock says so', async () => {
    await using server = await createZoneDnsServer();
    server.behave('example.com', 'silent');
    const clock = createFakeClock();
    const dns = createDnsClient(
      { random: createSeededRandom(1), clock },
      { servers: [server], timeoutMs: 5_000, attempts: 9 },
    );
    const ended = expect(dns.txt(name)).rejects.toThrow(DnsUnavailable);
    await clock.advance(10_000);
    await ended;
  });

  it('stops when its caller leaves, with the reason of the caller', async () => {
    await using server = await createZoneDnsServer();
    server.behave('example.com', 'silent');
    const caller = new AbortController();
    const asked = clientOf(server).addresses(name, { signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
  });

  it('takes its message ids from chance', async () => {
    await using server = await createZoneDnsServer({ 'example.com': zone });
    const dns = createDnsClient(
      { random: createScriptedRandom({ fractions: [0.25] }) },
      { servers: [server], ...quick },
    );
    expect((await dns.txt(name)).records).toEqual([['text']]);
    await expect(dns.txt(name)).rejects.toMatchObject({ cause: { message: 'the script has no further fraction' } });
  });

  it.each([
    { host: 'ns.example.com', port: 53 },
    { host: '192.0.2.53', port: 0 },
    { host: '192.0.2.53', port: 65_536 },
  ])('is not made for the server $host port $port', (server) => {
    expect(() => createDnsClient({ random: createSeededRandom(1) }, { servers: [server] })).toThrow(TypeError);
  });
});

describe('parseDnsServer', () => {
  it.each([
    ['192.0.2.53', '192.0.2.53', 53],
    ['192.0.2.53:5353', '192.0.2.53', 5353],
    ['2001:db8::53', '2001:db8::53', 53],
    ['[2001:db8::53]:5353', '2001:db8::53', 5353],
    ['[2001:db8::53]', '2001:db8::53', 53],
    ['fe80::1%eth0', 'fe80::1%eth0', 53],
  ])('reads %s', (text, host, port) => {
    expect(parseDnsServer(text)).toEqual({ host, port });
  });

  it.each(['', 'localhost', 'localhost:53', '192.0.2.53:', '192.0.2.53:0', '192.0.2.53:99999', '2001:db8::53:x'])(
    'refuses %j',
    (text) => {
      expect(() => parseDnsServer(text)).toThrow(TypeError);
    },
  );
});

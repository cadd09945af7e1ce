import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createDnsClient, DnsUnavailable } from '@isched/runtime';
import { createSeededRandom } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { expect, it } from 'vitest';

const name = parseDomainName('example.com');

/** A server that sends whatever the test makes of a query. */
async function serverThat(
  reply: (query: DecodedPacket, from: RemoteInfo) => readonly Uint8Array[],
): Promise<{ readonly host: string; readonly port: number; readonly queries: DecodedPacket[] } & Disposable> {
  const socket = createSocket('udp4');
  const queries: DecodedPacket[] = [];
  socket.on('message', (octets, from) => {
    const query = decode(octets);
    queries.push(query);
    for (const answer of reply(query, from)) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { host: '127.0.0.1', port: socket.address().port, queries, [Symbol.dispose]: () => socket.close() };
}

const clientOf = (server: { readonly host: string; readonly port: number }) =>
  createDnsClient({ random: createSeededRandom(3) }, { servers: [server], timeoutMs: 200, attempts: 1 });

const txt = (text: string, owner: string = name): Answer => ({
  type: 'TXT',
  class: 'IN',
  name: owner,
  ttl: 60,
  data: Buffer.from(text),
});

const answerTo = (query: DecodedPacket, change: Packet = {}): Packet => ({
  type: 'response',
  id: query.id,
  questions: query.questions ?? [],
  answers: [txt('right')],
  ...change,
});

it.each<[string, (query: DecodedPacket) => Packet]>([
  ['another id', (query) => answerTo(query, { id: ((query.id ?? 0) + 1) % 65_536, answers: [txt('forged')] })],
  [
    'another name',
    (query) => answerTo(query, { questions: [{ type: 'TXT', name: 'example.net' }], answers: [txt('forged')] }),
  ],
  ['another type', (query) => answerTo(query, { questions: [{ type: 'SRV', name }], answers: [txt('forged')] })],
  [
    'another class',
    (query) => answerTo(query, { questions: [{ type: 'TXT', name, class: 'CH' }], answers: [txt('forged')] }),
  ],
  ['no question', (query) => answerTo(query, { questions: [], answers: [txt('forged')] })],
  [
    'a second question',
    (query) =>
      answerTo(query, {
        questions: [
          { type: 'TXT', name },
          { type: 'TXT', name },
        ],
        answers: [txt('forged')],
      }),
  ],
  ['a query for an answer', (query) => answerTo(query, { type: 'query', answers: [txt('forged')] })],
])('waits on past a message with %s', async (_what, forge) => {
  using server = await serverThat((query) => [encode(forge(query)), encode(answerTo(query))]);
  expect((await clientOf(server).txt(name)).records).toEqual([['right']]);
});

it('hears nobody but the server it asked', async () => {
  const stranger = createSocket('udp4');
  using server = await serverThat((query, from) => {
    stranger.send(encode(answerTo(query, { answers: [txt('forged')] })), from.port, from.address);
    return [];
  });
  await expect(clientOf(server).txt(name)).rejects.toThrow(DnsUnavailable);
  stranger.close();
});

it('comes from a port of its own each time, with another id', async () => {
  const ports: number[] = [];
  using server = await serverThat((query, from) => {
    ports.push(from.port);
    return [encode(answerTo(query))];
  });
  const dns = clientOf(server);
  for (let asked = 0; asked < 5; asked++) await dns.txt(name);
  expect(new Set(ports).size).toBeGreaterThan(1);
  expect(new Set(server.queries.map(({ id }) => id)).size).toBe(5);
});

it('reads only records that belong to the name it asked for', async () => {
  using server = await serverThat((query) => [
    encode(
      answerTo(query, {
        answers: [txt('smuggled', 'other.example'), txt('right'), { ...txt('chaos'), class: 'CH' } as Answer],
      }),
    ),
  ]);
  expect((await clientOf(server).txt(name)).records).toEqual([['right']]);
});

it('takes the name in whatever case it comes back', async () => {
  using server = await serverThat((query) => [
    encode(
      answerTo(query, { questions: [{ type: 'TXT', name: 'EXAMPLE.com' }], answers: [txt('right', 'Example.COM')] }),
    ),
  ]);
  expect((await clientOf(server).txt(name)).records).toEqual([['right']]);
});

it('asks without EDNS where the server does not know it', async () => {
  using server = await serverThat((query) => {
    const knows = (query.additionals ?? []).length === 0;
    return [encode(knows ? answerTo(query) : { type: 'response', id: query.id, flags: 1, questions: [] })];
  });
  expect((await clientOf(server).txt(name)).records).toEqual([['right']]);
  expect(server.queries.map(({ additionals }) => additionals?.length)).toEqual([1, 0]);
});

it('does not take a referral for "none"', async () => {
  const ns: Answer = { type: 'NS', class: 'IN', name: 'com', ttl: 60, data: 'ns.example' };
  using server = await serverThat((query) => [encode(answerTo(query, { answers: [], authorities: [ns] }))]);
  await expect(clientOf(server).txt(name)).rejects.toThrow(DnsUnavailable);
});

it('takes an answer without SOA for "none", and not to be kept', async () => {
  using server = await serverThat((query) => [encode(answerTo(query, { answers: [] }))]);
  expect(await clientOf(server).txt(name)).toEqual({ records: [], ttlSeconds: 0 });
});

it("does not take another zone's SOA", async () => {
  const soa: Answer = {
    type: 'SOA',
    class: 'IN',
    name: 'example.net',
    ttl: 3_600,
    data: { mname: 'ns.example.net', rname: 'h.example.net', minimum: 3_600 },
  };
  using server = await serverThat((query) => [encode(answerTo(query, { flags: 3, answers: [], authorities: [soa] }))]);
  expect(await clientOf(server).txt(name)).toEqual({ records: [], ttlSeconds: 0 });
});

it.each<[string, number, number]>([
  ['an ordinary life', 3_600, 3_600],
  ['a life with the highest bit', 2 ** 31, 0], // RFC 2181 §8
])('reads %s', async (_what, ttl, ttlSeconds) => {
  using server = await serverThat((query) => [
    encode(answerTo(query, { answers: [{ ...txt('right'), ttl } as Answer] })),
  ]);
  expect((await clientOf(server).txt(name)).ttlSeconds).toBe(ttlSeconds);
});

it.each<[string, (query: DecodedPacket) => Buffer]>([
  ['a header alone', (query) => idOctets(query, Buffer.alloc(10, 0x80))],
  ['a name that points at itself', (query) => idOctets(query, Buffer.from('81800001000000000000c00c00100001', 'hex'))],
  ['a record that ends too early', (query) => encode(answerTo(query)).subarray(0, -3)],
  ['65,535 records that are not there', (query) => idOctets(query, Buffer.from('8180ffffffffffffffff', 'hex'))],
])('could not ask where the answer is %s', async (_what, garble) => {
  using server = await serverThat((query) => [garble(query)]);
  await expect(clientOf(server).txt(name)).rejects.toThrow(DnsUnavailable);
});

function idOctets(query: DecodedPacket, rest: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(query.id ?? 0) >> 8, (query.id ?? 0) & 0xff]), rest]);
}

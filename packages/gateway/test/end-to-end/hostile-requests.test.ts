import { bob } from '../../src/cli/commands/demo/messages.ts';
import { describe, expect, it } from 'vitest';
import {
  event,
  expectProper,
  head,
  many,
  plainFields,
  signed,
  useVictim,
  type Victim,
  wire,
} from './support/victim.ts';

let victim: Victim;
useVictim((made) => (victim = made));

const fieldsWithout = (name: string) => plainFields().filter((field) => field.name !== name);
const short = 'Content-Length: 3';
const text = 'abc';

describe('a header', () => {
  it.each([
    [
      '[IS-4.10] of 10,000 recipients in one field',
      403,
      'max-recipients',
      [
        ...fieldsWithout('Recipient'),
        { name: 'Recipient', value: many(10_000, (n) => `mailto:u${n}@beta.example`, ',') },
      ],
    ],
    [
      '[IS-4.10] of 10,000 recipients in each its own',
      403,
      'max-recipients',
      [
        ...fieldsWithout('Recipient'),
        ...Array.from({ length: 10_000 }, (_, n) => ({ name: 'Recipient', value: `mailto:u${n}@beta.example` })),
      ],
    ],
    [
      'of one recipient 10,000 times, unsigned',
      403,
      'verification-failed',
      [...fieldsWithout('Recipient'), { name: 'Recipient', value: many(10_000, () => bob, ',') }],
    ],
    [
      '[IS-4.27] with a field of a megabyte',
      431,
      undefined,
      [...plainFields(), { name: 'X', value: 'x'.repeat(1_048_576) }],
    ],
    [
      '[IS-4.27] of a megabyte in small fields',
      431,
      undefined,
      [...plainFields(), ...Array.from({ length: 16_384 }, (_, n) => ({ name: `X-${n}`, value: 'x'.repeat(54) }))],
    ],
    [
      'of 5,000 fields nobody knows, unsigned',
      403,
      'verification-failed',
      [...plainFields(), ...Array.from({ length: 5_000 }, (_, n) => ({ name: `X-${n}`, value: 'y' }))],
    ],
    [
      '[IS-4.27] of 300,000 fields of a letter',
      431,
      undefined,
      [...plainFields(), ...Array.from({ length: 300_000 }, () => ({ name: 'X', value: '' }))],
    ],
    [
      '[IS-4.7] of 5,000 originators',
      400,
      'too-many-originators',
      [...plainFields(), ...Array.from({ length: 5_000 }, () => ({ name: 'Originator', value: bob }))],
    ],
    [
      '[IS-4.3] of 400,000 versions that nobody speaks',
      400,
      'version-not-supported',
      [...fieldsWithout('iSchedule-Version'), { name: 'iSchedule-Version', value: ','.repeat(400_000) }],
    ],
    [
      '[IS-4.11] with a signature of a thousand tags',
      403,
      'verification-failed',
      [...plainFields(), { name: 'DKIM-Signature', value: `v=1; ${many(1_000, (n) => `x${n}=1`, '; ')}` }],
    ],
    [
      '[IS-4.11] with a signature that names thousands of fields',
      403,
      'verification-failed',
      [
        ...plainFields(),
        {
          name: 'DKIM-Signature',
          value: `v=1; a=rsa-sha256; c=ischedule-relaxed/simple; d=alpha.example; s=own; bh=AAAA; h=${many(5_000, (n) => `x${n}`, ':')}; b=AAAA`,
        },
      ],
    ],
    [
      '[IS-4.11] with a signature that is all blanks',
      403,
      'verification-failed',
      [...plainFields(), { name: 'DKIM-Signature', value: `v=1;${' \t'.repeat(200_000)}=` }],
    ],
  ] as const)('%s is refused', async (_, status, fault, fields) => {
    const answer = await victim.ask(Buffer.from(head(fields, short) + text, 'latin1'));
    expect([answer.status, answer.fault]).toEqual([status, fault]);
    expectProper(answer);
  });

  it.each(['Host', 'If-None-Match', 'Content-Type', 'Connection', 'Expect', 'Authorization', 'User-Agent'])(
    'with %s of half a megabyte, mostly blanks, is answered',
    async (name) => {
      for (const value of [`a${'\t '.repeat(200_000)}a`, `a${', ,'.repeat(130_000)}a`, `a${'; ="\\'.repeat(80_000)}`]) {
        const line = `${name}: ${value}`;
        const host = name === 'Host' ? [] : ['Host: a'];
        const octets = ['GET /.well-known/ischedule HTTP/1.1', ...host, line, '', ''].join('\r\n');
        expectProper(await victim.ask(Buffer.from(octets, 'latin1')));
      }
    },
  );

  it('of two thousand signed names is taken', async () => {
    const alsoSign = Array.from({ length: 1_900 }, (_, n) => `x-absent-${n}`);
    const answer = await victim.ask(wire(await signed({ text: event() }, victim.attacker, { alsoSign })));
    expect([answer.status, answer.requestStatus]).toEqual([200, '2.0;Success']);
  });
});

describe('content', () => {
  const megabyte = Buffer.alloc(1_048_576, 'x');
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), megabyte, Buffer.from('\r\n')]);

  it.each([
    ['[IS-4.5] in chunks without end', 'Transfer-Encoding: chunked', chunk],
    ['[IS-4.5] that is announced as longer than anything', 'Content-Length: 999999999999', megabyte],
  ])('%s is cut off while it arrives', async (_, framing, piece) => {
    const peer = await victim.open();
    peer.socket.write(head(plainFields(), framing));
    await peer.flood(piece, 512 * 1_048_576);
    const [answer] = peer.answers();
    expect([answer?.status, answer?.fault]).toEqual([413, 'max-content-length']);
    // One megabyte may be content. The rest is what a peer may send on before it reads the answer, and the system's buffers.
    expect(peer.socket.bytesWritten).toBeLessThan(48 * 1_048_576);
  });

  it('that comes octet by octet costs no more than other content', async () => {
    const peers = await Promise.all(Array.from({ length: 4 }, () => victim.open()));
    const octetByOctet = Buffer.from('1\r\nx\r\n'.repeat(100_000));
    for (const { socket } of peers)
      socket.write(Buffer.concat([Buffer.from(head(plainFields(), 'Transfer-Encoding: chunked')), octetByOctet]));
    for (const peer of peers) {
      const [answer] = await peer.answered(1);
      expect([answer?.status, answer?.fault]).toEqual([400, undefined]);
      peer.socket.destroy();
    }
  });

  it.each([
    ['a length beside chunks', ['Content-Length: 3', 'Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['two lengths', ['Content-Length: 3', 'Content-Length: 4'], 'abcd'],
    ['a negative length', ['Content-Length: -1'], 'abc'],
    ['a coding that is not taken off', ['Transfer-Encoding: gzip, chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk longer than numbers go', ['Transfer-Encoding: chunked'], 'FFFFFFFFFFFFFFFFFF\r\n'],
    ['a chunk extension of a megabyte', ['Transfer-Encoding: chunked'], `3;${'x'.repeat(1_048_576)}\r\nabc\r\n`],
    [
      'trailers of a megabyte',
      ['Transfer-Encoding: chunked'],
      `3\r\nabc\r\n0\r\n${`X: ${'y'.repeat(50)}\r\n`.repeat(20_000)}\r\n`,
    ],
  ])('with %s is no request', async (_, framing, content) => {
    const answer = await victim.ask(head(plainFields(), ...framing) + content);
    expect([answer.status, answer.fault]).toEqual([400, undefined]);
    expectProper(answer);
  });

  it('that is longer than announced is another request, and none', async () => {
    const peer = await victim.open();
    peer.socket.write(head(plainFields(), short) + text + 'x'.repeat(100));
    const [first, second] = await peer.answered(2);
    expect([first?.status, first?.fault]).toEqual([403, 'verification-failed']);
    expect(second?.status).toBe(400);
    peer.socket.destroy();
  });
});

describe('a connection', () => {
  it('with two hundred requests at once gets each answered, in order', async () => {
    const peer = await victim.open();
    const uids = Array.from({ length: 200 }, (_, n) => `pipelined-${n}@alpha.example`);
    const requests = await Promise.all(uids.map((uid) => signed({ text: event([], uid) }, victim.attacker)));
    requests.splice(100, 0, { fields: plainFields(), content: Buffer.from('not signed') });
    peer.socket.write(Buffer.concat(requests.map(wire)));
    const answers = await peer.answered(201);
    expect(answers.map(({ status }) => status)).toEqual(requests.map((_, n) => (n === 100 ? 403 : 200)));
    peer.socket.destroy();
  });

  it('that is no HTTP is told so', async () => {
    for (const octets of [
      Buffer.alloc(64, 0x80),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    ]) {
      const answer = await victim.ask(octets);
      expect(answer.status).toBe(400);
      expectProper(answer);
    }
  });
});

import type { Socket } from 'node:net';
import { createCertificateAuthority, issueCertificate, type IssuedCertificate } from '@isched/lab';
import { systemClock } from '@isched/runtime';
import { describe, expect, it } from 'vitest';
import { dueIn, expectBetween, second, usual, waits } from './support/due.ts';
import type { ConnectionHabit } from './support/front.ts';
import { repetitions } from './support/rounds.ts';
import { openStreet, type Street } from './support/street.ts';
import { type FaultName, tallyOf } from './support/tally.ts';

const day = 86_400_000;
const inDays = (days: number): Date => new Date(systemClock.now() + days * day); // TLS goes by the machine's clock

describe('a receiver whose certificate', () => {
  it.for<{
    readonly what: string;
    readonly fault: FaultName;
    readonly made: (street: Street) => Promise<IssuedCertificate>;
  }>([
    {
      what: 'has expired',
      fault: 'certificate expired',
      made: ({ beta }) => beta.certificate({ notBefore: inDays(-30), notAfter: inDays(-1) }),
    },
    {
      what: 'is not yet valid',
      fault: 'certificate expired',
      made: ({ beta }) => beta.certificate({ notBefore: inDays(1), notAfter: inDays(30) }),
    },
    {
      what: 'is for somebody else',
      fault: 'certificate wrong',
      made: ({ beta }) => beta.certificate({ dnsNames: ['ischedule.alpha.example'] }),
    },
    { what: 'is for nobody', fault: 'certificate wrong', made: ({ beta }) => beta.certificate({ dnsNames: [] }) },
    {
      what: 'has its name only where nobody should look',
      fault: 'certificate wrong',
      made: ({ beta }) => beta.certificate({ dnsNames: [], commonName: beta.host }),
    },
    {
      what: 'was issued by a stranger',
      fault: 'certificate wrong',
      made: async ({ beta }) =>
        issueCertificate({ ca: await createCertificateAuthority({ name: 'a stranger' }), dnsNames: [beta.host] }),
    },
  ])('$what gets no message until it has a better one', async ({ fault, made }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const { front } = street.beta;
    const good = await street.beta.certificate();
    for (let time = 0; time < repetitions(5); time++) {
      front.present(await made(street));
      const posts = front.posts;
      const invitation = await street.invite();
      await street.quiet();
      tally.injected(fault);
      expect(front.posts).toBe(posts);
      expectBetween(await dueIn(street, invitation), usual);
      front.present(good);
      await street.drain();
      front.cut();
    }
    await street.close(tally);
  });
});

const cuts: ConnectionHabit = (socket) => void socket.destroy();
const resets: ConnectionHabit = (socket) => void socket.resetAndDestroy();
const cutsAfterHello: ConnectionHabit = (socket) => void socket.once('data', () => socket.destroy());
const answersPlainly: ConnectionHabit = (socket) =>
  void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'));
const speaksNonsense: ConnectionHabit = (socket) => void socket.once('data', () => socket.end(Buffer.alloc(200, 0x16)));

describe('a connection that', () => {
  it.for<{ readonly what: string; readonly habit: ConnectionHabit }>([
    { what: 'is closed at once', habit: cuts },
    { what: 'is reset at once', habit: resets },
    { what: 'is closed in mid-handshake', habit: cutsAfterHello },
    { what: 'is answered without TLS', habit: answersPlainly },
    { what: 'is answered with nonsense', habit: speaksNonsense },
  ])('$what is tried again in a minute', async ({ habit }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const { front } = street.beta;
    for (let time = 0; time < repetitions(5); time++) {
      front.cut();
      front.connecting((socket, accept) => {
        tally.injected('TLS fails');
        habit(socket, accept);
      });
      const invitation = await street.invite();
      await street.quiet();
      expectBetween(await dueIn(street, invitation), usual);
      front.connecting();
      await street.drain();
    }
    await street.close(tally);
  });

  it('is held without a word in the handshake is waited for in vain, and let go', async ({ task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    const held: Socket[] = [];
    street.beta.front.connecting((socket) => {
      tally.injected('TLS fails');
      held.push(socket.resume());
    });
    const invitation = await street.invite();
    await street.until(() => held.length > 0);
    await street.pass(31 * second, () => waits(street, invitation));
    expectBetween(await dueIn(street, invitation), [usual[0] - second, usual[1]]);
    street.beta.front.connecting();
    await expect.poll(() => held.every((socket) => socket.destroyed), { timeout: 20_000 }).toBe(true);
    await street.close(tally);
  });
});

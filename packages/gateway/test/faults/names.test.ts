import type { DnsBehaviour } from '@isched/lab';
import { describe, expect, it } from 'vitest';
import { dueIn, expectBetween, hour, minute, second, usual, waits } from './support/due.ts';
import { repetitions } from './support/rounds.ts';
import { openStreet, type Street } from './support/street.ts';
import { type FaultName, tallyOf } from './support/tally.ts';

const service = '_ischedules._tcp.beta.example';
const host = 'ischedule.beta.example';
const key = 'own._domainkey.alpha.example';

interface Broken {
  readonly fault: FaultName;
  readonly name: string;
  readonly behaviour: DnsBehaviour;
  /** When it is tried again. */
  readonly due: readonly [number, number];
}

const asked = ({ lab }: Street, name: string): number =>
  lab.dns.questions.filter(({ question }) => question.endsWith(` ${name}`)).length;

describe('a name server that', () => {
  it.for<Broken>([
    { fault: 'DNS says SERVFAIL', name: service, behaviour: 'servfail', due: usual },
    { fault: 'DNS says SERVFAIL', name: host, behaviour: 'servfail', due: usual },
    { fault: 'DNS says SERVFAIL', name: key, behaviour: 'servfail', due: usual }, // the receiver says 503, 60 s
    { fault: 'DNS says SERVFAIL', name: service, behaviour: 'refused', due: usual },
    { fault: 'DNS answers wrong', name: service, behaviour: 'garbage', due: usual },
    { fault: 'DNS answers wrong', name: key, behaviour: 'garbage', due: usual },
  ])('says $behaviour about $name is asked again in a minute', async ({ fault, name, behaviour, due }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    for (let time = 0; time < repetitions(3); time++) {
      street.beta.front.cut(); // who has a connection asks for no address
      const before = asked(street, name);
      street.lab.dns.behave(name, behaviour);
      const invitation = await street.invite();
      await street.quiet();
      tally.injected(fault, asked(street, name) - before);
      expectBetween(await dueIn(street, invitation), due);
      street.lab.dns.behave(name, undefined);
      await street.drain();
      await street.clock.advance(hour); // what was kept is forgotten
    }
    await street.close(tally);
  });

  it.for<Broken>([
    { fault: 'DNS times out', name: service, behaviour: 'silent', due: usual },
    { fault: 'DNS times out', name: host, behaviour: 'silent', due: usual },
    { fault: 'DNS times out', name: key, behaviour: 'silent', due: usual },
    { fault: 'DNS answers wrong', name: service, behaviour: 'other-id', due: usual },
    { fault: 'DNS answers wrong', name: service, behaviour: 'other-question', due: usual },
    { fault: 'DNS answers wrong', name: key, behaviour: 'other-question', due: usual },
  ])(
    'is $behaviour about $name is waited for in vain, and not for long',
    async ({ fault, name, behaviour }, { task }) => {
      const tally = tallyOf(task);
      await using street = await openStreet();
      for (let time = 0; time < repetitions(3); time++) {
        street.beta.front.cut();
        const before = asked(street, name);
        street.lab.dns.behave(name, behaviour);
        const invitation = await street.invite();
        await street.until(() => asked(street, name) > before);
        await street.pass(30 * second, () => waits(street, invitation));
        tally.injected(fault, asked(street, name) - before);
        expectBetween(await dueIn(street, invitation), [usual[0] - second, usual[1]]);
        street.lab.dns.behave(name, undefined);
        await street.drain();
        await street.clock.advance(hour);
      }
      await street.close(tally);
    },
  );

  it.for<{ readonly what: string; readonly records: (street: Street) => readonly string[] }>([
    {
      what: 'to a port where nobody listens',
      records: () => ['_ischedules._tcp SRV 0 0 1 ischedule', 'ischedule A 127.0.0.1'],
    },
    {
      what: 'to a host without an address',
      records: ({ beta }) => [`_ischedules._tcp SRV 0 0 ${beta.front.port} nowhere`],
    },
    {
      what: 'to an address where nobody is',
      records: ({ beta }) => [`_ischedules._tcp SRV 0 0 ${beta.front.port} ischedule`, 'ischedule A 127.9.9.9'],
    },
    {
      what: 'to somebody else’s receiver',
      records: ({ alpha }) => [`_ischedules._tcp SRV 0 0 ${alpha.front.port} ischedule`, 'ischedule A 127.0.0.1'],
    },
  ])('sends us $what has the message wait until it says better', async ({ records }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.beta.publish(records(street));
    const invitation = await street.invite();
    await street.quiet();
    tally.injected('DNS answers wrong');
    expectBetween(await dueIn(street, invitation), usual);
    street.beta.publish();
    await street.clock.advance(5 * minute); // the life of what it said
    await street.close(tally);
  });

  it.for<{ readonly what: string; readonly records: readonly string[]; readonly ended: object }>([
    { what: 'that there is no such service', records: [], ended: { state: 'dead', reason: 'sent-not-offered' } },
    {
      what: 'that the service is not offered',
      records: ['_ischedules._tcp SRV 0 0 0 .'],
      ended: { state: 'dead', reason: 'sent-not-offered' },
    },
    {
      what: 'that it is at an address inside a house',
      records: ['_ischedules._tcp SRV 0 0 443 ischedule', 'ischedule A 10.0.0.1'],
      ended: { state: 'refused', reason: 'sent-failed' },
    },
  ])('says $what is believed, and the outcome says so', async ({ records, ended }, { task }) => {
    const tally = tallyOf(task);
    await using street = await openStreet();
    street.beta.publish(records);
    const first = await street.invite();
    await street.quiet();
    tally.injected('DNS answers wrong');
    expect(await street.alpha.queue(first.uid)).toMatchObject([ended, ended]);
    street.beta.publish();
    await street.clock.advance(hour);
    const second = await street.invite();
    await street.quiet();
    expect(await street.alpha.queue(second.uid)).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
    await street.close(tally, { alsoEnded: ['dead', 'refused'] });
  });
});

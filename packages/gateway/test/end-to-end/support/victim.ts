import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import {
  createSigner,
  type Field,
  generateKeyPair,
  keyRecordText,
  type SignedMessage,
  type SigningIdentity,
  type SignOptions,
  zoneFileText,
} from '@isched/doseta';
import { formatUtc } from '@isched/icalendar';
import { ischedule } from '@isched/ischedule';
import { type Clock, systemClock, systemRandom } from '@isched/runtime';
import { epochMs, octetsFromText, parseDomainName } from '@isched/values';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { alice, bob } from '../../../src/cli/commands/demo/messages.ts';
import { createWorld, type Party, type World } from '../../../src/cli/commands/demo/world.ts';
import { type RawAnswer, type RawPeer, rawPeer } from './raw-peer.ts';

/** One organisation that runs as a process of its own, and somebody who wants it ill: a domain with a key and nothing else. */
export interface Victim extends AsyncDisposable {
  readonly world: World;
  readonly party: Party;
  /** alpha.example's, whose user Alice is. */
  readonly attacker: SigningIdentity;
  open(): Promise<RawPeer>;
  /** Sends octets on a connection of their own and waits for the one answer. */
  ask(octets: Uint8Array | string): Promise<RawAnswer>;
  /** Sends an invitation as anybody would, and sees that it is stored: the process lives, and in time. */
  expectWell(): Promise<void>;
  /** Resident memory of the process. MiB; 0 where the system does not say. */
  memory(): number;
}

/** Starts the organisation of beta.example with its user Bob. */
export async function createVictim(): Promise<Victim> {
  const world = await createWorld();
  const party = await world.start('beta.example', { address: bob, name: 'Bob', timeZone: 'UTC' });
  const attacker = await addSigner(world, 'alpha.example');
  const { organisation, process } = party;
  const ca = readFileSync(organisation.files.authority);
  const open = async (): Promise<RawPeer> => {
    const socket = connect({ host: organisation.address, port: organisation.port, ca, servername: organisation.host });
    const peer = rawPeer(socket);
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return peer;
  };
  const ask = async (octets: Uint8Array | string): Promise<RawAnswer> => {
    const peer = await open();
    peer.socket.write(octets);
    const [answer] = await peer.answered(1);
    peer.socket.destroy();
    return answer as RawAnswer;
  };
  return {
    world,
    party,
    attacker,
    open,
    ask,
    async expectWell() {
      const answer = await ask(wire(await signed({ text: event() }, attacker)));
      expect([answer.status, answer.requestStatus]).toEqual([200, '2.0;Success']);
    },
    memory: () => residentMemory(process.pid),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** One victim for all tests of a file, which is to be well after each, and not to have grown. */
export function useVictim(enter: (victim: Victim) => void): void {
  let victim: Victim;
  let memoryBefore = 0;
  beforeAll(async () => {
    victim = await createVictim();
    await victim.expectWell();
    memoryBefore = victim.memory();
    enter(victim);
  }, 60_000);
  afterAll(() => victim[Symbol.asyncDispose]());
  afterEach(async () => {
    await victim.expectWell();
    expect(victim.memory()).toBeLessThan(memoryBefore * 3 + 100);
  });
}

/** A domain that publishes a key in the name system, and has nothing else. */
export async function addSigner(world: World, domain: string, moreZone = ''): Promise<SigningIdentity> {
  const key = await generateKeyPair('rsa-sha256');
  const query = { signingDomain: parseDomainName(domain), selector: 'own' };
  const record = zoneFileText(query, keyRecordText(key, ischedule.keyService));
  world.dns.setZone(domain, `$TTL 300\n@ SOA ns hostmaster 1 1h 10m 1d 60\n${record}\n${moreZone}\n`);
  return { ...query, key };
}

function residentMemory(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // no /proc here
  }
}

/** A request before it is signed; what is left out is as it should be. */
export interface Draft {
  readonly originator?: string;
  readonly recipient?: string;
  readonly contentType?: string;
  readonly text: string | Uint8Array;
}

const invitationType = 'text/calendar; component=VEVENT; method=REQUEST; charset=utf-8';

/** The fields of a request that nothing is wrong with, unsigned. @throws nothing. */
export function plainFields({
  originator = alice,
  recipient = bob,
  contentType = invitationType,
}: Omit<Draft, 'text'> = {}) {
  return [
    { name: 'iSchedule-Version', value: '1.0' },
    { name: 'iSchedule-Message-ID', value: systemRandom.token() },
    { name: 'Originator', value: originator },
    { name: 'Recipient', value: recipient },
    { name: 'Content-Type', value: contentType },
  ] satisfies readonly Field[];
}

/** Signs a request. @param shiftMs - the signer's clock against ours. @throws TypeError when the key is not fit. */
export async function signed(
  draft: Draft,
  identity: SigningIdentity,
  { shiftMs = 0, ...options }: SignOptions & { readonly shiftMs?: number } = {},
): Promise<SignedMessage> {
  const content = typeof draft.text === 'string' ? octetsFromText(draft.text) : draft.text;
  const message = { fields: plainFields(draft), content };
  const clock: Clock = { ...systemClock, now: () => epochMs(systemClock.now() + shiftMs) };
  const signature = await createSigner({ template: ischedule, clock }).sign(message, identity, options);
  return { ...message, fields: [...message.fields, signature] };
}

/** The head of a POST. @param framing - the last lines of it. @throws nothing. */
export function head(fields: readonly Field[], ...framing: readonly string[]): string {
  const lines = ['POST /.well-known/ischedule HTTP/1.1', 'Host: ischedule.beta.example'];
  return [...lines, ...fields.map(({ name, value }) => `${name}: ${value}`), ...framing, '', ''].join('\r\n');
}

/** A request as octets, framed as it should be. @throws nothing. */
export function wire({ fields, content }: SignedMessage): Uint8Array {
  return Buffer.concat([Buffer.from(head(fields, `Content-Length: ${content.length}`), 'latin1'), content]);
}

/** An invitation of Alice's to Bob, with further lines in its event. @throws nothing. */
export function event(lines: readonly string[] = [], uid: string = systemRandom.token()): string {
  return calendar([
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTAMP:${formatUtc(systemClock.now())}`,
    'DTSTART:20300101T100000Z',
    'DTEND:20300101T110000Z',
    `ORGANIZER:${alice}`,
    `ATTENDEE;RSVP=TRUE:${bob}`,
    ...lines,
    'END:VEVENT',
  ]);
}

/** A REQUEST of these lines. @throws nothing. */
export function calendar(lines: readonly string[]): string {
  const text = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//EN',
    'METHOD:REQUEST',
    ...lines,
    'END:VCALENDAR',
    '',
  ];
  return text.join('\r\n');
}

/** So many texts, joined. @throws nothing. */
export function many(count: number, of: (index: number) => string, separator = ''): string {
  return Array.from({ length: count }, (_, index) => of(index)).join(separator);
}

/** What every answer has: version, serial, and in a refusal a document. */
export function expectProper(answer: RawAnswer): void {
  expect(answer.fields.get('ischedule-version')).toBe('1.0');
  expect(answer.fields.get('ischedule-capabilities')).toMatch(/^[1-9]\d*$/);
  if (answer.status < 400) return;
  expect(answer.fields.get('content-type')).toBe('application/xml; charset=utf-8');
  expect(answer.content).toMatch(
    /^<\?xml version="1\.0" encoding="utf-8"\?>\n<error xmlns="urn:ietf:params:xml:ns:ischedule">(<[a-z-]+\/>)?<response-description>[^<]+<\/response-description><\/error>\n$/,
  );
}

import type { FakeClock } from '@isched/testkit';
import { parseDomainName } from '@isched/values';
import type { Verifier, VerifierOptions } from '../../src/index.ts';
import { createVerifier, type ServiceTemplate } from '../../src/index.ts';
import { contentSimple } from '../../src/canonicalization/content-simple.ts';
import { headerIscheduleRelaxed } from '../../src/canonicalization/header-ischedule-relaxed.ts';
import { keyData, rsaKey } from './keys.ts';
import { messageOf } from './messages.ts';
import { type Pair, type ReferenceOptions, referenceSign } from './reference-signer.ts';
import { clockAt, found, type ScriptedKeys, scriptedKeys } from './world.ts';

/**
 * A service like iSchedule's, for the tests of the library: that of iSchedule itself belongs to the package that speaks it,
 * and is tested there.
 */
export const requestService: ServiceTemplate = {
  name: 'test requests',
  signatureField: 'DKIM-Signature',
  headerCanonicalizations: [headerIscheduleRelaxed],
  contentCanonicalizations: [contentSimple],
  defaultCanonicalization: 'simple/simple',
  fields: {
    must: ['content-type', 'originator', 'recipient'],
    mustIfPresent: ['authorization'],
    should: ['user-agent'],
    never: ['host', 'via', 'connection', 'x-forwarded-*'],
    neverIfNamedIn: ['connection'],
  },
  repeatedNames: 'refuse',
  signatures: 'exactly-one',
  partialContent: 'refuse',
  algorithms: ['rsa-sha256', 'ed25519-sha256'],
  keyService: 'ischedule',
  testingKeys: 'refuse',
  queryMethods: ['dns/txt', 'http/well-known', 'private-exchange'],
  listedQueryMethods: ['dns/txt', 'http/well-known'],
  times: { maxFutureSeconds: 300, minLifetimeSeconds: 60 },
};

export const now = 1_795_358_000;

export const fields: readonly Pair[] = [
  ['Host', 'cal.example.org'],
  ['User-Agent', 'test (a, b)'],
  ['Originator', 'mailto:a@example.com'],
  ['Recipient', 'mailto:b@example.org'],
  ['Recipient', 'mailto:c@example.org, mailto:d@example.org'],
  ['Content-Type', 'text/calendar; component=VEVENT; method=REQUEST'],
];

export const content = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';

export const signedNames: readonly string[] = ['Content-Type', 'Originator', 'Recipient', 'User-Agent'];

/** The tags of a signature before `h=`; undefined leaves one out. */
export function tagsWith(tags: Readonly<Record<string, string | undefined>> = {}): string {
  const all = {
    v: '1',
    a: 'rsa-sha256',
    c: 'ischedule-relaxed/simple',
    d: 'example.com',
    s: 'sel',
    q: 'dns/txt',
    t: String(now),
    x: String(now + 3_600),
    ...tags,
  };
  return Object.entries(all)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join('; ');
}

export interface SignedRequest {
  readonly fields?: readonly Pair[];
  readonly content?: string;
  readonly tags?: Readonly<Record<string, string | undefined>>;
  readonly signedNames?: readonly string[];
  readonly reference?: Partial<ReferenceOptions>;
}

/** A request that the reference signed: fields with the signature at their end. */
export function signedRequest(request: SignedRequest = {}): {
  readonly fields: readonly Pair[];
  readonly content: string;
} {
  const base = request.fields ?? fields;
  const body = request.content ?? content;
  const signature = referenceSign(base, {
    key: rsaKey().privateKey,
    tags: tagsWith(request.tags),
    signedNames: request.signedNames ?? signedNames,
    content: body,
    ...request.reference,
  });
  return { fields: [...base, signature], content: body };
}

export function signedMessage(request: SignedRequest = {}) {
  const signed = signedRequest(request);
  return messageOf(signed.fields, signed.content);
}

export function recordOf(extra = ''): string {
  return `v=DKIM1; ${extra}p=${keyData(rsaKey().publicKey)}`;
}

export interface TestVerifier {
  readonly verifier: Verifier;
  readonly dns: ScriptedKeys;
  readonly clock: FakeClock;
}

/** A verifier whose one key source has the reference signer's key. */
export function testVerifier(options: VerifierOptions = {}, template: ServiceTemplate = requestService): TestVerifier {
  const dns = scriptedKeys('dns/txt', found(recordOf()));
  const clock = clockAt(now + 10);
  return { dns, clock, verifier: createVerifier({ template, keySources: [dns], clock }, options) };
}

export const exampleCom = parseDomainName('example.com');

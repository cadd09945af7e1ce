import { readdirSync, readFileSync } from 'node:fs';
import {
  aligned,
  createVerifier,
  dnsTxtKeySource,
  type FailReason,
  httpWellKnownKeySource,
  privateExchangeKeySource,
  type VerificationPolicy,
} from '@isched/doseta';
import { ischedule } from '../packages/ischedule/src/service.ts';
import { FetchError, type FetchFailure, type GuardedFetch } from '@isched/runtime';
import { createFakeClock, createSeededRandom, createZoneDns } from '@isched/testkit';
import { octetsFromText, parseDomainName } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { splitMessage } from './support/raw-request.ts';

interface Vector {
  readonly name: string;
  readonly requirements: readonly string[];
  readonly zone: readonly string[];
  readonly unavailable?: readonly string[];
  readonly documents?: Readonly<Record<string, KeyDocument>>;
  readonly privateKeys?: readonly { readonly domain: string; readonly selector: string; readonly record: string }[];
  readonly settings?: Settings;
  readonly request: string;
  readonly expected: {
    readonly status: 'pass' | 'fail' | 'tempfail';
    readonly reason?: keyof typeof reasons;
    readonly alignment?: 'aligned' | 'not-aligned' | 'unavailable';
  };
}

type KeyDocument =
  | { readonly status: number; readonly contentType: string; readonly content: string }
  | { readonly error: FetchFailure };

interface Settings {
  readonly repeatedNames?: 'hash-once';
  readonly signatureWhiteSpace?: true;
  readonly publicSuffixes?: 'allow';
  readonly testingKeys?: 'authenticate';
  readonly guessKeyServer?: true;
  readonly vouchedFor?: Readonly<Record<string, readonly string[]>>;
}

/** What each class of the vectors is called here. */
const reasons = {
  'no-signature': ['signature-missing'],
  'several-signatures': ['signatures-several', 'signature-malformed'],
  'tag-list': [
    'signature-malformed',
    'signature-version-unsupported',
    'signature-tag-missing',
    'signature-tag-malformed',
  ],
  algorithm: ['algorithm-unsupported'],
  canonicalization: ['canonicalization-unsupported', 'signature-tag-malformed'],
  domain: ['signing-domain-unsuitable', 'signature-tag-malformed'],
  identity: ['identity-outside-domain', 'key-for-domain-only'],
  fields: ['field-name-repeated', 'field-forbidden', 'field-unsigned', 'field-missing'],
  length: ['content-length-mismatch'],
  future: ['signed-in-the-future'],
  expired: ['expired'],
  times: ['expired-before-signed'],
  'content-hash': ['content-hash-mismatch'],
  signature: ['signature-mismatch'],
  'no-key': ['key-missing', 'query-method-unsupported'],
  'key-revoked': ['key-revoked'],
  'key-unfit': ['key-malformed', 'key-type-mismatch', 'key-service-mismatch', 'key-hash-not-allowed'],
  'key-weak': ['key-too-short'],
  'key-testing': ['key-testing'],
} satisfies Record<string, readonly FailReason[]>;

const folder = new URL('vectors/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

describe.each(files)('signature vectors of a second signer: %s', (file) => {
  const { now, vectors } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    readonly now: number;
    readonly vectors: readonly Vector[];
  };

  it.each(vectors.map((vector) => [titleOf(vector), vector] as const))('%s', async (_title, vector) => {
    const { verifier, dns } = createWorld(vector, now);
    const { fields, content } = splitMessage(vector.request);
    const verification = await verifier.verify({ fields, content });
    expect(verification.status, JSON.stringify(verification)).toBe(vector.expected.status);
    if (verification.status === 'fail') {
      expect(vector.expected.reason && reasons[vector.expected.reason]).toContain(verification.reason);
    }
    if (vector.expected.alignment === undefined || verification.status !== 'pass') return;
    const originator = fields.find(({ name }) => name === 'Originator')?.value ?? '';
    const originatorDomain = parseDomainName(originator.slice(originator.lastIndexOf('@') + 1));
    const alignment = await aligned(
      { signature: verification.signature, key: verification.key, originatorDomain },
      { dns, allow: (domain, forDomain) => vector.settings?.vouchedFor?.[domain]?.includes(forDomain) ?? false },
    );
    expect(alignment.status).toBe(vector.expected.alignment);
  });
});

function titleOf({ name, requirements }: Vector): string {
  return requirements.length === 0 ? name : `[${requirements.join(', ')}] ${name}`;
}

function createWorld({ zone, unavailable = [], documents = {}, privateKeys = [], settings = {} }: Vector, now: number) {
  const dns = createZoneDns(zone.join('\n'));
  for (const name of unavailable) dns.fail(name);
  const random = createSeededRandom(1);
  const exchanged = privateKeys.map(({ domain, selector, record }) => ({
    signingDomain: parseDomainName(domain),
    selector,
    record,
  }));
  const keySources = [
    dnsTxtKeySource({ dns }),
    httpWellKnownKeySource(
      { dns, random, fetch: fetchOf(documents) },
      { withoutSrv: settings.guessKeyServer ? 'ask-domain' : 'absent' },
    ),
    privateExchangeKeySource(exchanged),
  ];
  const clock = createFakeClock(now * 1000);
  return { dns, verifier: createVerifier({ template: ischedule, keySources, clock }, { policy: policyOf(settings) }) };
}

function policyOf(settings: Settings): VerificationPolicy {
  return {
    repeatedNames: settings.repeatedNames ? 'allow' : undefined,
    signatureValueBlanks: settings.signatureWhiteSpace ? 'removed-or-kept' : undefined,
    publicSuffixes: settings.publicSuffixes,
    testingKeys: settings.testingKeys ? 'accept' : undefined,
  };
}

function fetchOf(documents: Readonly<Record<string, KeyDocument>>): GuardedFetch {
  return async ({ method, url }) => {
    // A port that is the scheme's own may be written or left out.
    const document = documents[url] ?? documents[url.replace(':443/', '/')];
    if (method !== 'GET' || !document) throw new FetchError('connect-failed', `nothing listens at ${url}`);
    if ('error' in document) throw new FetchError(document.error, url);
    const { status, contentType, content } = document;
    return { status, fields: [{ name: 'Content-Type', value: contentType }], content: octetsFromText(content) };
  };
}

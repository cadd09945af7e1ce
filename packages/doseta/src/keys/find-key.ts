import type { Algorithm, PublicKey } from '../algorithms/algorithm.ts';
import type { QueryMethod } from '../service-template.ts';
import type { Signature } from '../signature-field.ts';
import type { KeyFailReason, VerificationKey } from '../verification.ts';
import type { KeyLookupOptions, KeySource } from './key-source.ts';
import type { KnownKey, KnownKeys } from './known-keys.ts';

/** What a key must be to judge a signature. */
export interface KeyNeed {
  readonly signature: Signature;
  readonly algorithm: Algorithm;
  /** What `s=` of the record must allow. */
  readonly keyService: string;
  readonly testingKeys: 'refuse' | 'accept';
  readonly minRsaBits: number;
  readonly maxRsaBits: number;
}

export interface FindKeyDeps {
  /** In the order to ask. */
  readonly keySources: readonly KeySource[];
  readonly knownKeys: KnownKeys;
}

/** A key that fits, or that there is none, or that it could not be asked: three, never two. */
export type FoundKey = { readonly fromCache: boolean } & (
  | { readonly status: 'usable'; readonly publicKey: PublicKey; readonly key: VerificationKey }
  | { readonly status: 'none'; readonly reason: KeyFailReason }
  | { readonly status: 'unavailable'; readonly cause: unknown }
);

// A domain needs one record for a selector, two while it changes something; more are a stranger's way to make us work.
const maxRecords = 10;

/**
 * Asks one source after the other until one has a key that fits. Of several records the first that fits is used.
 *
 * @returns `none` with the first telling reason; `unavailable` when no source gave a key and one could not be asked.
 * @throws the signal's reason when aborted.
 * @see RFC 6376 §6.1.2; iSchedule draft 05, "Key Query Methods".
 */
export async function findKey(need: KeyNeed, deps: FindKeyDeps, options: KeyLookupOptions): Promise<FoundKey> {
  const { signingDomain, selector } = need.signature;
  let reason: KeyFailReason | undefined;
  let unavailable: { readonly cause: unknown } | undefined;
  let fromCache = false;
  for (const source of deps.keySources) {
    const answer = await source.lookup({ signingDomain, selector }, options);
    if (answer.status === 'unavailable') unavailable ??= answer;
    if (answer.status !== 'found') continue;
    fromCache ||= answer.fromCache === true;
    const chosen = chooseKey(answer.records, need, deps.knownKeys);
    if (typeof chosen === 'object') return { status: 'usable', fromCache, ...usableKey(chosen, source.queryMethod) };
    reason ??= chosen;
  }
  if (unavailable) return { status: 'unavailable', fromCache, cause: unavailable.cause };
  return { status: 'none', fromCache, reason: reason ?? 'key-missing' };
}

interface FittingKey extends KnownKey {
  readonly publicKey: PublicKey;
}

function chooseKey(records: readonly string[], need: KeyNeed, knownKeys: KnownKeys): FittingKey | KeyFailReason {
  let reason: KeyFailReason | undefined;
  for (const text of records.slice(0, maxRecords)) {
    const known = knownKeys(text);
    const misfit = known ? misfitOf(known, need) : 'key-malformed';
    if (misfit === undefined) return known as FittingKey;
    reason ??= misfit;
  }
  return reason ?? 'key-missing';
}

/** @returns why the record can't be used; nothing when it can, and then it has a publicKey. */
function misfitOf({ record, publicKey }: KnownKey, need: KeyNeed): KeyFailReason | undefined {
  const { signature, algorithm } = need;
  if (record.keyType !== algorithm.keyType) return 'key-type-mismatch';
  if (!record.services.includes('*') && !record.services.includes(need.keyService)) return 'key-service-mismatch';
  if (record.hashes && !record.hashes.includes(algorithm.hash)) return 'key-hash-not-allowed';
  if (record.keyData === '') return 'key-revoked';
  if (record.testing && need.testingKeys === 'refuse') return 'key-testing';
  if (record.strictDomain && signature.identity.domain !== signature.signingDomain) return 'key-for-domain-only';
  if (!publicKey) return 'key-malformed';
  return algorithm.keyType === 'rsa' ? misfitOfLength(publicKey.bits, need) : undefined;
}

function misfitOfLength(bits: number, { minRsaBits, maxRsaBits }: KeyNeed): KeyFailReason | undefined {
  if (bits < minRsaBits) return 'key-too-short';
  return bits > maxRsaBits ? 'key-too-long' : undefined;
}

function usableKey({ text, record, publicKey }: FittingKey, source: QueryMethod) {
  const { testing, strictDomain } = record;
  return { publicKey, key: { source, bits: publicKey.bits, testing, strictDomain, record: text } };
}

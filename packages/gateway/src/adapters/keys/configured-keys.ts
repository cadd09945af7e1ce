import { readFileSync } from 'node:fs';
import {
  type AlgorithmName,
  type KeyQuery,
  keyRecordText,
  parseSigningKey,
  SigningKeyError,
  type SigningIdentity,
  type SigningKey,
  type SigningKeys,
} from '@isched/doseta';
import { systemReason } from '@isched/runtime';
import type { DomainName } from '@isched/values';

/** A key's life: published (served, not yet used), active (signs), retired (served, signs no more), revoked. */
export type KeyState = 'published' | 'active' | 'retired' | 'revoked';

export interface ConfiguredKey {
  readonly selector: string;
  readonly algorithm: AlgorithmName;
  /** PEM private key. Not read for a revoked key. */
  readonly file: string;
  readonly state: KeyState;
}

export interface ConfiguredDomain {
  readonly name: DomainName;
  /** Keys of this domain; the first active one signs. */
  readonly keys: readonly ConfiguredKey[];
  /** The domain whose keys sign for this one. Default: itself. */
  readonly signing_domain?: DomainName | undefined;
}

/** A key of the configuration can't be used; the message says what to change. */
export class ConfiguredKeyError extends Error {
  override readonly name = 'ConfiguredKeyError';
  readonly code = 'signing-key-unusable';
}

/** The keys this gateway signs with, and what it tells others of them. */
export interface OwnKeys extends SigningKeys {
  /** The records of one of our keys, as they stand in DNS and under `/.well-known/domainkey/`; none: no such key. */
  publishedKeys(query: KeyQuery): Promise<readonly string[]>;
}

/** What a revoked key's record says: that there was one. @see RFC 6376 §3.6.1, `p=`. */
const revokedRecord = (keyService: string): string => `v=DKIM1; s=${keyService}; p=`;

/**
 * Reads the signing keys of the configured domains, once.
 *
 * @param keyService - what the keys are for: `ischedule`.
 * @throws ConfiguredKeyError when a file can't be read or holds no such key.
 */
export function readConfiguredKeys(domains: readonly ConfiguredDomain[], keyService: string): OwnKeys {
  const identities = new Map<DomainName, SigningIdentity>();
  const records = new Map<string, readonly string[]>();
  for (const { name, keys } of domains) {
    for (const configured of keys) {
      const place = placeOf({ signingDomain: name, selector: configured.selector });
      const key = configured.state === 'revoked' ? undefined : readKey(configured);
      const record = key ? keyRecordText(key, keyService) : revokedRecord(keyService);
      records.set(place, [...(records.get(place) ?? []), record]);
      if (!key || configured.state !== 'active' || identities.has(name)) continue;
      identities.set(name, { signingDomain: name, selector: configured.selector, key });
    }
  }
  const signers = new Map(domains.map((domain) => [domain.name, domain.signing_domain ?? domain.name]));
  return {
    async forOriginator(domain) {
      const signer = signers.get(domain);
      return signer && identities.get(signer);
    },
    publishedKeys: async (query) => records.get(placeOf(query)) ?? [],
  };
}

function placeOf({ signingDomain, selector }: KeyQuery): string {
  return `${selector.toLowerCase()}._domainkey.${signingDomain}`;
}

function readKey({ file, algorithm }: ConfiguredKey): SigningKey {
  try {
    const key = parseSigningKey(readFileSync(file, 'utf8'));
    if (key.algorithm === algorithm) return key;
    throw new ConfiguredKeyError(`${file} holds a key for ${key.algorithm}; the configuration says ${algorithm}`);
  } catch (error) {
    if (error instanceof ConfiguredKeyError) throw error;
    const why = error instanceof SigningKeyError ? `: ${error.message}` : ` can't be read: ${systemReason(error)}`;
    throw new ConfiguredKeyError(`${file}${why}`, { cause: error });
  }
}

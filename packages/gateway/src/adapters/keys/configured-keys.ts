import { readFileSync } from 'node:fs';
import {
  type AlgorithmName,
  type KeyQuery,
  keyRecordText,
  parseSigningKey,
  type SigningIdentity,
  SigningKeyError,
  type SigningKeys,
} from '@isched/doseta';
import type { DomainName } from '@isched/values';

/** One key of one domain, as the configuration names it. */
export interface ConfiguredKey {
  readonly selector: string;
  readonly algorithm: AlgorithmName;
  /** PEM. */
  readonly file: string;
  /** published: served, not yet used; active: signs; retired: served, signs no more; revoked: served as revoked. */
  readonly state: 'published' | 'active' | 'retired' | 'revoked';
}

export interface ConfiguredDomain {
  readonly name: DomainName;
  readonly keys: readonly ConfiguredKey[];
  /** Sign with the keys of this domain instead. */
  readonly signing_domain?: DomainName | undefined;
}

/** A key file can't be used; the message says which and why. */
export class ConfiguredKeyError extends Error {
  override readonly name = 'ConfiguredKeyError';
  readonly code = 'signing-key-unusable';
}

/** Our own keys: to sign with, and what is published of them. */
export interface OwnKeys extends SigningKeys {
  /** The records of a key: none where it is not ours. */
  publishedKeys(query: KeyQuery): Promise<readonly string[]>;
}

interface ReadKey {
  readonly state: ConfiguredKey['state'];
  readonly identity: SigningIdentity;
  readonly record: string;
}

/**
 * Reads the keys that the configuration names, once.
 *
 * @param keyService - what the published records are for: `s=`.
 * @throws ConfiguredKeyError when a file is missing, is no private key, or one of another algorithm.
 */
export function readConfiguredKeys(domains: readonly ConfiguredDomain[], keyService: string): OwnKeys {
  const keys = new Map(domains.map((domain) => [domain.name, domain.keys.map((key) => readKey(domain.name, key, keyService))]));
  const signers = new Map(domains.map((domain) => [domain.name, domain.signing_domain ?? domain.name]));
  return {
    forOriginator(domain) {
      const signingDomain = signers.get(domain);
      const signing = signingDomain && keys.get(signingDomain)?.find(({ state }) => state === 'active');
      return Promise.resolve(signing?.identity);
    },
    publishedKeys({ signingDomain, selector }) {
      const found = keys.get(signingDomain)?.filter(({ identity }) => identity.selector === selector) ?? [];
      return Promise.resolve(found.map(({ record }) => record));
    },
  };
}

function readKey(signingDomain: DomainName, { selector, algorithm, file, state }: ConfiguredKey, keyService: string): ReadKey {
  const where = `the key ${selector} of ${signingDomain}, ${file}`;
  try {
    const key = parseSigningKey(readFileSync(file, 'utf8'));
    if (key.algorithm !== algorithm) throw new ConfiguredKeyError(`${where}: is for ${key.algorithm}, not ${algorithm}`);
    const record = keyRecordText(key, keyService);
    return { state, identity: { signingDomain, selector, key }, record: state === 'revoked' ? revoked(record) : record };
  } catch (error) {
    if (error instanceof SigningKeyError) throw new ConfiguredKeyError(`${where}: ${error.message}`, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ConfiguredKeyError || code === undefined) throw error;
    throw new ConfiguredKeyError(`${where}: can't be read: ${code}`, { cause: error });
  }
}

/** An empty `p=` says that the key is revoked (RFC 6376 §3.6.1). */
function revoked(record: string): string {
  return record.replace(/p=[^;]*/, 'p=');
}

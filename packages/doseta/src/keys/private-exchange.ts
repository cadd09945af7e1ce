import type { DomainName } from '@isched/values';
import type { KeyQuery, KeySource } from './key-source.ts';

/** A key that administrators gave each other, from the configuration. */
export interface ExchangedKey {
  readonly signingDomain: DomainName;
  readonly selector: string;
  /** As it would stand in a TXT record. */
  readonly record: string;
}

/**
 * Keys from the configuration; several for one name are tried in their order.
 *
 * @see iSchedule draft 05, "private-exchange".
 */
export function privateExchangeKeySource(keys: readonly ExchangedKey[]): KeySource {
  const byName = Map.groupBy(keys, nameOf);
  return {
    queryMethod: 'private-exchange',
    async lookup(query, { signal } = {}) {
      signal?.throwIfAborted();
      const records = byName.get(nameOf(query))?.map(({ record }) => record);
      return records ? { status: 'found', records, ttlSeconds: 0 } : { status: 'absent', ttlSeconds: 0 };
    },
  };
}

/** Selectors are labels of names, and names ignore case. */
function nameOf({ signingDomain, selector }: KeyQuery): string {
  return `${selector.toLowerCase()}._domainkey.${signingDomain}`;
}

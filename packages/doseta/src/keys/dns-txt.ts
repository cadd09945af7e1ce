import { type Dns, DnsUnavailable } from '@isched/runtime';
import { type DomainName, DomainNameError, parseDomainName } from '@isched/values';
import type { KeyLookup, KeyQuery, KeySource } from './key-source.ts';

// A name that can't exist will not exist tomorrow either, but a cache need not remember it for long.
const impossibleNameTtlSeconds = 3_600;

/**
 * Where a key's TXT record is kept.
 *
 * @throws DomainNameError when the name gets longer than a name may be.
 * @see RFC 6376 §3.6.2.1.
 */
export function keyRecordName({ signingDomain, selector }: KeyQuery): DomainName {
  return parseDomainName(`${selector}._domainkey.${signingDomain}`);
}

/**
 * Keys from TXT records, the strings of each joined without a separator.
 *
 * @param deps.dns - without a cache of its own, else a fresh look-up is none.
 * @see RFC 6376 §3.6.2.
 */
export function dnsTxtKeySource({ dns }: { readonly dns: Dns }): KeySource {
  return {
    queryMethod: 'dns/txt',
    async lookup(query, { signal } = {}): Promise<KeyLookup> {
      try {
        const { records, ttlSeconds } = await dns.txt(keyRecordName(query), { signal });
        if (records.length === 0) return { status: 'absent', ttlSeconds };
        return { status: 'found', records: records.map((strings) => strings.join('')), ttlSeconds };
      } catch (error) {
        if (error instanceof DnsUnavailable) return { status: 'unavailable', cause: error };
        if (error instanceof DomainNameError) return { status: 'absent', ttlSeconds: impossibleNameTtlSeconds };
        throw error;
      }
    },
  };
}

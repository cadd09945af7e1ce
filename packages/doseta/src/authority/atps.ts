import { hash } from 'node:crypto';
import { type Dns, DnsUnavailable } from '@isched/runtime';
import { type Abortable, type DomainName, DomainNameError, parseDomainName } from '@isched/values';
import type { Signature } from '../signature-field.ts';
import { formatTagList, parseTagList, TagListError } from '../tag-list.ts';

/** How the signing domain becomes a label: as it is, or hashed so that it has a fixed length. `atpsh=`. */
export type AtpsHash = 'none' | 'sha1' | 'sha256';

const hashes: readonly AtpsHash[] = ['none', 'sha1', 'sha256'];
const version = 'ATPS1';

/** Does a domain authorise another to sign for it? Three answers, never two. */
export type AtpsAnswer =
  | { readonly status: 'authorised' }
  | { readonly status: 'not-authorised' }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/**
 * Asks whether the originator's domain has authorised the signing domain.
 *
 * @throws the signal's reason when aborted.
 * @see RFC 6541 §4.3.
 */
export async function lookupAtps(
  { signature, originatorDomain }: { readonly signature: Signature; readonly originatorDomain: DomainName },
  { dns }: { readonly dns: Dns },
  { signal }: Abortable = {},
): Promise<AtpsAnswer> {
  const { onBehalfOf, signingDomain } = signature;
  const atpsHash = hashes.find((known) => known === onBehalfOf?.hash);
  if (onBehalfOf?.domain !== originatorDomain || !atpsHash) return { status: 'not-authorised' };
  try {
    const { records } = await dns.txt(atpsName(signingDomain, originatorDomain, atpsHash), { signal });
    const authorised = records.some((strings) => authorises(strings.join(''), signingDomain));
    return { status: authorised ? 'authorised' : 'not-authorised' };
  } catch (error) {
    if (error instanceof DnsUnavailable) return { status: 'unavailable', cause: error };
    if (error instanceof DomainNameError) return { status: 'not-authorised' };
    throw error;
  }
}

/**
 * Where a domain keeps the record that authorises another.
 *
 * @param atpsHash - default `sha256`, which we publish.
 * @throws DomainNameError when the name gets longer than a name may be.
 * @see RFC 6541 §4.2.
 */
export function atpsName(
  signingDomain: DomainName,
  originatorDomain: DomainName,
  atpsHash: AtpsHash = 'sha256',
): DomainName {
  const label = atpsHash === 'none' ? signingDomain : base32(hash(atpsHash, signingDomain, 'buffer'));
  return parseDomainName(`${label}._atps.${originatorDomain}`);
}

/**
 * The record to publish there.
 *
 * @throws nothing.
 */
export function formatAtpsRecord(signingDomain: DomainName): string {
  return formatTagList([
    ['v', version],
    ['d', signingDomain],
  ]);
}

function authorises(record: string, signingDomain: DomainName): boolean {
  try {
    const tags = parseTagList(record);
    const [first] = tags.keys();
    const domain = tags.get('d')?.toLowerCase() ?? signingDomain;
    return first === 'v' && tags.get('v') === version && domain === signingDomain;
  } catch (error) {
    if (error instanceof TagListError) return false;
    throw error;
  }
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Base32 without padding.
 *
 * @throws nothing.
 * @see RFC 4648 §6.
 */
export function base32(octets: Uint8Array): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const octet of octets) {
    pending = ((pending << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += digits[(pending >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + digits[(pending << (5 - bits)) & 31] : text;
}

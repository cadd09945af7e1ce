import type { Answer } from 'dns-packet';
import type { DnsMessage, DnsRecordType } from './dns-message.ts';

/** What one message says about a name. */
export type DnsReading =
  | { readonly status: 'records'; readonly records: readonly Answer[]; readonly ttlSeconds: number }
  | { readonly status: 'none'; readonly ttlSeconds: number }
  /** The name is another's alias, and the message says nothing about that other: ask for it. */
  | { readonly status: 'alias'; readonly target: string; readonly aliases: number; readonly ttlSeconds: number }
  | { readonly status: 'failed'; readonly reason: string };

const noError = 0;
const nameError = 3;

/** RFC 2181 §8: a TTL with the highest bit set counts as 0. */
const maxTtlSeconds = 2 ** 31 - 1;

/**
 * Reads what a message says about a name, aliases within the message followed.
 *
 * @param maxAliases - how many aliases may be followed.
 * @returns the records of the wanted type with the shortest life on the way to them; that there are none, with the
 *   negative life of the zone; where to ask on; or why this message says nothing.
 * @throws nothing.
 * @see RFC 1034 §3.6.2 (CNAME); RFC 2308 §2, §5 (negative answers); RFC 6604 (the code is the last name's).
 */
export function readAnswer(
  message: DnsMessage,
  question: { readonly name: string; readonly type: DnsRecordType },
  maxAliases: number,
): DnsReading {
  if (message.rcode !== noError && message.rcode !== nameError) return failed(`the server says ${codeText(message)}`);
  const chain = followAliases(message.answers, question.name, maxAliases);
  if (!chain) return failed(`more than ${maxAliases} aliases`);
  const records = message.answers.filter((record) => isRecord(record, question.type, chain.name));
  if (records.length > 0) {
    return { status: 'records', records, ttlSeconds: Math.min(chain.ttlSeconds, ...records.map(ttlOf)) };
  }
  const negativeTtl = negativeTtlSeconds(message.authorities, chain.name);
  if (message.rcode === nameError || negativeTtl !== undefined) {
    return { status: 'none', ttlSeconds: Math.min(chain.ttlSeconds, negativeTtl ?? 0) };
  }
  if (chain.aliases > 0) {
    return { status: 'alias', target: chain.name, aliases: chain.aliases, ttlSeconds: chain.ttlSeconds };
  }
  // RFC 2308 §2.2: name servers without a SOA are a referral, from a server that does not resolve for us.
  if (message.authorities.some((record) => record.type === 'NS')) return failed('the server only refers to others');
  return { status: 'none', ttlSeconds: 0 };
}

interface AliasChain {
  readonly name: string;
  readonly aliases: number;
  readonly ttlSeconds: number;
}

function followAliases(answers: readonly Answer[], from: string, maxAliases: number): AliasChain | undefined {
  let chain: AliasChain = { name: from, aliases: 0, ttlSeconds: maxTtlSeconds };
  for (;;) {
    const alias = answers.find((record) => isRecord(record, 'CNAME', chain.name));
    if (alias?.type !== 'CNAME') return chain;
    if (chain.aliases === maxAliases) return undefined;
    chain = {
      name: nameKey(alias.data),
      aliases: chain.aliases + 1,
      ttlSeconds: Math.min(chain.ttlSeconds, ttlOf(alias)),
    };
  }
}

function isRecord(record: Answer, type: DnsRecordType | 'CNAME', name: string): boolean {
  // The highest bit of the class is multicast DNS's; here it makes another class.
  if (record.type !== type || !('class' in record) || record.class !== 'IN' || record.flush) return false;
  return nameKey(record.name) === name;
}

/** RFC 2308 §5: the lesser of the SOA's own life and its MINIMUM. */
function negativeTtlSeconds(authorities: readonly Answer[], name: string): number | undefined {
  const soa = authorities.find((record) => record.type === 'SOA' && isZoneOf(nameKey(record.name), name));
  return soa?.type === 'SOA' ? Math.min(ttlOf(soa), clampTtl(soa.data.minimum ?? 0)) : undefined;
}

function isZoneOf(zone: string, name: string): boolean {
  return zone === '.' || zone === name || name.endsWith(`.${zone}`);
}

function ttlOf(record: Answer): number {
  return clampTtl('ttl' in record ? (record.ttl ?? 0) : 0);
}

function clampTtl(seconds: number): number {
  return seconds > maxTtlSeconds ? 0 : seconds;
}

function nameKey(name: string): string {
  return name.toLowerCase();
}

function failed(reason: string): DnsReading {
  return { status: 'failed', reason };
}

function codeText(message: DnsMessage): string {
  const names: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' };
  return names[message.rcode] ?? `RCODE ${message.rcode}`;
}

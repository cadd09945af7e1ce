import { isIP } from 'node:net';
import { type DomainName, latin1FromOctets, parseDomainName } from '@isched/values';
import type { Answer } from 'dns-packet';
import { type DnsAnswer, DnsUnavailable, type IpAddress, type Srv } from './dns.ts';

/**
 * Reads the records of an answer. Those that say nothing readable are left out.
 *
 * @throws DnsUnavailable where none is left: the answer was garbage, which is not "none".
 */
export function mapRecords<T>(answer: DnsAnswer<Answer>, read: (record: Answer) => T | undefined): DnsAnswer<T> {
  const records = answer.records.map(read).filter((record) => record !== undefined);
  if (records.length === 0 && answer.records.length > 0)
    throw new DnsUnavailable('no record of the answer is readable');
  return { records, ttlSeconds: answer.ttlSeconds };
}

/** The address of an A or AAAA record. */
export function readAddress(record: Answer): IpAddress | undefined {
  if (record.type !== 'A' && record.type !== 'AAAA') return undefined;
  return isIP(record.data) === 0 ? undefined : (record.data as IpAddress);
}

/** The strings of a TXT record, apart. */
export function readStrings(record: Answer): readonly string[] | undefined {
  if (record.type !== 'TXT') return undefined;
  const strings = Array.isArray(record.data) ? record.data : [record.data];
  return strings.map((part) => (typeof part === 'string' ? part : latin1FromOctets(part)));
}

/** An SRV record; nothing where its target is no host name. */
export function readSrv(record: Answer): Srv | undefined {
  if (record.type !== 'SRV') return undefined;
  const { priority = 0, weight = 0, port, target } = record.data;
  if (target === '.') return { priority, weight, port, target };
  try {
    return { priority, weight, port, target: readName(target) };
  } catch {
    return undefined;
  }
}

/**
 * A name as it came in an answer: octets outside ASCII are no U-labels there, so they make no name.
 *
 * @throws DnsUnavailable when it is no host name.
 */
export function readName(text: string): DomainName {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new DnsUnavailable('an answer leads to what is no host name');
  try {
    return parseDomainName(text);
  } catch (cause) {
    throw new DnsUnavailable('an answer leads to what is no host name', { cause });
  }
}

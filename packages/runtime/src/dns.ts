import type { Abortable, Brand, DomainName } from '@isched/values';

/** An IPv4 or IPv6 address in text form. */
export type IpAddress = Brand<string, 'IpAddress'>;

/** One answer; no records: NXDOMAIN or no data of that type. */
export interface DnsAnswer<T> {
  readonly records: readonly T[];
  /** How long the answer may be kept, negative ones too. */
  readonly ttlSeconds: number;
}

/** One SRV record (RFC 2782). `target` is `.` where the service is decidedly not offered. */
export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: DomainName | '.';
}

/** The name system could not be asked: SERVFAIL, refusal, timeout, garbage. Never the same as "no records". */
export class DnsUnavailable extends Error {
  override readonly name = 'DnsUnavailable';
  readonly code = 'dns-unavailable';
}

/**
 * Look-ups with the life of each answer. CNAMEs are followed, bounded.
 *
 * Every method throws DnsUnavailable where the question could not be answered, and the signal's reason when aborted.
 */
export interface Dns {
  addresses(name: DomainName, options?: Abortable): Promise<DnsAnswer<IpAddress>>;
  /** The strings of one record stay apart: DKIM joins them, DNS-SD must not. Code units 0–255. */
  txt(name: DomainName, options?: Abortable): Promise<DnsAnswer<readonly string[]>>;
  srv(name: DomainName, options?: Abortable): Promise<DnsAnswer<Srv>>;
}

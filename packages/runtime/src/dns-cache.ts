import type { Abortable, DomainName } from '@isched/values';
import type { Clock } from './clock.ts';
import type { Dns, DnsAnswer } from './dns.ts';
import { createSingleFlight } from './single-flight.ts';

export interface DnsCacheOptions {
  /** Answers kept for each kind of question; the least recently used goes first. Default 10000. */
  readonly maxEntries?: number | undefined;
  /** A longer answer is given, but not kept: names that strangers make us ask for must not fill the memory. Characters, about. Default 4096. */
  readonly maxAnswerLength?: number | undefined;
  /** Longest life of an answer with records, whatever it says itself. Seconds. Default 86400. */
  readonly maxTtlSeconds?: number | undefined;
  /** Longest life of an answer without records. Seconds. Default 3600; RFC 2308 §5 advises one to three hours. */
  readonly maxNegativeTtlSeconds?: number | undefined;
}

interface CacheLimits {
  readonly maxEntries: number;
  readonly maxAnswerLength: number;
  readonly maxTtlSeconds: number;
  readonly maxNegativeTtlSeconds: number;
}

interface Entry<T> {
  readonly answer: DnsAnswer<T>;
  readonly expiresAt: number;
}

type Lookup<T> = (name: DomainName, options?: Abortable) => Promise<DnsAnswer<T>>;

/**
 * Keeps answers for their life, negative ones too; failures are not kept. Concurrent questions for one name are one question.
 *
 * @returns a Dns whose answers say how long they still live.
 */
export function cachedDns(dns: Dns, deps: { readonly clock: Clock }, options: DnsCacheOptions = {}): Dns {
  const limits: CacheLimits = {
    maxEntries: options.maxEntries ?? 10_000,
    maxAnswerLength: options.maxAnswerLength ?? 4_096,
    maxTtlSeconds: options.maxTtlSeconds ?? 86_400,
    maxNegativeTtlSeconds: options.maxNegativeTtlSeconds ?? 3_600,
  };
  return {
    addresses: cachedLookup((name, abortable) => dns.addresses(name, abortable), deps.clock, limits),
    txt: cachedLookup((name, abortable) => dns.txt(name, abortable), deps.clock, limits),
    srv: cachedLookup((name, abortable) => dns.srv(name, abortable), deps.clock, limits),
  };
}

function cachedLookup<T>(lookup: Lookup<T>, clock: Clock, limits: CacheLimits): Lookup<T> {
  const entries = new Map<DomainName, Entry<T>>();
  const fly = createSingleFlight<DnsAnswer<T>>();
  return async (name, options = {}) => {
    const kept = entries.get(name);
    entries.delete(name);
    if (kept && kept.expiresAt > clock.now()) {
      entries.set(name, kept);
      return { records: kept.answer.records, ttlSeconds: Math.floor((kept.expiresAt - clock.now()) / 1_000) };
    }
    return fly(
      name,
      async (signal) => {
        const answer = limitLife(await lookup(name, { signal }), limits);
        if (mayBeKept(answer, limits))
          keep(entries, name, { answer, expiresAt: clock.now() + answer.ttlSeconds * 1_000 });
        if (entries.size > limits.maxEntries) dropOldest(entries);
        return answer;
      },
      options,
    );
  };
}

function limitLife<T>(answer: DnsAnswer<T>, limits: CacheLimits): DnsAnswer<T> {
  const longest = answer.records.length > 0 ? limits.maxTtlSeconds : limits.maxNegativeTtlSeconds;
  return { records: answer.records, ttlSeconds: Math.min(answer.ttlSeconds, longest) };
}

function mayBeKept<T>({ records, ttlSeconds }: DnsAnswer<T>, { maxAnswerLength }: CacheLimits): boolean {
  return ttlSeconds > 0 && JSON.stringify(records).length <= maxAnswerLength;
}

/** A Map keeps the order of insertion, so the last one put is the last one used. */
function keep<K, V>(entries: Map<K, V>, key: K, value: V): void {
  entries.delete(key);
  entries.set(key, value);
}

function dropOldest<K, V>(entries: Map<K, V>): void {
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}

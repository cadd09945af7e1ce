import { type Clock, createSingleFlight } from '@isched/runtime';
import { LRUCache } from 'lru-cache';
import type { KeyLookup, KeyLookupOptions, KeyQuery, KeySource } from './key-source.ts';

export interface CachedKeySourceOptions {
  /** Names kept; the least recently used goes first. Default 10000, about 10 MB at most times. */
  readonly maxEntries?: number | undefined;
  /**
   * All records kept, whoever's: strangers choose the names, and a TXT answer may have 64 KB. Characters; default 16 Mi. The
   * least recently used goes first, and what is longer than all of it is not kept.
   */
  readonly maxLength?: number | undefined;
  /** Longest life of records, whatever they say. Seconds; default 86400. */
  readonly maxTtlSeconds?: number | undefined;
  /** Longest life of "there is none": whoever publishes a new key waits so long. Seconds; default 60. */
  readonly maxNegativeTtlSeconds?: number | undefined;
  /** Least time between two fresh questions for one name, since strangers trigger them. Seconds; default 60. */
  readonly minFreshIntervalSeconds?: number | undefined;
}

type Kept = Exclude<KeyLookup, { readonly status: 'unavailable' }>;
type Unavailable = Extract<KeyLookup, { readonly status: 'unavailable' }>;

interface Entry {
  readonly answer: Kept;
  readonly expiresAt: number;
  /** The last fresh question: when it was answered, and whether it could be. */
  readonly asked?: { readonly at: number; readonly unavailable: Unavailable | undefined } | undefined;
}

/**
 * Keeps a source's answers for their life, "there is none" only briefly, "could not ask" not at all. Concurrent questions
 * for one name are one question.
 *
 * A fresh look-up asks the source once more, but not oftener for a name than the interval allows: within it the answer is
 * what the last fresh one found, also that it could not be asked, so that an outage is never taken for a refusal.
 *
 * @see doc of KeyLookupOptions.fresh.
 */
export function cachedKeySource(
  source: KeySource,
  deps: { readonly clock: Clock },
  options: CachedKeySourceOptions = {},
): KeySource {
  const cache = new KeyCache(source, deps.clock, options);
  return { queryMethod: source.queryMethod, lookup: (query, lookupOptions = {}) => cache.lookup(query, lookupOptions) };
}

class KeyCache {
  readonly #source: KeySource;
  readonly #clock: Clock;
  readonly #entries: LRUCache<string, Entry>;
  readonly #fly = createSingleFlight<KeyLookup>();
  readonly #maxTtlMs: number;
  readonly #maxNegativeTtlMs: number;
  readonly #minFreshIntervalMs: number;

  constructor(source: KeySource, clock: Clock, options: CachedKeySourceOptions) {
    this.#source = source;
    this.#clock = clock;
    this.#entries = new LRUCache({
      max: options.maxEntries ?? 10_000,
      maxSize: options.maxLength ?? 16_777_216,
      sizeCalculation: lengthOf,
    });
    this.#maxTtlMs = (options.maxTtlSeconds ?? 86_400) * 1_000;
    this.#maxNegativeTtlMs = (options.maxNegativeTtlSeconds ?? 60) * 1_000;
    this.#minFreshIntervalMs = (options.minFreshIntervalSeconds ?? 60) * 1_000;
  }

  async lookup(query: KeyQuery, { fresh = false, signal }: KeyLookupOptions): Promise<KeyLookup> {
    signal?.throwIfAborted();
    const name = nameOf(query);
    const entry = this.#entryOf(name);
    if (entry && !fresh) return this.#fromCache(entry);
    if (entry?.asked && this.#clock.now() - entry.asked.at < this.#minFreshIntervalMs) {
      return entry.asked.unavailable ?? this.#fromCache(entry);
    }
    const key = fresh ? `fresh ${name}` : name;
    return this.#fly(key, (workSignal) => this.#ask(query, { fresh, signal: workSignal }), { signal });
  }

  #entryOf(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    return entry && entry.expiresAt > this.#clock.now() ? entry : undefined;
  }

  #fromCache({ answer, expiresAt }: Entry): KeyLookup {
    const ttlSeconds = Math.floor((expiresAt - this.#clock.now()) / 1_000);
    return answer.status === 'found' ? { ...answer, ttlSeconds, fromCache: true } : { ...answer, ttlSeconds };
  }

  async #ask(query: KeyQuery, options: KeyLookupOptions): Promise<KeyLookup> {
    const answer = await this.#source.lookup(query, options);
    const name = nameOf(query);
    if (answer.status === 'unavailable') this.#rememberOutage(name, answer, options);
    else this.#keep(name, answer, options);
    return answer;
  }

  #rememberOutage(name: string, unavailable: Unavailable, { fresh }: KeyLookupOptions): void {
    const entry = this.#entryOf(name);
    if (entry && fresh) this.#entries.set(name, { ...entry, asked: { at: this.#clock.now(), unavailable } });
  }

  #keep(name: string, answer: Kept, { fresh }: KeyLookupOptions): void {
    const now = this.#clock.now();
    const expiresAt = now + this.#lifeMs(answer);
    // An entry that ran out still knows when it was last asked for out of turn.
    const asked = fresh ? { at: now, unavailable: undefined } : this.#entries.get(name)?.asked;
    if (expiresAt > now) this.#entries.set(name, { answer, expiresAt, asked });
    else this.#entries.delete(name);
  }

  #lifeMs({ status, ttlSeconds }: Kept): number {
    return Math.min(ttlSeconds * 1_000, status === 'found' ? this.#maxTtlMs : this.#maxNegativeTtlMs);
  }
}

function lengthOf({ answer }: Entry): number {
  return answer.status === 'found' ? 1 + answer.records.reduce((length, record) => length + record.length, 0) : 1;
}

function nameOf({ signingDomain, selector }: KeyQuery): string {
  return `${selector}._domainkey.${signingDomain}`;
}

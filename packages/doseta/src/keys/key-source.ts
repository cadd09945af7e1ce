import type { Abortable, DomainName } from '@isched/values';
import type { QueryMethod } from '../service-template.ts';

/** Which key is wanted: `<selector>._domainkey.<signingDomain>`. */
export interface KeyQuery {
  readonly signingDomain: DomainName;
  readonly selector: string;
}

/** Raw records, or that there are none, or that it could not be asked: three, never two. */
export type KeyLookup =
  | { readonly status: 'found'; readonly records: readonly string[]; readonly ttlSeconds: number }
  | { readonly status: 'absent'; readonly ttlSeconds: number }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/** One `q=` method. Answers raw records; reading them is key-record's, so that all sources behave alike. */
export interface KeySource {
  readonly queryMethod: QueryMethod;
  /** @throws the signal's reason when aborted, and nothing else. */
  lookup(query: KeyQuery, options?: Abortable): Promise<KeyLookup>;
}

import type { Abortable, DomainName } from '@isched/values';
import type { QueryMethod } from '../service-template.ts';

/** Which key is wanted: `<selector>._domainkey.<signingDomain>`. */
export interface KeyQuery {
  readonly signingDomain: DomainName;
  /** Labels of letters, digits, `-` and `_` with dots between them: whoever makes a query checks that. */
  readonly selector: string;
}

/** Raw records, or that there are none, or that it could not be asked: three, never two. */
export type KeyLookup =
  | {
      readonly status: 'found';
      readonly records: readonly string[];
      readonly ttlSeconds: number;
      /** The answer was kept from an earlier question: a caller may have reason to ask for a fresh one. */
      readonly fromCache?: boolean | undefined;
    }
  | { readonly status: 'absent'; readonly ttlSeconds: number }
  | { readonly status: 'unavailable'; readonly cause: unknown };

export interface KeyLookupOptions extends Abortable {
  /**
   * Ask past what is kept. A cache may still answer from what it keeps where it asked anew too recently, and says so
   * by `fromCache`; a source without a cache has nothing to do. Default false.
   */
  readonly fresh?: boolean | undefined;
}

/** One `q=` method. Answers raw records; reading them is key-record's, so that all sources behave alike. */
export interface KeySource {
  readonly queryMethod: QueryMethod;
  /** @throws the signal's reason when aborted, and nothing else. */
  lookup(query: KeyQuery, options?: KeyLookupOptions): Promise<KeyLookup>;
}

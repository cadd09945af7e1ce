import type { HttpField } from '@isched/runtime';
import type { Octets } from '@isched/values';

/** One field of the header: the name as it came, the value the octets after the colon, code units 0–255, folds kept. */
export type Field = HttpField;

/** What is signed: the header's fields in order, and the content with transfer codings removed. */
export interface SignedMessage {
  readonly fields: readonly Field[];
  readonly content: Octets;
}

export type AlgorithmName = 'rsa-sha256' | 'ed25519-sha256';

/** How a key is asked for: the members of `q=`. */
export type QueryMethod = 'dns/txt' | 'http/well-known' | 'private-exchange';

/** Chooses and joins fields, because services differ in both. Lines in `signedNames` order, each with its CRLF. */
export interface HeaderCanonicalization {
  readonly name: string;
  canonicalize(signedNames: readonly string[], fields: readonly Field[]): string;
}

export interface ContentCanonicalization {
  readonly name: string;
  canonicalize(content: Octets): Octets;
}

/**
 * A DOSETA service, every slot of the template filled. A new signed service is a new value of this type, and no code.
 * The first canonicalization of a list is the one used to sign.
 *
 * @see draft-crocker-doseta-base-03; doc of each slot: docs/glossary.md, "service template".
 */
export interface ServiceTemplate {
  readonly name: string;
  /** The field that carries a signature. */
  readonly signatureField: string;
  readonly headerCanonicalizations: readonly HeaderCanonicalization[];
  readonly contentCanonicalizations: readonly ContentCanonicalization[];
  /** What `c=` means where it is left out. */
  readonly defaultCanonicalization: string;
  readonly fields: {
    /** Must be named in `h=` and be there. Lower case. */
    readonly must: readonly string[];
    /** Must be named in `h=` whenever the message has them. */
    readonly mustIfPresent: readonly string[];
    /** Signed by our signer whenever the message has them. */
    readonly should: readonly string[];
    /** Never signed; a signature that names one fails. A final `*` stands for any ending. */
    readonly never: readonly string[];
  };
  /** May `h=` name a field more than once? Mail signs each instance; iSchedule joins them. */
  readonly repeatedNames: 'refuse' | 'allow';
  readonly signatures: 'exactly-one' | 'any-passes';
  /** `l=` less than the whole content. */
  readonly partialContent: 'refuse' | 'allow';
  /** The first one is made; all are verified. */
  readonly algorithms: readonly AlgorithmName[];
  /** What `s=` of the key record must allow. */
  readonly keyService: string;
  /** Methods a verifier recognises, and, in this order, what a signer lists. */
  readonly queryMethods: readonly QueryMethod[];
  readonly times: { readonly maxFutureSeconds: number; readonly minLifetimeSeconds: number };
}

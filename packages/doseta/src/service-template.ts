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
  /** @param signedNames - in lower case. */
  canonicalize(signedNames: readonly string[], fields: readonly Field[]): string;
}

export interface ContentCanonicalization {
  readonly name: string;
  /** May answer a view of the content it was given: nobody writes to either. */
  canonicalize(content: Octets): Octets;
}

/**
 * A DOSETA service, every slot of the template filled. A new signed service is a new value of this type, and no code.
 * The first canonicalization of a list is the one used to sign.
 *
 * @see draft-crocker-doseta-base-03, "Header/Content Signing Template".
 */
export interface ServiceTemplate {
  readonly name: string;
  /** The field that carries a signature. */
  readonly signatureField: string;
  readonly headerCanonicalizations: readonly HeaderCanonicalization[];
  readonly contentCanonicalizations: readonly ContentCanonicalization[];
  /** What `c=` means where it is left out. */
  readonly defaultCanonicalization: string;
  /** All names in lower case. */
  readonly fields: {
    /** Must be named in `h=` and be there. */
    readonly must: readonly string[];
    /** Must be named in `h=` whenever the message has them. */
    readonly mustIfPresent: readonly string[];
    /** Signed by our signer whenever the message has them. */
    readonly should: readonly string[];
    /** Never signed; a signature that names one fails. A final `*` stands for any ending. */
    readonly never: readonly string[];
    /** Fields whose values list further names that are never signed: HTTP's `connection`. */
    readonly neverIfNamedIn: readonly string[];
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
  /** Does a key that its owner only tests (`t=y`) authenticate? Where it does, the verdict still says that it is one. */
  readonly testingKeys: 'refuse' | 'accept';
  /** Methods a verifier recognises. */
  readonly queryMethods: readonly QueryMethod[];
  /** What a signer lists in `q=`, in this order, unless told otherwise. */
  readonly listedQueryMethods: readonly QueryMethod[];
  readonly times: {
    /** How far ahead of our clock `t=` may be. */
    readonly maxFutureSeconds: number;
    /** The least a signer may put between `t=` and `x=`. */
    readonly minLifetimeSeconds: number;
  };
}

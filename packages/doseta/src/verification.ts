import type { Abortable } from '@isched/values';
import type { QueryMethod, SignedMessage } from './service-template.ts';
import type { Signature } from './signature-field.ts';

/**
 * Why a signature fails, for good. Closed: docs/verification-reasons.md says of each what it means and what to do.
 * In the order in which they are looked for.
 */
export const failReasons = [
  'header-too-large',
  'signature-missing',
  'signatures-several',
  'signature-too-large',
  'signature-malformed',
  'signature-version-unsupported',
  'signature-tag-missing',
  'signature-tag-malformed',
  'algorithm-unsupported',
  'canonicalization-unsupported',
  'query-method-unsupported',
  'signing-domain-unsuitable',
  'identity-outside-domain',
  'field-name-repeated',
  'field-forbidden',
  'field-unsigned',
  'field-missing',
  'signed-in-the-future',
  'expired-before-signed',
  'expired',
  'content-length-mismatch',
  'content-hash-mismatch',
  'key-missing',
  'key-malformed',
  'key-type-mismatch',
  'key-service-mismatch',
  'key-hash-not-allowed',
  'key-revoked',
  'key-testing',
  'key-for-domain-only',
  'key-too-short',
  'key-too-long',
  'signature-mismatch',
] as const;

export type FailReason = (typeof failReasons)[number];

/** The failures that lie in the key, not in the signature. */
export type KeyFailReason = Extract<FailReason, `key-${string}`>;

/** What was let pass although the template refuses it: always a setting's doing. */
export type Quirk =
  | 'signature-value-blanks-kept'
  | 'field-name-repeated'
  | 'field-forbidden'
  | 'key-testing'
  | 'signing-domain-public-suffix';

/**
 * Where a verifier gives way, setting by setting. What is left out is strict, or as the template has it.
 * rsa-sha1 is no setting: it is never accepted (RFC 8301 §3).
 */
export interface VerificationPolicy {
  /** Try, after a mismatch, what Apple's server hashes: the blanks around the value of `b=` kept (Q39). Default `removed`. */
  readonly signatureValueBlanks?: 'removed' | 'removed-or-kept' | undefined;
  /**
   * `allow`: a name may stand in `h=` more than once. A canonicalization that joins fields hashes it once (Q34), one that
   * doesn't takes the next instance each time. Default: the template's.
   */
  readonly repeatedNames?: 'refuse' | 'allow' | undefined;
  /** `allow`: `h=` may name fields that are never signed, such as Host (Q34). Default `refuse`. */
  readonly forbiddenFields?: 'refuse' | 'allow' | undefined;
  /** `accept`: keys with `t=y` authenticate. Default: the template's. */
  readonly testingKeys?: 'refuse' | 'accept' | undefined;
  /** `allow`: `d=` may be a public suffix, such as `co.uk`, and speaks for all below it. Default `refuse`. */
  readonly publicSuffixes?: 'refuse' | 'allow' | undefined;
  /** Shortest RSA key. Bits, from 1024 up; default 1024 (RFC 8301 §3.2). */
  readonly minRsaBits?: number | undefined;
  /** Longest RSA key, since verifying takes time by its length. Bits; default 4096. */
  readonly maxRsaBits?: number | undefined;
}

/** The key a signature was judged with. */
export interface VerificationKey {
  readonly source: QueryMethod;
  readonly bits: number;
  /** `t=y`. */
  readonly testing: boolean;
  /** `t=s`: speaks for the domain itself only. */
  readonly strictDomain: boolean;
  /** As it was published. */
  readonly record: string;
}

export interface VerificationPass {
  readonly status: 'pass';
  readonly signature: Signature;
  readonly key: VerificationKey;
  readonly quirks: readonly Quirk[];
}

export interface VerificationFail {
  readonly status: 'fail';
  readonly reason: FailReason;
  /** Where it could be read. */
  readonly signature?: Signature | undefined;
  /** Where one was found that could be used. */
  readonly key?: VerificationKey | undefined;
}

/** The key could not be asked for: nothing is known, and nobody is to blame yet. */
export interface VerificationTempfail {
  readonly status: 'tempfail';
  readonly cause: unknown;
  readonly signature: Signature;
}

export type SignatureVerdict = VerificationPass | VerificationFail | VerificationTempfail;

/** The verdict on a message. Where any signature may pass, `verdicts` has each one's own, in the order of the fields. */
export type Verification = SignatureVerdict & { readonly verdicts?: readonly SignatureVerdict[] | undefined };

/** What a verifier tells its observer. */
export type VerifierEvent =
  | { readonly type: 'verified'; readonly verification: Verification }
  /** A signature failed with a key that was kept, and the key is asked for once more. */
  | { readonly type: 'key-asked-again'; readonly signature: Signature };

export interface Verifier {
  /** @throws the signal's reason when aborted. What a peer does is a verdict, never an error. */
  verify(message: SignedMessage, options?: VerifyOptions): Promise<Verification>;
}

export interface VerifyOptions extends Abortable {
  /** Over the verifier's own, setting by setting. */
  readonly policy?: VerificationPolicy | undefined;
}

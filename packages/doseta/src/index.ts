export {
  aligned,
  type Alignment,
  type AlignmentDeps,
  type AlignmentQuestion,
  type AlignmentReason,
  alignmentReasons,
} from './authority/aligned.ts';
export { type AtpsAnswer, type AtpsHash, atpsName, formatAtpsRecord, lookupAtps } from './authority/atps.ts';
export { contentRelaxed } from './canonicalization/content-relaxed.ts';
export { contentSimple } from './canonicalization/content-simple.ts';
export { headerIscheduleRelaxed } from './canonicalization/header-ischedule-relaxed.ts';
export { headerRelaxed } from './canonicalization/header-relaxed.ts';
export { headerSimple } from './canonicalization/header-simple.ts';
export {
  explain,
  type ExplainContext,
  type Explanation,
  type PartExplanation,
  type PassingVariant,
} from './explain.ts';
export type { Difference, Excerpt } from './explain/difference.ts';
export { cachedKeySource, type CachedKeySourceOptions } from './keys/cached.ts';
export { dnsTxtKeySource, keyRecordName } from './keys/dns-txt.ts';
export {
  keyDocument,
  type HttpWellKnownDeps,
  type HttpWellKnownOptions,
  httpWellKnownKeySource,
  keyDocumentPath,
  parseKeyDocument,
} from './keys/http-well-known.ts';
export {
  keyRecordText,
  formatSigningKey,
  zoneFileText,
  generateKeyPair,
  type KeyPair,
  type KeyPairOptions,
  parseSigningKey,
  SigningKeyError,
  splitStrings,
} from './keys/key-pair.ts';
export { type KeyRecord, KeyRecordError, parseKeyRecord } from './keys/key-record.ts';
export type { KeyLookup, KeyLookupOptions, KeyQuery, KeySource } from './keys/key-source.ts';
export { type ExchangedKey, privateExchangeKeySource } from './keys/private-exchange.ts';
export { isSelector } from './keys/selector.ts';
export type { SigningIdentity, SigningKey, SigningKeys } from './keys/signing-keys.ts';
export { email } from './services/email.ts';
export type {
  AlgorithmName,
  ContentCanonicalization,
  Field,
  HeaderCanonicalization,
  QueryMethod,
  ServiceTemplate,
  SignedMessage,
} from './service-template.ts';
export { createSigner, type Signer, type SignerOptions, type SignOptions } from './sign.ts';
export {
  parseSignatureField,
  type Signature,
  SignatureFieldError,
  type SignatureFieldErrorCode,
  type SignatureFieldOptions,
} from './signature-field.ts';
export { parseTagList, type TagList, TagListError, type TagListErrorCode } from './tag-list.ts';
export { createVerifier, type VerifierDeps, type VerifierOptions } from './verify.ts';
export {
  type FailReason,
  failReasons,
  type Quirk,
  type SignatureVerdict,
  type Verification,
  type VerificationFail,
  type VerificationKey,
  type VerificationPass,
  type VerificationPolicy,
  type VerificationTempfail,
  type Verifier,
  type VerifierEvent,
  type VerifyOptions,
} from './verification.ts';

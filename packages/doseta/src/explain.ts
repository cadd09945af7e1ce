import { latin1FromOctets, type Octets } from '@isched/values';
import { hashInSignature } from './algorithms/rsa-sha256.ts';
import { algorithmNamed } from './algorithms/table.ts';
import { comparableName } from './canonicalization/fields-by-name.ts';
import { contentCanonicalizations, headerCanonicalizations } from './canonicalization/table.ts';
import { contentVariants } from './explain/content-variants.ts';
import { type Difference, firstDifference } from './explain/difference.ts';
import { headerVariants, ourHeader, type SignedHeader } from './explain/header-variants.ts';
import { readKey } from './keys/known-keys.ts';
import type { Field, ServiceTemplate, SignedMessage } from './service-template.ts';
import { parseSignatureField, type Signature, SignatureFieldError } from './signature-field.ts';
import { hashOf } from './signed-data.ts';

export interface ExplainContext {
  readonly template: ServiceTemplate;
  /** The key's record, as a verification names it; without one, nothing can be said of the header but our octets. */
  readonly keyRecord?: string | undefined;
  /** The same message as it was sent: to find the first octet that differs. */
  readonly against?: SignedMessage | undefined;
  /** Which of several signatures to explain. From 0; default 0. */
  readonly signatureIndex?: number | undefined;
}

/** What there is to see of a signature. Plain data: goes through JSON unharmed. */
export interface Explanation {
  /** Null: there is none, or it could not be read. */
  readonly signature: Signature | null;
  /** What stands in the way of an explanation, or is wrong whatever was hashed; one sentence for people. */
  readonly problem: string | null;
  readonly header: PartExplanation | null;
  readonly content: PartExplanation | null;
  /** Only with `against`. A null inside: the canonical octets are the same. */
  readonly differences: { readonly header: Difference | null; readonly content: Difference | null } | null;
}

/** The header, or the content. */
export interface PartExplanation {
  readonly canonicalization: string;
  /** Our canonical octets, as they are hashed: one code unit, 0–255, for each. */
  readonly octets: string;
  /** SHA-256 of them, in base64. */
  readonly computedHash: string;
  /** What the signer hashed, in base64. Of a header it can be seen only in an RSA signature, and with its key. */
  readonly claimedHash: string | null;
  /** Null: it can't be told. */
  readonly matches: boolean | null;
  /** Which other ways to the octets would have passed; empty where ours does. */
  readonly variants: readonly PassingVariant[];
}

export interface PassingVariant {
  readonly name: string;
  /** One sentence for people. */
  readonly meaning: string;
}

/**
 * Shows how a signature comes out, octet by octet: what we hashed, what the signer did, and what may explain a difference.
 * Judges nothing: that is the verifier's.
 *
 * @throws nothing for what a peer may have sent.
 */
export function explain(message: SignedMessage, context: ExplainContext): Explanation {
  const field = signatureFieldOf(message, context);
  if (!field) return unexplained(null, 'there is no signature field');
  const signature = readSignature(field, context.template);
  if (typeof signature === 'string') return unexplained(null, signature);
  const header = signedHeader(signature, message, { own: field, template: context.template });
  const content = canonicalContent(signature, message.content, context.template);
  if (!header || !content) return unexplained(signature, 'c= names a canonicalization that nobody here knows');
  const key = keyFor(signature, context);
  return {
    signature,
    problem: key?.claimedHash === null ? 'the signature was not made with this key' : null,
    header: explainHeader(header, signature, key),
    content: explainContent(content, signature, message.content),
    differences: context.against ? compare({ header, content, signature }, context.against, context) : null,
  };
}

function unexplained(signature: Signature | null, problem: string): Explanation {
  return { signature, problem, header: null, content: null, differences: null };
}

function signatureFieldOf(
  { fields }: SignedMessage,
  { template, signatureIndex = 0 }: ExplainContext,
): Field | undefined {
  const name = comparableName(template.signatureField);
  return fields.filter((field) => comparableName(field.name) === name)[signatureIndex];
}

function readSignature({ value }: Field, template: ServiceTemplate): Signature | string {
  try {
    return parseSignatureField(value, template);
  } catch (error) {
    if (error instanceof SignatureFieldError) return `the signature can't be read: ${error.message}`;
    throw error;
  }
}

/** Canonicalizations that the template does not take are explained too: they are what went wrong. */
function signedHeader(
  signature: Signature,
  { fields }: SignedMessage,
  { own, template }: { readonly own: Field; readonly template: ServiceTemplate },
): SignedHeader | undefined {
  const known = [...template.headerCanonicalizations, ...headerCanonicalizations];
  const canonicalization = known.find(({ name }) => name === signature.canonicalization.header);
  if (!canonicalization) return undefined;
  const { signedNames } = signature;
  return { canonicalization, signedNames, fields: fields.filter((field) => field !== own), signatureField: own };
}

function canonicalContent(signature: Signature, content: Octets, template: ServiceTemplate): Octets | undefined {
  const known = [...template.contentCanonicalizations, ...contentCanonicalizations];
  const canonicalization = known.find(({ name }) => name === signature.canonicalization.content);
  return canonicalization?.canonicalize(content).subarray(0, signature.contentLength);
}

/** A key, and what it shows. */
interface KeyView {
  readonly accepts: (octets: Octets) => boolean;
  /** What an RSA signature says was hashed; null: this key did not make it; undefined: only RSA shows that. */
  readonly claimedHash: string | null | undefined;
}

function keyFor(signature: Signature, { template, keyRecord }: ExplainContext): KeyView | undefined {
  const algorithm = algorithmNamed(signature.algorithm, template.algorithms);
  const known = keyRecord === undefined ? undefined : readKey(keyRecord);
  if (!algorithm || !known?.publicKey || known.record.keyType !== algorithm.keyType) return undefined;
  const { key } = known.publicKey;
  const octets = Buffer.from(signature.signatureValue, 'base64');
  const hash = hashInSignature(octets, key);
  return {
    accepts: (data) => algorithm.verify({ data, signature: octets }, key),
    claimedHash: algorithm.keyType === 'rsa' ? ((hash && Buffer.from(hash).toString('base64')) ?? null) : undefined,
  };
}

function explainHeader(header: SignedHeader, signature: Signature, key: KeyView | undefined): PartExplanation {
  const octets = ourHeader(header);
  const matches = key ? key.accepts(octets) : null;
  return {
    canonicalization: signature.canonicalization.header,
    octets: latin1FromOctets(octets),
    computedHash: hashOf(octets),
    claimedHash: key?.claimedHash ?? null,
    matches,
    variants:
      matches === false ? headerVariants.filter((one) => key?.accepts(one.octets(header))).map(nameAndMeaning) : [],
  };
}

function explainContent(canonical: Octets, signature: Signature, content: Octets): PartExplanation {
  const passes = (octets: Octets): boolean =>
    Buffer.from(hashOf(octets), 'base64').equals(Buffer.from(signature.contentHash, 'base64'));
  const matches = passes(canonical);
  return {
    canonicalization: signature.canonicalization.content,
    octets: latin1FromOctets(canonical),
    computedHash: hashOf(canonical),
    claimedHash: signature.contentHash,
    matches,
    variants: matches
      ? []
      : contentVariants.filter((one) => passes(one.octets(content, canonical))).map(nameAndMeaning),
  };
}

function nameAndMeaning({ name, meaning }: PassingVariant): PassingVariant {
  return { name, meaning };
}

interface Received {
  readonly header: SignedHeader;
  readonly content: Octets;
  readonly signature: Signature;
}

/** What was sent is read by the received signature's tags, so that the same fields are laid side by side. */
function compare({ header, content, signature }: Received, sent: SignedMessage, context: ExplainContext) {
  const own = signatureFieldOf(sent, context) ?? header.signatureField;
  const sentHeader = signedHeader(signature, sent, { own, template: context.template }) ?? header;
  return {
    header: firstDifference(ourHeader(header), ourHeader(sentHeader)),
    content: firstDifference(content, canonicalContent(signature, sent.content, context.template) ?? content),
  };
}

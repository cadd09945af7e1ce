import type { Abortable } from '@isched/values';
import type { SignedOctets } from './algorithms/algorithm.ts';
import { algorithmNamed } from './algorithms/table.ts';
import { findKey, type FoundKey, type KeyNeed } from './keys/find-key.ts';
import type { KnownKeys } from './keys/known-keys.ts';
import { checkRules, type RuleContext, usableSources } from './service-rules.ts';
import type { Field } from './service-template.ts';
import { parseSignatureField, type Signature, SignatureFieldError, withoutSignatureValue } from './signature-field.ts';
import { hashOf, headerToSign } from './signed-data.ts';
import type {
  FailReason,
  Quirk,
  SignatureVerdict,
  VerificationFail,
  VerificationKey,
  VerifierEvent,
} from './verification.ts';

/** One message, and all that judging one of its signatures takes. */
export interface VerifyTask extends RuleContext {
  readonly knownKeys: KnownKeys;
  readonly maxSignatureOctets: number;
  readonly lookupOptions: Abortable;
  readonly observe: (event: VerifierEvent) => void;
}

/**
 * Judges one signature, step by step: tags, rules and times, the content's hash, then the key, then the signature. What
 * is cheap comes first, and nobody is asked for the key of a message that is broken anyway.
 *
 * @returns at once where no key is needed.
 * @throws the signal's reason when aborted.
 * @see RFC 6376 §6.1.
 */
export function verifySignature(field: Field, task: VerifyTask): SignatureVerdict | Promise<SignatureVerdict> {
  const signature = readSignature(field, task);
  if ('reason' in signature) return signature;
  const finding = checkRules(signature, task);
  if (typeof finding === 'string') return fail(finding, { signature });
  const mismatch = checkContent(signature, task);
  if (mismatch) return fail(mismatch, { signature });
  return verifyWithKey({ ...keyNeed(signature, task), field, quirks: finding }, task);
}

/**
 * A verdict of failure.
 *
 * @throws nothing.
 */
export function fail(
  reason: FailReason,
  known: { signature?: Signature; key?: VerificationKey } = {},
): VerificationFail {
  return { status: 'fail', reason, ...known };
}

function readSignature({ value }: Field, { template, maxSignatureOctets }: VerifyTask): Signature | VerificationFail {
  if (value.length > maxSignatureOctets) return fail('signature-too-large');
  try {
    return parseSignatureField(value, template);
  } catch (error) {
    if (error instanceof SignatureFieldError) return fail(error.code);
    throw error;
  }
}

function checkContent(signature: Signature, { template, message }: VerifyTask): FailReason | undefined {
  const canonicalization = named(template.contentCanonicalizations, signature.canonicalization.content);
  const canonical = canonicalization.canonicalize(message.content);
  const length = signature.contentLength ?? canonical.length;
  if (length > canonical.length) return 'content-length-mismatch';
  if (length < canonical.length && template.partialContent === 'refuse') return 'content-length-mismatch';
  const computed = hashOf(canonical.subarray(0, length));
  return sameOctets(signature.contentHash, computed) ? undefined : 'content-hash-mismatch';
}

/** Padding or not, base64 says the same. */
function sameOctets(left: string, right: string): boolean {
  return left === right || Buffer.from(left, 'base64').equals(Buffer.from(right, 'base64'));
}

/** A signature that is sound so far: only its key is missing. */
interface Candidate extends KeyNeed {
  readonly field: Field;
  readonly quirks: readonly Quirk[];
}

/** Where a kept key does not do, its owner may have changed it since: it is asked for once more. */
async function verifyWithKey(candidate: Candidate, task: VerifyTask): Promise<SignatureVerdict> {
  const { signature } = candidate;
  const deps = { keySources: usableSources(signature, task.keySources), knownKeys: task.knownKeys };
  const found = await findKey(candidate, deps, task.lookupOptions);
  const verdict = judge(found, candidate, task);
  if (verdict.status !== 'fail' || !found.fromCache) return verdict;
  task.observe({ type: 'key-asked-again', signature });
  return judge(await findKey(candidate, deps, { ...task.lookupOptions, fresh: true }), candidate, task);
}

function keyNeed(signature: Signature, { template, policy }: VerifyTask): KeyNeed {
  const algorithm = algorithmNamed(signature.algorithm, template.algorithms);
  if (!algorithm) throw new TypeError(`the rules let ${signature.algorithm} pass`);
  return {
    signature,
    algorithm,
    keyService: template.keyService,
    testingKeys: policy.testingKeys ?? template.testingKeys,
    minRsaBits: policy.minRsaBits ?? 1_024,
    maxRsaBits: policy.maxRsaBits ?? 4_096,
  };
}

function judge(found: FoundKey, candidate: Candidate, task: VerifyTask): SignatureVerdict {
  const { signature, quirks } = candidate;
  if (found.status === 'unavailable') return { status: 'tempfail', cause: found.cause, signature };
  if (found.status === 'none') return fail(found.reason, { signature });
  const { key, publicKey } = found;
  const tested = key.testing && task.template.testingKeys === 'refuse' ? [...quirks, 'key-testing' as const] : quirks;
  const matches = (blanks: 'removed' | 'kept'): boolean =>
    candidate.algorithm.verify(signedOctets(candidate, blanks, task), publicKey.key);
  if (matches('removed')) return { status: 'pass', signature, key, quirks: tested };
  if (task.policy.signatureValueBlanks === 'removed-or-kept' && matches('kept')) {
    return { status: 'pass', signature, key, quirks: [...tested, 'signature-value-blanks-kept'] };
  }
  return fail('signature-mismatch', { signature, key });
}

function signedOctets({ signature, field }: Candidate, blanks: 'removed' | 'kept', task: VerifyTask): SignedOctets {
  const data = headerToSign({
    canonicalization: named(task.template.headerCanonicalizations, signature.canonicalization.header),
    signedNames: signature.signedNames,
    fields: task.message.fields.filter((other) => other !== field),
    signatureField: { name: field.name, value: withoutSignatureValue(field.value, blanks) },
  });
  return { data, signature: Buffer.from(signature.signatureValue, 'base64') };
}

function named<T extends { readonly name: string }>(offered: readonly T[], name: string): T {
  const found = offered.find((candidate) => candidate.name === name);
  if (!found) throw new TypeError(`the rules let ${name} pass`);
  return found;
}

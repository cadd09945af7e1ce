import type { EpochMs } from '@isched/values';
import { getPublicSuffix } from 'tldts';
import { algorithmNamed } from './algorithms/table.ts';
import type { KeySource } from './keys/key-source.ts';
import type { ServiceTemplate, SignedMessage } from './service-template.ts';
import { isIdentityWithinDomain, type Signature } from './signature-field.ts';
import type { FailReason, Quirk, VerificationPolicy } from './verification.ts';

/** What the rules are judged by. */
export interface RuleContext {
  readonly template: ServiceTemplate;
  readonly policy: VerificationPolicy;
  readonly message: SignedMessage;
  /** The comparable names of the message's fields, in their order. */
  readonly presentNames: readonly string[];
  /** The template's, ready to ask. */
  readonly isNeverSigned: NamePredicate;
  /** Those of the template's query methods, one for each at most. */
  readonly keySources: readonly KeySource[];
  readonly now: EpochMs;
}

/** What a rule found: a reason to fail, or what a setting let pass. */
export type RuleFinding = FailReason | readonly Quirk[];

type Rule = (signature: Signature, context: RuleContext, signed: ReadonlySet<string>) => RuleFinding;

type NamePredicate = (name: string) => boolean;

const none: readonly Quirk[] = [];
const noNames: ReadonlySet<string> = new Set();

const rules: readonly Rule[] = [
  checkMethods,
  checkDomains,
  checkRepeatedNames,
  checkForbiddenFields,
  checkRequiredFields,
  checkTimes,
];

/**
 * Checks a signature that could be read against the template's rules and the clock, before anything is hashed or asked for.
 *
 * @throws nothing.
 * @see draft-crocker-doseta-base-03; RFC 6376 §6.1.1; iSchedule draft 05.
 */
export function checkRules(signature: Signature, context: RuleContext): RuleFinding {
  const signed = new Set(signature.signedNames);
  let quirks = none;
  for (const rule of rules) {
    const finding = rule(signature, context, signed);
    if (typeof finding === 'string') return finding;
    if (finding.length > 0) quirks = [...quirks, ...finding];
  }
  return quirks;
}

/**
 * Makes a question of a template's list: may a field of this name never be signed?
 *
 * @param never - names in lower case; a final `*` stands for any ending.
 * @throws nothing.
 */
export function neverSigned(never: readonly string[]): NamePredicate {
  const names = new Set(never);
  const prefixes = never.filter((rule) => rule.endsWith('*')).map((rule) => rule.slice(0, -1));
  return (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/**
 * The names that fields of the message forbid to sign: what HTTP's Connection lists goes no further than the next hop.
 *
 * @param presentNames - the comparable names of the fields.
 * @throws nothing.
 */
export function namesForbiddenBy(
  { fields }: SignedMessage,
  presentNames: readonly string[],
  template: ServiceTemplate,
): ReadonlySet<string> {
  const { neverIfNamedIn } = template.fields;
  if (!neverIfNamedIn.some((name) => presentNames.includes(name))) return noNames;
  const naming = fields.filter((_, at) => neverIfNamedIn.includes(presentNames[at] ?? ''));
  return new Set(naming.flatMap(({ value }) => value.split(',')).map((name) => name.trim().toLowerCase()));
}

/**
 * The key sources that a signature's `q=` names, in its order.
 *
 * @throws nothing.
 */
export function usableSources(signature: Signature, known: readonly KeySource[]): readonly KeySource[] {
  const usable: KeySource[] = [];
  for (const method of signature.queryMethods) {
    const source = known.find(({ queryMethod }) => queryMethod === method);
    if (source && !usable.includes(source)) usable.push(source);
  }
  return usable;
}

function checkMethods(signature: Signature, context: RuleContext): RuleFinding {
  const { template } = context;
  const { header, content } = signature.canonicalization;
  if (!algorithmNamed(signature.algorithm, template.algorithms)) return 'algorithm-unsupported';
  if (!template.headerCanonicalizations.some(({ name }) => name === header)) return 'canonicalization-unsupported';
  if (!template.contentCanonicalizations.some(({ name }) => name === content)) return 'canonicalization-unsupported';
  return context.keySources.some(({ queryMethod }) => signature.queryMethods.includes(queryMethod))
    ? []
    : 'query-method-unsupported';
}

/** Public suffixes are those of registries: whoever runs a private one (github.io) runs the domain as well. */
function checkDomains(signature: Signature, { policy }: RuleContext): RuleFinding {
  const { signingDomain } = signature;
  if (!signingDomain.includes('.')) return 'signing-domain-unsuitable';
  if (!isIdentityWithinDomain(signature)) return 'identity-outside-domain';
  const suffix = getPublicSuffix(signingDomain, { allowPrivateDomains: false, extractHostname: false });
  if (suffix !== signingDomain) return none;
  return policy.publicSuffixes === 'allow' ? ['signing-domain-public-suffix'] : 'signing-domain-unsuitable';
}

function checkRepeatedNames(
  { signedNames }: Signature,
  { template, policy }: RuleContext,
  signed: ReadonlySet<string>,
): RuleFinding {
  if (template.repeatedNames === 'allow' || signed.size === signedNames.length) return none;
  return policy.repeatedNames === 'allow' ? ['field-name-repeated'] : 'field-name-repeated';
}

function checkForbiddenFields({ signedNames }: Signature, context: RuleContext): RuleFinding {
  const { template, policy, message, presentNames, isNeverSigned } = context;
  const forbidden = namesForbiddenBy(message, presentNames, template);
  if (!signedNames.some((name) => isNeverSigned(name) || forbidden.has(name))) return none;
  return policy.forbiddenFields === 'allow' ? ['field-forbidden'] : 'field-forbidden';
}

function checkRequiredFields(
  _: Signature,
  { template, presentNames }: RuleContext,
  signed: ReadonlySet<string>,
): RuleFinding {
  const { must, mustIfPresent } = template.fields;
  if (!must.every((name) => signed.has(name))) return 'field-unsigned';
  if (mustIfPresent.some((name) => presentNames.includes(name) && !signed.has(name))) return 'field-unsigned';
  return must.every((name) => presentNames.includes(name)) ? none : 'field-missing';
}

/** A short time between `t=` and `x=` is no fault; either may be absent. */
function checkTimes(signature: Signature, { template, now }: RuleContext): RuleFinding {
  const { signedAt, expiresAt } = signature;
  if (signedAt !== undefined && signedAt > now + template.times.maxFutureSeconds * 1_000) return 'signed-in-the-future';
  if (expiresAt === undefined) return none;
  if (signedAt !== undefined && expiresAt <= signedAt) return 'expired-before-signed';
  return now > expiresAt ? 'expired' : none;
}

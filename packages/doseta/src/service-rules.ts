import type { EpochMs } from '@isched/values';
import { getPublicSuffix } from 'tldts';
import { algorithmNamed } from './algorithms/table.ts';
import { comparableName } from './canonicalization/fields-by-name.ts';
import type { Field, QueryMethod, ServiceTemplate } from './service-template.ts';
import { isIdentityWithinDomain, type Signature } from './signature-field.ts';
import type { FailReason, Quirk, VerificationPolicy } from './verification.ts';

/** What the rules are judged by. */
export interface RuleContext {
  readonly template: ServiceTemplate;
  readonly policy: VerificationPolicy;
  /** Methods of the template for which there is a key source. */
  readonly queryMethods: readonly QueryMethod[];
  readonly now: EpochMs;
}

/** What a rule found: a reason to fail, or what a setting let pass. */
export type RuleFinding = FailReason | readonly Quirk[];

type Rule = (signature: Signature, fields: readonly Field[], context: RuleContext) => RuleFinding;

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
export function checkRules(signature: Signature, fields: readonly Field[], context: RuleContext): RuleFinding {
  const quirks: Quirk[] = [];
  for (const rule of rules) {
    const finding = rule(signature, fields, context);
    if (typeof finding === 'string') return finding;
    quirks.push(...finding);
  }
  return quirks;
}

/**
 * Says whether a field may never be signed under a template.
 *
 * @param name - in lower case.
 * @throws nothing.
 */
export function isNeverSigned(name: string, never: readonly string[]): boolean {
  return never.some((rule) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : name === rule));
}

/**
 * The names that fields of the message forbid to sign: what HTTP's Connection lists goes no further than the next hop.
 *
 * @throws nothing.
 */
export function namesForbiddenBy(fields: readonly Field[], template: ServiceTemplate): ReadonlySet<string> {
  const { neverIfNamedIn } = template.fields;
  if (neverIfNamedIn.length === 0) return new Set();
  return new Set(
    fields
      .filter((field) => neverIfNamedIn.includes(comparableName(field.name)))
      .flatMap((field) => field.value.split(','))
      .map((name) => name.trim().toLowerCase()),
  );
}

/**
 * The query methods of a signature that can be used, in its order.
 *
 * @throws nothing.
 */
export function usableMethods(signature: Signature, known: readonly QueryMethod[]): readonly QueryMethod[] {
  const methods = signature.queryMethods.map((listed) => known.find((method) => method === listed));
  return [...new Set(methods.filter((method) => method !== undefined))];
}

function checkMethods(signature: Signature, _: readonly Field[], context: RuleContext): RuleFinding {
  const { template } = context;
  const { header, content } = signature.canonicalization;
  if (!algorithmNamed(signature.algorithm, template.algorithms)) return 'algorithm-unsupported';
  if (!template.headerCanonicalizations.some(({ name }) => name === header)) return 'canonicalization-unsupported';
  if (!template.contentCanonicalizations.some(({ name }) => name === content)) return 'canonicalization-unsupported';
  return usableMethods(signature, context.queryMethods).length === 0 ? 'query-method-unsupported' : [];
}

/** Public suffixes are those of registries: whoever runs a private one (github.io) runs the domain as well. */
function checkDomains(signature: Signature, _: readonly Field[], { policy }: RuleContext): RuleFinding {
  const { signingDomain } = signature;
  if (!signingDomain.includes('.')) return 'signing-domain-unsuitable';
  if (!isIdentityWithinDomain(signature)) return 'identity-outside-domain';
  const suffix = getPublicSuffix(signingDomain, { allowPrivateDomains: false, extractHostname: false });
  if (suffix !== signingDomain) return [];
  return policy.publicSuffixes === 'allow' ? ['signing-domain-public-suffix'] : 'signing-domain-unsuitable';
}

function checkRepeatedNames(signature: Signature, _: readonly Field[], { template, policy }: RuleContext): RuleFinding {
  const { signedNames } = signature;
  if (template.repeatedNames === 'allow' || new Set(signedNames).size === signedNames.length) return [];
  return policy.repeatedNames === 'allow' ? ['field-name-repeated'] : 'field-name-repeated';
}

function checkForbiddenFields(
  signature: Signature,
  fields: readonly Field[],
  { template, policy }: RuleContext,
): RuleFinding {
  const forbidden = namesForbiddenBy(fields, template);
  const { never } = template.fields;
  if (!signature.signedNames.some((name) => isNeverSigned(name, never) || forbidden.has(name))) return [];
  return policy.forbiddenFields === 'allow' ? ['field-forbidden'] : 'field-forbidden';
}

function checkRequiredFields(signature: Signature, fields: readonly Field[], { template }: RuleContext): RuleFinding {
  const { must, mustIfPresent } = template.fields;
  const signed = new Set(signature.signedNames);
  const present = new Set(fields.map((field) => comparableName(field.name)));
  if (!must.every((name) => signed.has(name))) return 'field-unsigned';
  if (mustIfPresent.some((name) => present.has(name) && !signed.has(name))) return 'field-unsigned';
  return must.every((name) => present.has(name)) ? [] : 'field-missing';
}

/** A short time between `t=` and `x=` is no fault; either may be absent. */
function checkTimes(signature: Signature, _: readonly Field[], { template, now }: RuleContext): RuleFinding {
  const { signedAt, expiresAt } = signature;
  if (signedAt !== undefined && signedAt > now + template.times.maxFutureSeconds * 1_000) return 'signed-in-the-future';
  if (expiresAt === undefined) return [];
  if (signedAt !== undefined && expiresAt <= signedAt) return 'expired-before-signed';
  return now > expiresAt ? 'expired' : [];
}

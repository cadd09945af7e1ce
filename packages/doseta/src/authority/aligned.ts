import type { Dns } from '@isched/runtime';
import { type Abortable, type DomainName, isWithin } from '@isched/values';
import type { Signature } from '../signature-field.ts';
import type { VerificationKey } from '../verification.ts';
import { lookupAtps } from './atps.ts';

/** May this signing domain speak for that originator's domain? Three answers, never two. */
export type Alignment =
  | { readonly status: 'aligned'; readonly by: 'domain' | 'local-policy' | 'atps' }
  | { readonly status: 'not-aligned'; readonly reason: AlignmentReason }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/** Why not; docs/verification-reasons.md explains them beside the reasons of a failed signature. */
export const alignmentReasons = ['domain-not-aligned', 'key-for-domain-only'] as const;

export type AlignmentReason = (typeof alignmentReasons)[number];

/** A signature that passed, and for whom it is to speak. A VerificationPass has the first two. */
export interface AlignmentQuestion {
  readonly signature: Signature;
  readonly key: Pick<VerificationKey, 'strictDomain'>;
  readonly originatorDomain: DomainName;
}

export interface AlignmentDeps {
  readonly dns: Dns;
  /** Local policy: the originator domains that a signing domain may speak for, whatever DNS says. */
  readonly allow: (signingDomain: DomainName, originatorDomain: DomainName) => boolean | Promise<boolean>;
}

/**
 * Judges whether a signing domain may speak for an originator's: its own domain and what lies under it, else what local
 * policy or the originator's domain (ATPS) vouches for. The network is asked last.
 *
 * A key with `t=s` is not for sub-domains; another domain's word for the signer is not touched by that.
 *
 * @throws the signal's reason when aborted; what `allow` throws.
 * @see iSchedule draft 05, "Authorization of the Originator"; RFC 6376 §3.6.1 (`t=s`); RFC 6541.
 */
export async function aligned(
  question: AlignmentQuestion,
  { dns, allow }: AlignmentDeps,
  options: Abortable = {},
): Promise<Alignment> {
  const { signature, key, originatorDomain } = question;
  const { signingDomain } = signature;
  const same = originatorDomain === signingDomain;
  const under = isWithin(originatorDomain, signingDomain);
  if (same || (under && !key.strictDomain)) return { status: 'aligned', by: 'domain' };
  if (await allow(signingDomain, originatorDomain)) return { status: 'aligned', by: 'local-policy' };
  const atps = await lookupAtps(question, { dns }, options);
  if (atps.status === 'unavailable') return atps;
  if (atps.status === 'authorised') return { status: 'aligned', by: 'atps' };
  return { status: 'not-aligned', reason: under ? 'key-for-domain-only' : 'domain-not-aligned' };
}

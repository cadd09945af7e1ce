import { type DomainName, isWithin } from '@isched/values';

/** Who may schedule with users here, as far as the configuration says. */
export interface PartnerPolicy {
  /** The domains that are served here. */
  readonly ownDomains: readonly DomainName[];
  /**
   * Messages from outside in the name of our own users. Those hand in their messages here; one that comes by the wire
   * was made by somebody else who has our key, or is a loop. Default `refuse`.
   */
  readonly ownOriginators?: 'refuse' | 'accept' | undefined;
  /** Domains nothing is taken from, with all below them. Default none. */
  readonly blockedDomains?: readonly DomainName[] | undefined;
}

/** Between whom messages may go another way where iSchedule can't carry them. */
export interface FallbackPartners {
  /** Own domains whose users' messages never do. */
  readonly notFrom: readonly DomainName[];
  /** Domains whose users never get them so, with all below them. */
  readonly notTo: readonly DomainName[];
}

/**
 * Says whether messages from one domain to another may go by the fallback. What nobody has ruled out may.
 *
 * @throws nothing.
 */
export function mayFallBack(
  { notFrom, notTo }: FallbackPartners,
  { from, to }: { readonly from: DomainName; readonly to: DomainName },
): boolean {
  return !notFrom.includes(from) && !notTo.some((domain) => isWithin(to, domain));
}

/**
 * Says whether an originator of this domain may schedule here, once the signature has proved the domain.
 *
 * @throws nothing.
 * @see iSchedule digest §4, `originator-denied`.
 */
export function mayOriginate(policy: PartnerPolicy, originatorDomain: DomainName): boolean {
  const blocked = (policy.blockedDomains ?? []).some((domain) => isWithin(originatorDomain, domain));
  if (blocked) return false;
  return policy.ownOriginators === 'accept' || !policy.ownDomains.includes(originatorDomain);
}

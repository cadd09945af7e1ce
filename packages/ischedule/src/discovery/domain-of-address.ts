import { type CalAddress, mailboxOf } from '@isched/icalendar';
import { type DomainName, DomainNameError, parseDomainName } from '@isched/values';

/**
 * The domain whose iSchedule receiver serves an address: what follows the last `@` of a `mailto:`, the host of any other
 * URI.
 *
 * @returns nothing where there is no host, or one that is no domain name: such an address is not reachable by iSchedule.
 * @throws nothing.
 * @see iSchedule digest §1.1.
 */
export function domainOfAddress(address: CalAddress): DomainName | undefined {
  const host = mailboxOf(address)?.domain ?? hostOf(address);
  if (host === undefined) return undefined;
  try {
    return parseDomainName(host);
  } catch (error) {
    if (error instanceof DomainNameError) return undefined;
    throw error;
  }
}

function hostOf(address: string): string | undefined {
  if (/^mailto:/i.test(address)) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(address)?.[1];
}

import { type CalAddress, calAddressKey } from '@isched/icalendar';
import { mapLimit } from '@isched/runtime';
import type { Abortable, DomainName } from '@isched/values';
import { domainOfAddress } from '../discovery/domain-of-address.ts';
import type { Location, ReceiverLocator } from '../discovery/location.ts';
import type { Keyed } from './errand.ts';
import type { LocatedRecipient } from './group.ts';

/**
 * Finds the receiver of each recipient, asking for each domain once. Recipients who are there twice are one.
 *
 * @returns those that have a receiver, and the outcome of the others.
 * @throws the signal's reason when aborted.
 */
export async function locateRecipients(
  recipients: readonly CalAddress[],
  deps: { readonly locator: ReceiverLocator; readonly limits: { readonly maxConcurrentReceivers: number } },
  abortable: Abortable,
): Promise<{ readonly located: readonly LocatedRecipient<CalAddress>[]; readonly settled: readonly Keyed[] }> {
  const distinct = new Map(recipients.map((recipient) => [calAddressKey(recipient), recipient]));
  const domains = new Map([...distinct.values()].map((recipient) => [recipient, domainOfAddress(recipient)]));
  const locations = await locateAll(new Set(domains.values()), deps, abortable);
  const located: LocatedRecipient<CalAddress>[] = [];
  const settled: Keyed[] = [];
  for (const [key, recipient] of distinct) {
    const domain = domains.get(recipient);
    const location = domain && locations.get(domain);
    if (domain && location?.status === 'located') located.push({ recipient, domain, location });
    else if (location?.status === 'unavailable') {
      settled.push([key, { status: 'retry', tries: 'usual', cause: location.cause, attempts: [] }]);
    } else settled.push([key, { status: 'not-offered', attempts: [] }]);
  }
  return { located, settled };
}

async function locateAll(
  domains: ReadonlySet<DomainName | undefined>,
  deps: Parameters<typeof locateRecipients>[1],
  abortable: Abortable,
): Promise<ReadonlyMap<DomainName, Location>> {
  const names = [...domains].filter((domain) => domain !== undefined);
  const { maxConcurrentReceivers } = deps.limits;
  const entries = await mapLimit(
    names,
    maxConcurrentReceivers,
    async (name) => [name, await deps.locator.locate(name, abortable)] as const,
    abortable,
  );
  return new Map(entries);
}

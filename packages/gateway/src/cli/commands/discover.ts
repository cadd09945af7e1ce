import { type Candidate, createLocator, domainOfAddress, type Location } from '@isched/ischedule';
import { parseCalAddress } from '@isched/icalendar';
import { systemRandom } from '@isched/runtime';
import { type DomainName, DomainNameError, parseDomainName } from '@isched/values';
import type { AddCommand } from '../main.ts';
import { type NetworkFlags, openNetwork, withNetworkFlags } from '../network-options.ts';
import { exitCode, type ExitCode, report, UsageError } from '../output.ts';

/** `isched discover ADDRESS|DOMAIN` */
export const discoverCommand: AddCommand = (program, terminal, done) => {
  const command = program
    .command('discover')
    .description('Find the iSchedule receiver of an address or a domain: SRV, TXT and the well-known path.')
    .argument('<address|domain>')
    .option('--json', 'for programs');
  withNetworkFlags(command).action(async (what: string, flags: NetworkFlags & { readonly json?: true }) => {
    const domain = domainOf(what);
    await using network = openNetwork(flags);
    const location = await createLocator({ dns: network.dns, random: systemRandom }).locate(domain);
    report(terminal, { json: asJson(domain, location), text: asText(domain, location) }, flags.json === true);
    done(codeOf(location));
  });
};

/**
 * The domain of a calendar user address, or the domain itself.
 *
 * @throws UsageError when it is neither.
 */
export function domainOf(what: string): DomainName {
  try {
    if (!/[@:]/.test(what)) return parseDomainName(what);
    const domain = domainOfAddress(parseCalAddress(what));
    if (domain !== undefined) return domain;
  } catch (error) {
    if (!(error instanceof DomainNameError) && (error as { code?: unknown }).code !== 'invalid-cal-address')
      throw error;
  }
  throw new UsageError(`${JSON.stringify(what)} is neither a calendar user address with a domain nor a domain`);
}

function codeOf(location: Location): ExitCode {
  switch (location.status) {
    case 'located':
      return exitCode.fine;
    case 'not-offered':
      return exitCode.foundErrors;
    case 'unavailable':
      return exitCode.couldNotTell;
    default:
      return location satisfies never;
  }
}

function asJson(domain: DomainName, location: Location): object {
  return location.status === 'unavailable'
    ? { domain, ...location, cause: String(location.cause) }
    : { domain, ...location };
}

function asText(domain: DomainName, location: Location): string {
  switch (location.status) {
    case 'located':
      return [`${domain} takes iSchedule at:`, ...location.candidates.map(describeCandidate)].join('\n');
    case 'not-offered':
      return `${domain} does not offer iSchedule: no SRV record at _ischedules._tcp, or one that declines.`;
    case 'unavailable':
      return `Could not tell: the name system did not answer for ${domain}. ${String(location.cause)}`;
    default:
      return location satisfies never;
  }
}

function describeCandidate(candidate: Candidate): string {
  const names = (candidate.certificateNames ?? []).map((name) =>
    name.type === 'srv' ? `${name.service}.${name.name}` : name.name,
  );
  return `  ${candidate.url}${names.length > 0 ? `  (certificate for ${names.join(' or ')})` : ''}`;
}

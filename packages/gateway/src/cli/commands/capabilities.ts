import {
  type Capabilities,
  type CapabilitiesLookup,
  createLocator,
  createPeerCapabilities,
  type LocatedReceiver,
} from '@isched/ischedule';
import { systemClock, systemRandom } from '@isched/runtime';
import type { Network } from '../../server/network.ts';
import { isoTime } from '../instant.ts';
import type { AddCommand } from '../main.ts';
import { type NetworkFlags, openNetwork, withNetworkFlags } from '../network-options.ts';
import { exitCode, report, UsageError } from '../output.ts';
import { domainOf } from './discover.ts';

/** What could be found of a receiver's capabilities, or why not. */
type Found =
  | CapabilitiesLookup
  | { readonly status: 'not-offered' }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/** `isched capabilities DOMAIN|URL` */
export const capabilitiesCommand: AddCommand = (program, terminal, done) => {
  const command = program
    .command('capabilities')
    .description('Ask a receiver what it takes.')
    .argument('<domain|url>', 'a domain, an address, or the https URL of a receiver')
    .option('--json', 'for programs');
  withNetworkFlags(command).action(async (what: string, flags: NetworkFlags & { readonly json?: true }) => {
    await using network = openNetwork(flags);
    const found = await lookUp(what, network);
    report(terminal, { json: asJson(found), text: asText(what, found) }, flags.json === true);
    done(codes[found.status]);
  });
};

const codes = {
  known: exitCode.fine,
  'not-offered': exitCode.foundErrors,
  refused: exitCode.foundErrors,
  unreadable: exitCode.foundErrors,
  unreachable: exitCode.couldNotTell,
  unavailable: exitCode.couldNotTell,
} as const;

async function lookUp(what: string, network: Network): Promise<Found> {
  const receiver = await locate(what, network);
  if ('status' in receiver) return receiver;
  return createPeerCapabilities({ fetch: network.fetch, clock: systemClock }).lookup(receiver);
}

async function locate(what: string, network: Network): Promise<LocatedReceiver | Exclude<Found, CapabilitiesLookup>> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(what)) return { receiverId: what, candidates: [{ url: httpsUrl(what) }] };
  const location = await createLocator({ dns: network.dns, random: systemRandom }).locate(domainOf(what));
  return location.status === 'located'
    ? { receiverId: location.receiverId, candidates: location.candidates }
    : location;
}

function httpsUrl(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') throw new UsageError(`${text} is not an https URL`);
  const url = new URL(text);
  url.search = ''; // the action is added when it is asked
  return url.href;
}

function asJson(found: Found): object {
  if (found.status === 'known') return { status: found.status, capabilities: found.capabilities };
  return { status: found.status, why: why(found) };
}

function asText(what: string, found: Found): string {
  if (found.status !== 'known') return `${what}: ${why(found)}`;
  const lines = describe(found.capabilities).filter(([, value]) => value !== undefined && value !== '');
  return [`${what} takes:`, ...lines.map(([label, value]) => `  ${label.padEnd(14)}${value}`)].join('\n');
}

/** A line for each thing that is stated; what is not stated is unknown, and no limit. */
function describe(capabilities: Capabilities): readonly (readonly [label: string, value: string | undefined])[] {
  const { schedulingMessages, calendarDataTypes, attachments, minDateTime, maxDateTime } = capabilities;
  const messages =
    schedulingMessages?.map(({ component, methods }) => `${component} ${methods.join(', ') || 'any method'}`) ?? [];
  const range = [minDateTime, maxDateTime].map((instant) => (instant === undefined ? 'any time' : isoTime(instant)));
  const taken = attachments && Object.entries(attachments).flatMap(([kind, isTaken]) => (isTaken ? [kind] : []));
  return [
    ['serial', capabilities.serialNumber],
    ['versions', capabilities.versions?.join(', ')],
    ...messages.map((text, index) => [index === 0 ? 'messages' : '', text] as const),
    [
      'formats',
      calendarDataTypes?.map(({ contentType, version }) => [contentType, version].filter(Boolean).join(' ')).join(', '),
    ],
    ['attachments', taken && (taken.join(', ') || 'none')],
    ['calendars', capabilities.rscales?.join(', ')],
    ['dates', minDateTime === undefined && maxDateTime === undefined ? undefined : range.join(' to ')],
    ['length', limit(capabilities.maxContentLength, 'octets')],
    ['recipients', limit(capabilities.maxRecipients, 'a message')],
    ['instances', limit(capabilities.maxInstances, 'a recurrence')],
    ['administrator', capabilities.administrator],
  ];
}

function limit(value: number | undefined, unit: string): string | undefined {
  return value === undefined ? undefined : `up to ${value} ${unit}`;
}

function why(found: Exclude<Found, { status: 'known' }>): string {
  switch (found.status) {
    case 'not-offered':
      return 'no iSchedule is offered there';
    case 'unavailable':
      return `could not tell: the name system did not answer. ${String(found.cause)}`;
    case 'unreachable':
      return `could not tell: nobody answered. ${found.failures.map((failure) => `${failure.code}: ${failure.message}`).join('; ')}`;
    case 'refused':
      return `it answered ${found.response.status}, no capabilities`;
    case 'unreadable':
      return `it answered with something that can't be read: ${String(found.cause)}`;
    default:
      return found satisfies never;
  }
}

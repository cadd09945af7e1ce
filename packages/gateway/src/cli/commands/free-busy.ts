import { formatUtc, parameter, parseCalendar, properties, subcomponents } from '@isched/icalendar';
import { systemClock, systemRandom } from '@isched/runtime';
import type { EpochMs } from '@isched/values';
import type { OutcomeJson } from '../../admin/submission.ts';
import { loadConfig } from '../../server/config/load.ts';
import type { Config } from '../../server/config/schema.ts';
import { parseAddress } from '../address.ts';
import { parseInstant } from '../instant.ts';
import { codeOfOutcomes, describeOutcome, handOver, type HandOverOptions } from '../hand-over.ts';
import type { AddCommand } from '../main.ts';
import { withNetworkFlags } from '../network-options.ts';
import { report, UsageError } from '../output.ts';

interface FreeBusyOptions extends HandOverOptions {
  readonly from: string;
  readonly to: string;
  readonly config: string;
  readonly originator?: string;
  readonly json?: true;
}

/** `isched free-busy ADDRESS… --from ISO --to ISO --config FILE` */
export const freeBusyCommand: AddCommand = (program, terminal, done) => {
  const command = program
    .command('free-busy')
    .description('Ask when people at any organisation are busy.')
    .argument('<address...>', 'whom to ask about')
    .requiredOption('--from <time>', 'such as 2026-11-23T08:00:00Z')
    .requiredOption('--to <time>', 'such as 2026-11-23T18:00:00Z')
    .requiredOption('--config <file>', 'the configuration of the asking gateway')
    .option('--originator <address>', 'who asks; default: the first user of the configuration')
    .option('--direct', 'sign and send from here, also where a gateway runs')
    .option('--json', 'for programs');
  withNetworkFlags(command).action(async (addresses: readonly string[], options: FreeBusyOptions) => {
    const config = loadConfig(options.config, terminal.environment);
    const recipients = addresses.map(parseAddress);
    const originator = parseAddress(options.originator ?? firstUser(config));
    const question = freeBusyRequest({ originator, recipients, ...readRange(options) });
    const outcomes = await handOver({ message: question, originator, recipients }, { ...options, config, terminal });
    const results = outcomes.map((outcome) => ({ ...outcome, busy: busyOf(outcome) }));
    report(
      terminal,
      { json: { originator, results }, text: results.map(describeResult).join('\n') },
      options.json === true,
    );
    done(codeOfOutcomes(outcomes));
  });
};

interface Question {
  readonly originator: string;
  readonly recipients: readonly string[];
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** A VFREEBUSY REQUEST for these people. @throws nothing. @see RFC 5546 §3.3.2. */
export function freeBusyRequest({ originator, recipients, from, to }: Question): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//CLI//EN',
    'METHOD:REQUEST',
    'BEGIN:VFREEBUSY',
    `UID:${systemRandom.token()}`,
    `DTSTAMP:${formatUtc(systemClock.now())}`,
    `DTSTART:${formatUtc(from)}`,
    `DTEND:${formatUtc(to)}`,
    `ORGANIZER:${originator}`,
    ...recipients.map((recipient) => `ATTENDEE:${recipient}`),
    'END:VFREEBUSY',
    'END:VCALENDAR',
    '',
  ];
  return lines.join('\r\n');
}

/** One busy period, as it was answered. */
interface Busy {
  readonly type: string;
  readonly start: string;
  readonly end: string;
}

function busyOf({ calendarData }: OutcomeJson): readonly Busy[] {
  if (calendarData === undefined) return [];
  const lines = subcomponents(parseCalendar(calendarData), 'VFREEBUSY').flatMap((component) =>
    properties(component, 'FREEBUSY'),
  );
  return lines.flatMap((line) =>
    line.value.split(',').map((period) => {
      const [start = '', end = ''] = period.trim().split('/');
      return { type: parameter(line, 'FBTYPE') ?? 'BUSY', start, end };
    }),
  );
}

function describeResult(result: OutcomeJson & { readonly busy: readonly Busy[] }): string {
  const periods = result.busy.map(({ start, end, type }) => `    ${readable(start)} to ${readable(end)}  ${type}`);
  const free =
    result.status === 'answered' && result.calendarData !== undefined && periods.length === 0 ? ['    free'] : [];
  return [describeOutcome(result), ...periods, ...free].join('\n');
}

/** `20261125T140000Z` as `2026-11-25 14:00:00Z`; a duration stays as it is. */
function readable(text: string): string {
  return text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3 $4:$5:$6Z');
}

function readRange(options: FreeBusyOptions): { readonly from: EpochMs; readonly to: EpochMs } {
  const from = parseInstant(options.from);
  const to = parseInstant(options.to);
  if (to <= from) throw new UsageError('--to must be later than --from');
  return { from, to };
}

function firstUser(config: Config): string {
  const user = config.users[0];
  if (!user) throw new UsageError('say who asks: --originator ADDRESS (the configuration names no users)');
  return user.address;
}

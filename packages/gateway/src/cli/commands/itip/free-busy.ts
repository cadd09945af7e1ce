import { formatCalendar, formatUtc, type TimeZone, utcZone, zonesOf } from '@isched/icalendar';
import type { BusyOptions, BusyPeriod } from '@isched/itip';
import type { TimeRange } from '@isched/values';
import { parseAddress } from '../../address.ts';
import { clockAt, parseInstant } from '../../instant.ts';
import type { AddCommand } from '../../main.ts';
import { exitCode, report, UsageError } from '../../output.ts';
import { busyCalendar, busyTimeOf } from './busy-time.ts';
import { createFileReader, readCalendars } from './calendar-input.ts';
import { reading } from './message-input.ts';

interface FreeBusyOptions {
  readonly calendar: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly user?: string;
  readonly tzid?: string;
  readonly now?: string;
  readonly json?: true;
}

/** `isched itip free-busy --calendar FILE.ics… --from ISO --to ISO [--user A] [--tzid Z]` */
export const freeBusyCommand: AddCommand = (program, terminal, done) => {
  program
    .command('free-busy')
    .description('Say when the owner of some calendars is busy, as a VFREEBUSY.')
    .requiredOption('--calendar <file...>', "the owner's calendars, availability included, or - for standard input")
    .requiredOption('--from <time>', 'such as 2026-11-23T08:00:00Z')
    .requiredOption('--to <time>', 'such as 2026-11-23T18:00:00Z')
    .option('--user <address>', 'the owner: what they declined takes no time; default: entries count as they stand')
    .option('--tzid <zone>', "the owner's time zone, for floating times and whole days", 'UTC')
    .option('--now <time>', 'as of this time, such as 2026-11-23T10:00:00Z')
    .option('--json', 'for programs: the periods one by one')
    .action(async (options: FreeBusyOptions) => {
      const range = readRange(options);
      const read = createFileReader(terminal);
      const files = await Promise.all(options.calendar.map(async (path) => ({ path, octets: await read(path) })));
      const owner: BusyOptions = {
        user: options.user === undefined ? undefined : parseAddress(options.user),
        defaultZone: readZone(options.tzid ?? 'UTC'),
      };
      const results = files.map(({ path, octets }) => ({ path, calendars: reading(() => readCalendars(octets)) }));
      const calendars = results.flatMap((file) => ('value' in file.calendars ? file.calendars.value : []));
      const { periods, unknown } = busyTimeOf(calendars, range, owner);
      const complaints = [
        ...results.flatMap(({ path, calendars: found }) =>
          'unreadable' in found ? [`${path} can't be read: ${found.unreadable.detail}`] : [],
        ),
        ...unknown.map(({ what, why }) => `${what} is left out: ${why}`),
      ];
      for (const line of complaints) terminal.error(`isched: ${line}\n`);
      const now = clockAt(options.now).now();
      const text = formatCalendar(busyCalendar({ periods, range, user: owner.user, now }));
      report(terminal, { json: asJson(range, periods), text }, options.json === true);
      done(complaints.length === 0 ? exitCode.fine : exitCode.foundErrors);
    });
};

function readRange(options: FreeBusyOptions): TimeRange {
  const start = parseInstant(options.from);
  const end = parseInstant(options.to);
  if (end <= start) throw new UsageError('--to must be later than --from');
  return { start, end };
}

function readZone(tzid: string): TimeZone {
  const zone = tzid === 'UTC' ? utcZone : zonesOf(undefined).zone(tzid);
  if (!zone) throw new UsageError(`${JSON.stringify(tzid)} is no time zone, such as Europe/Berlin`);
  return zone;
}

function asJson({ start, end }: TimeRange, periods: readonly BusyPeriod[]): unknown {
  const busy = periods.map((each) => ({ type: each.type, start: formatUtc(each.start), end: formatUtc(each.end) }));
  return { start: formatUtc(start), end: formatUtc(end), busy };
}

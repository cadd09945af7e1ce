import { type CalAddress, type Component, formatCalendar } from '@isched/icalendar';
import { onCancel, onCreate, onUpdate, type Outgoing, type OutgoingContext } from '@isched/itip';
import type { Octets } from '@isched/values';
import { parseAddress } from '../../address.ts';
import { clockAt } from '../../instant.ts';
import type { AddCommand } from '../../main.ts';
import { exitCode, report } from '../../output.ts';
import { createFileReader, joinObject, readCalendars } from './calendar-input.ts';
import { type Read, reading } from './message-input.ts';

interface OutgoingOptions {
  readonly user: string;
  readonly before?: string;
  readonly after?: string;
  readonly now?: string;
  readonly json?: true;
}

/** `isched itip outgoing --user ADDRESS [--before A.ics] [--after B.ics]` */
export const outgoingCommand: AddCommand = (program, terminal, done) => {
  program
    .command('outgoing')
    .description('Say which messages go out when somebody puts, changes or deletes an object in their calendar.')
    .requiredOption('--user <address>', 'whose calendar it is')
    .option('--before <file>', 'the object as it was; left out: it is new')
    .option('--after <file>', 'the object as it was put; left out: it was deleted')
    .option('--now <time>', 'as of this time, such as 2026-11-23T10:00:00Z')
    .option('--json', 'for programs, with all texts')
    .action(async (options: OutgoingOptions) => {
      if (options.before === undefined && options.after === undefined) {
        terminal.error('isched: neither --before nor --after: there is no change\n');
      }
      const read = createFileReader(terminal);
      const before = options.before === undefined ? undefined : await read(options.before);
      const after = options.after === undefined ? undefined : await read(options.after);
      const context = { user: parseAddress(options.user), now: clockAt(options.now).now() };
      const result = reading(() => outgoing(objectOf(before), objectOf(after), context));
      for (const line of complaints(result)) terminal.error(`isched: ${line}\n`);
      const json = asJson(result);
      report(terminal, { json, text: asText(json) }, options.json === true);
      done(complaints(result).length === 0 ? exitCode.fine : exitCode.foundErrors);
    });
};

function objectOf(octets: Octets | undefined): Component | undefined {
  return octets && joinObject(readCalendars(octets));
}

function outgoing(before: Component | undefined, after: Component | undefined, context: OutgoingContext): Outgoing {
  if (before && after) return onUpdate(before, after, context);
  if (after) return onCreate(after, context);
  return before ? onCancel(before, context) : { stored: undefined, messages: [], forbidden: [] };
}

/** Why a calendar server would refuse the change. */
function complaints(result: Read<Outgoing>): readonly string[] {
  if ('unreadable' in result) return [`refused: ${result.unreadable.detail}`];
  return result.value.forbidden.map(({ recurrenceId, properties }) => {
    const where = recurrenceId === undefined ? '' : ` of the instance ${recurrenceId}`;
    return `refused: ${properties.join(', ')}${where} is the organizer's to change (RFC 6638 §3.2.2.1)`;
  });
}

interface OutgoingJson {
  /** The object as it must be kept; null: nothing is. */
  readonly stored: string | null;
  readonly messages: readonly {
    readonly method: string;
    readonly to: readonly CalAddress[];
    readonly significant: boolean;
    readonly message: string;
  }[];
}

function asJson(result: Read<Outgoing>): OutgoingJson {
  if ('unreadable' in result) return { stored: null, messages: [] };
  const { stored, messages } = result.value;
  return {
    stored: stored ? formatCalendar(stored) : null,
    messages: messages.map(({ to, message, significant }) => ({
      method: message.method,
      to,
      significant,
      message: formatCalendar(message.calendar),
    })),
  };
}

function asText({ stored, messages }: OutgoingJson): string {
  const sent = messages.flatMap(({ method, to, significant, message }) => [
    `${method} to ${to.join(', ')}${significant ? '' : ' (nothing a person has to know)'}:`,
    message,
  ]);
  return [
    ...(sent.length === 0 ? ['Nothing goes out.', ''] : sent),
    ...(stored === null ? ['Nothing is kept.'] : ['Kept:', stored]),
  ].join('\n');
}

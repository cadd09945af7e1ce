import { parseAddress } from '../../address.ts';
import { clockAt } from '../../instant.ts';
import type { AddCommand } from '../../main.ts';
import { exitCode, report } from '../../output.ts';
import { createFileReader } from './calendar-input.ts';
import { describeFinding } from './findings.ts';
import { type Processed, processMessage } from './process-message.ts';

interface ProcessOptions {
  readonly user: string;
  readonly stored?: string;
  readonly message: string;
  readonly sender?: string;
  readonly now?: string;
  readonly json?: true;
}

/** `isched itip process --user ADDRESS [--stored STORED.ics] --message MESSAGE.ics` */
export const processCommand: AddCommand = (program, terminal, done) => {
  program
    .command('process')
    .description("Judge a scheduling message for one person's calendar, and do what it asks to what is stored.")
    .requiredOption('--user <address>', 'whose calendar it came for')
    .option('--stored <file>', "what is stored under the message's UID, in one or several pieces; default: nothing")
    .requiredOption('--message <file>', 'the message, or - for standard input')
    .option('--sender <address>', 'who sent it, proven; default: not compared')
    .option('--now <time>', 'as of this time, such as 2026-11-23T10:00:00Z')
    .option('--json', 'for programs, with all texts')
    .action(async (options: ProcessOptions) => {
      const read = createFileReader(terminal);
      const processed = processMessage({
        user: parseAddress(options.user),
        sender: options.sender === undefined ? undefined : parseAddress(options.sender),
        now: clockAt(options.now).now(),
        message: await read(options.message),
        stored: options.stored === undefined ? undefined : await read(options.stored),
      });
      report(terminal, { json: processed, text: asText(processed) }, options.json === true);
      done(processed.status === 'refused' ? exitCode.foundErrors : exitCode.fine);
    });
};

function asText({ status, reason, explanation, stored, replies, findings }: Processed): string {
  const texts = replies.flatMap((reply) => ['', 'Goes out:', reply]);
  return [
    `${status}: ${reason}. ${explanation}`,
    ...findings.map(describeFinding),
    '',
    ...(stored === null ? ['Nothing is stored.'] : ['Stored:', stored]),
    ...texts,
  ].join('\n');
}

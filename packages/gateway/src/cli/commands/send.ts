import { loadConfig } from '../../server/config/load.ts';
import { codeOfOutcomes, describeOutcome, handOver, type HandOverOptions } from '../hand-over.ts';
import type { AddCommand } from '../main.ts';
import { withNetworkFlags } from '../network-options.ts';
import { report, UsageError } from '../output.ts';
import { readTextInput } from '../terminal.ts';

interface SendOptions extends HandOverOptions {
  readonly config: string;
  readonly originator?: string;
  readonly recipient?: readonly string[];
  readonly wait: string;
  readonly json?: true;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0 && seconds <= 600) return seconds;
  throw new UsageError('--wait is a number of seconds, from 0 to 600');
}

/** `isched send MESSAGE.ics --config FILE [--originator A] [--recipient B …]` */
export const sendCommand: AddCommand = (program, terminal, done) => {
  const command = program
    .command('send')
    .description('Send a scheduling message (iCalendar with METHOD) to everybody it concerns.')
    .argument('<message>', 'a file, or - for standard input')
    .requiredOption('--config <file>', 'the configuration of the sending gateway')
    .option('--originator <address>', 'who sends it; default: whom the method says')
    .option(
      '--recipient <address>',
      'whom to send it to; may be repeated; default: whom the method says',
      (text, all?: readonly string[]) => [...(all ?? []), text],
    )
    .option('--direct', 'sign and send from here, also where a gateway runs')
    .option('--wait <seconds>', 'how long to wait for the outcomes; 0: only hand it over', '30')
    .option('--idempotency-key <text>', 'hand it over once, however often this is run')
    .option('--json', 'for programs');
  withNetworkFlags(command).action(async (path: string, options: SendOptions) => {
    const config = loadConfig(options.config, terminal.environment);
    const message = await readTextInput(path, terminal);
    const submission = {
      message,
      originator: options.originator,
      recipients: options.recipient,
      wait: readSeconds(options.wait),
    };
    const outcomes = await handOver(submission, { ...options, config, terminal });
    report(terminal, { json: { outcomes }, text: outcomes.map(describeOutcome).join('\n') }, options.json === true);
    done(codeOfOutcomes(outcomes));
  });
};

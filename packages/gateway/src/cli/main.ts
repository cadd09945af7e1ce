import { Command, CommanderError } from 'commander';
import { ConfigError } from '../server/config/load.ts';
import { capabilitiesCommand } from './commands/capabilities.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo/demo.ts';
import { discoverCommand } from './commands/discover.ts';
import { explainCommand } from './commands/explain.ts';
import { freeBusyCommand } from './commands/free-busy.ts';
import { itipCommand } from './commands/itip/itip.ts';
import { keygenCommand } from './commands/keygen.ts';
import { queueCommand } from './commands/queue.ts';
import { migrateCommand } from './commands/migrate.ts';
import { sendCommand } from './commands/send.ts';
import { serveCommand } from './commands/serve.ts';
import { signCommand } from './commands/sign.ts';
import { storeCommand } from './commands/store.ts';
import { timelineCommand } from './commands/timeline.ts';
import { verifyCommand } from './commands/verify.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { CouldNotTell, type ExitCode, exitCode, type Terminal, UsageError } from './output.ts';
import { processTerminal } from './terminal.ts';
import { packageVersion } from './version.ts';

/** A command: adds itself to the program and says through `done` how it ended. */
export type AddCommand = (program: Command, terminal: Terminal, done: (code: ExitCode) => void) => void;

const commands: readonly AddCommand[] = [
  demoCommand,
  serveCommand,
  configCommand,
  keygenCommand,
  signCommand,
  verifyCommand,
  discoverCommand,
  capabilitiesCommand,
  sendCommand,
  queueCommand,
  timelineCommand,
  explainCommand,
  freeBusyCommand,
  itipCommand,
  migrateCommand,
  storeCommand,
];

/**
 * Runs one command line.
 *
 * @param argv - without the program's own name.
 * @returns the exit code: 0 fine, 1 the check found errors, 2 usage, 3 could not tell.
 * @throws what is our own mistake.
 */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<ExitCode> {
  let code: ExitCode = exitCode.fine;
  const program = createProgram(terminal);
  for (const add of commands) add(program, terminal, (ended) => (code = ended));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return codeOfFailure(error, terminal);
  }
}

function createProgram(terminal: Terminal): Command {
  return new Command('isched')
    .description('Calendar scheduling between organisations: iSchedule with domain signatures.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error })
    .showSuggestionAfterError()
    .showHelpAfterError('(isched COMMAND --help tells how)');
}

function codeOfFailure(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
  const code = knownCode(error);
  if (code === undefined) throw error;
  terminal.error(`isched: ${(error as Error).message}\n`);
  return code;
}

/** What whoever typed the command can mend is usage; what may be otherwise in a minute could not be told. */
function knownCode(error: unknown): ExitCode | undefined {
  if (error instanceof UsageError || error instanceof ConfigError) return exitCode.usage;
  if (error instanceof StoreUnavailable) return error.trouble === 'unfit' ? exitCode.usage : exitCode.couldNotTell;
  return error instanceof CouldNotTell ? exitCode.couldNotTell : undefined;
}

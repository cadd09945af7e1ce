import type { AddCommand } from '../../main.ts';
import { checkCommand } from './check.ts';
import { freeBusyCommand } from './free-busy.ts';
import { outgoingCommand } from './outgoing.ts';
import { processCommand } from './process.ts';

const subcommands: readonly AddCommand[] = [checkCommand, processCommand, outgoingCommand, freeBusyCommand];

/** `isched itip check|process|outgoing|free-busy` */
export const itipCommand: AddCommand = (program, terminal, done) => {
  const itip = program
    .command('itip')
    .description('What scheduling messages mean for a calendar: files in, text out, nothing sent.');
  for (const add of subcommands) add(itip, terminal, done);
};

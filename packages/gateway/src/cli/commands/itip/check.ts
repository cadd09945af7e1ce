import type { AddCommand } from '../../main.ts';
import { exitCode, report } from '../../output.ts';
import { readInput } from '../../terminal.ts';
import { describeFinding, findingsOf } from './findings.ts';
import { readMessage } from './message-input.ts';

interface CheckOptions {
  readonly json?: true;
}

/** `isched itip check MESSAGE.ics` */
export const checkCommand: AddCommand = (program, terminal, done) => {
  program
    .command('check')
    .description('Say which rules of iTIP and iCalendar a scheduling message breaks.')
    .argument('<message>', 'a file with the message, or - for standard input')
    .option('--json', 'for programs')
    .action(async (path: string, options: CheckOptions) => {
      const read = readMessage(await readInput(path, terminal));
      if ('unreadable' in read) {
        const { reason, detail } = read.unreadable;
        const json = { ok: false, method: null, component: null, uid: null, reason, detail, findings: [] };
        report(terminal, { json, text: `no scheduling message: ${reason}. ${detail}` }, options.json === true);
        done(exitCode.foundErrors);
        return;
      }
      const { method, componentType: component, uid } = read.value;
      const findings = findingsOf(read.value);
      const ok = findings.length === 0;
      const lines = ok ? [`${method} of ${component} ${uid} keeps all rules.`] : findings.map(describeFinding);
      const json = { ok, method, component, uid, reason: null, detail: null, findings };
      report(terminal, { json, text: lines.join('\n') }, options.json === true);
      done(ok ? exitCode.fine : exitCode.foundErrors);
    });
};

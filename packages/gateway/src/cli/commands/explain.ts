import { catalogue, explainReason } from '../../decisions/catalogue.ts';
import type { AddCommand } from '../main.ts';
import { report, UsageError } from '../output.ts';

/** `isched explain CODE` */
export const explainCommand: AddCommand = (program, terminal) => {
  program
    .command('explain')
    .description('Say what the reason of a decision means, and what to do about it.')
    .argument('[code]', 'as a time-line or the queue shows it; left out: all of them')
    .option('--json', 'for programs')
    .action((code: string | undefined, options: { readonly json?: true }) => {
      if (code === undefined) {
        const text = Object.entries(catalogue).map(([name, help]) => `${name}: ${help.text}`);
        report(terminal, { json: catalogue, text: text.join('\n') }, options.json === true);
        return;
      }
      const help = explainReason(code);
      if (!help) throw new UsageError(`${code} is no reason this version knows; isched explain lists them all`);
      const text = [`${code} (${help.verdict}): ${help.text}`, help.advice].filter((line) => line !== undefined);
      report(terminal, { json: { code, ...help }, text: text.join('\n') }, options.json === true);
    });
};

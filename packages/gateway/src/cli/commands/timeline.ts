import type { AddCommand } from '../main.ts';
import { openGateway } from '../open-gateway.ts';
import { exitCode, report } from '../output.ts';
import { timelineLines } from '../timeline-text.ts';

/** `isched timeline UID --config FILE` */
export const timelineCommand: AddCommand = (program, terminal, done) => {
  program
    .command('timeline')
    .description('Tell what happened to a meeting, and what is still to come.')
    .argument('<uid>')
    .requiredOption('--config <file>', 'the configuration of the gateway')
    .option('--json', 'for programs')
    .action(async (uid: string, options: { readonly config: string; readonly json?: true }) => {
      const gateway = await openGateway(options.config, terminal);
      const decisions = await gateway.timeline(uid);
      const { deliveries } = await gateway.queue({ uid, state: ['waiting', 'leased', 'held'] }, { limit: 1000 });
      const lines = timelineLines(decisions, deliveries);
      const text = lines.length === 0 ? `Nothing is known of ${uid}.` : lines.join('\n');
      report(terminal, { json: { uid, decisions, waiting: deliveries }, text }, options.json === true);
      if (lines.length === 0) done(exitCode.foundErrors);
    });
};

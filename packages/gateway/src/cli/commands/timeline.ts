import { epochMs } from '@isched/values';
import { explainReason } from '../../decisions/catalogue.ts';
import type { Decision } from '../../ports/decisions.ts';
import type { QueuedDelivery } from '../../ports/delivery-queue.ts';
import { isoTime } from '../instant.ts';
import type { AddCommand } from '../main.ts';
import { openGateway } from '../open-gateway.ts';
import { exitCode, report } from '../output.ts';

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
      const lines = [...decisions.map(sentenceOf), ...deliveries.map(waitingSentence)];
      const text = lines.length === 0 ? `Nothing is known of ${uid}.` : lines.join('\n');
      report(terminal, { json: { uid, decisions, waiting: deliveries }, text }, options.json === true);
      if (lines.length === 0) done(exitCode.foundErrors);
    });
};

function sentenceOf({ at, direction, reason, originator, recipient, method, requestStatus, detail }: Decision): string {
  const who = direction === 'inbound' ? `${originator} sent ${recipient}` : `To ${recipient} from ${originator}:`;
  const what = explainReason(reason)?.text ?? reason;
  const told = [requestStatus, detail].filter((part) => part !== undefined).join(', ');
  return `${isoTime(epochMs(at))}  ${who} ${method ?? 'a message'}. ${what}${told === '' ? '' : ` (${told})`} [${reason}]`;
}

function waitingSentence({ state, recipient, submission, dueAt, blocked }: QueuedDelivery): string {
  const what = `To ${recipient} from ${submission.originator}: ${submission.method}`;
  if (state === 'held') return `now  ${what} is held back by an operator.`;
  if (state === 'leased') return `now  ${what} is being sent.`;
  return blocked
    ? `now  ${what} waits for an earlier message.`
    : `now  ${what} waits until ${isoTime(epochMs(dueAt))}.`;
}

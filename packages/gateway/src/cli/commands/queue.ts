import type { Command } from 'commander';
import type { FilterJson } from '../../admin/queue.ts';
import { type QueueAction, queueActions } from '../../outbound/administer.ts';
import type { DeliveryState } from '../../ports/delivery.ts';
import type { AddCommand } from '../main.ts';
import { exitCode, report, UsageError } from '../output.ts';
import { openGateway } from '../open-gateway.ts';
import { actedText, deliveryText, pageText } from '../queue-text.ts';

interface QueueOptions {
  readonly config: string;
  readonly state?: readonly string[];
  readonly lane?: string;
  readonly domain?: string;
  readonly recipient?: string;
  readonly uid?: string;
  readonly submission?: string;
  readonly limit: string;
  readonly after?: string;
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const descriptions: Readonly<Record<QueueAction, string>> = {
  retry: 'Try deliveries now, those given up once more.',
  hold: 'Hold deliveries back until they are released.',
  release: 'Let deliveries go that were held back.',
  drop: 'Take deliveries out of the queue for good.',
};

/** `isched queue list|show|retry|hold|release|drop` */
export const queueCommand: AddCommand = (program, terminal, ended) => {
  const queue = program.command('queue').description('What waits to be sent, and what became of it.');
  withFilters(
    queue.command('list').description('List deliveries that have not ended, or those the filters leave; oldest first.'),
  )
    .option('--after <delivery>', 'go on behind this one')
    .option('--all', 'whatever became of them')
    .action(async (options: QueueOptions) => {
      const gateway = await openGateway(options.config, terminal);
      const filter = filterOf(options);
      const asked = Object.keys(filter).length === 0 && !options.all ? { state: [...openStates] } : filter;
      const limit = Number(options.limit);
      const page = await gateway.queue(asked, { limit, after: options.after });
      report(terminal, { json: page, text: pageText(page, { now: Date.now(), limit }) }, options.json === true);
    });
  queue
    .command('show')
    .description('Show one delivery, with each request made for it.')
    .argument('<delivery>')
    .requiredOption('--config <file>', 'the configuration of the gateway')
    .option('--json', 'for programs')
    .action(async (id: string, options: QueueOptions) => {
      const delivery = await (await openGateway(options.config, terminal)).delivery(id);
      report(terminal, { json: delivery, text: deliveryText(delivery, Date.now()) }, options.json === true);
    });
  for (const action of queueActions) {
    withFilters(queue.command(action).description(descriptions[action]))
      .argument('[delivery]', 'one delivery; else say which with the filters')
      .option('--all', 'all that can be changed so')
      .option('--dry-run', 'only say which')
      .action(async (id: string | undefined, options: QueueOptions) => {
        const filter = { ...filterOf(options), ...(id !== undefined && { delivery: id }) };
        const asked = Object.keys(filter).length === 0 && options.all ? { state: [...everyState] } : filter;
        if (Object.keys(asked).length === 0) throw new UsageError('say which deliveries: an id, a filter, or --all');
        const gateway = await openGateway(options.config, terminal);
        const dryRun = options.dryRun === true;
        const done = await gateway.act({ action, filter: asked, limit: Number(options.limit), dryRun });
        report(terminal, { json: done, text: actedText(done, Date.now()) }, options.json === true);
        if (id === undefined || done.deliveries.length > 0) return;
        if ((done.leftOut ?? []).length === 0)
          terminal.error(`isched: delivery ${id} is not there, or in no state for it: ${forAction[action]}\n`);
        ended(exitCode.foundErrors);
      });
  }
};

const forAction: Readonly<Record<QueueAction, string>> = {
  retry: 'what waits, or was given up, is tried again',
  hold: 'what waits is held back',
  release: 'what is held is let go',
  drop: 'what waits or is held is dropped',
};

const openStates = ['waiting', 'leased', 'held'] as const satisfies readonly DeliveryState[];
const everyState = ['waiting', 'held', 'dead'] as const satisfies readonly DeliveryState[];

function withFilters(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'the configuration of the gateway')
    .option('--state <state>', 'in this state; may be repeated', (text, all?: readonly string[]) => [
      ...(all ?? []),
      text,
    ])
    .option('--lane <lane>', 'in this lane')
    .option('--domain <domain>', 'for this domain')
    .option('--recipient <address>', 'for this recipient')
    .option('--uid <uid>', 'of this meeting')
    .option('--submission <id>', 'of this submission')
    .option('--limit <count>', 'at most so many', '100')
    .option('--json', 'for programs');
}

function filterOf({ state, lane, domain, recipient, uid, submission }: QueueOptions): FilterJson {
  const given = Object.entries({ lane, domain, recipient, uid, submission }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(state && { state: state as DeliveryState[] }) };
}

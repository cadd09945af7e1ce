import { epochMs } from '@isched/values';
import type { Command } from 'commander';
import type { FilterJson } from '../../admin/queue.ts';
import { type QueueAction, queueActions } from '../../outbound/administer.ts';
import type { DeliveryAttempt, DeliveryState, QueuedDelivery } from '../../ports/delivery-queue.ts';
import { isoTime } from '../instant.ts';
import type { AddCommand } from '../main.ts';
import { report, UsageError } from '../output.ts';
import { openGateway } from '../open-gateway.ts';

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
export const queueCommand: AddCommand = (program, terminal) => {
  const queue = program.command('queue').description('What waits to be sent, and what became of it.');
  withFilters(queue.command('list').description('List deliveries, oldest first.'))
    .option('--after <delivery>', 'go on behind this one')
    .action(async (options: QueueOptions) => {
      const gateway = await openGateway(options.config, terminal);
      const page = await gateway.queue(filterOf(options), { limit: Number(options.limit), after: options.after });
      report(terminal, { json: page, text: listText(page.deliveries) }, options.json === true);
    });
  queue
    .command('show')
    .description('Show one delivery, with each request made for it.')
    .argument('<delivery>')
    .requiredOption('--config <file>', 'the configuration of the gateway')
    .option('--json', 'for programs')
    .action(async (id: string, options: QueueOptions) => {
      const delivery = await (await openGateway(options.config, terminal)).delivery(id);
      report(terminal, { json: delivery, text: deliveryText(delivery) }, options.json === true);
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
        const count = `${done.deliveries.length} ${dryRun ? 'would be changed' : 'changed'}`;
        report(terminal, { json: done, text: [listText(done.deliveries), count].join('\n') }, options.json === true);
      });
  }
};

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

function listText(deliveries: readonly QueuedDelivery[]): string {
  return deliveries.length === 0 ? 'nothing' : deliveries.map(lineOf).join('\n');
}

function lineOf(delivery: QueuedDelivery): string {
  const { id, state, submission, recipient, tries } = delivery;
  const tried = tries === 0 ? '' : tries === 1 ? ', tried once' : `, tried ${tries} times`;
  return `${id}  ${state}${whenOf(delivery)}${tried}  ${submission.method} ${submission.uid}  ${recipient}${whyOf(delivery)}`;
}

function whenOf({ state, dueAt, blocked }: QueuedDelivery): string {
  if (state !== 'waiting') return '';
  return blocked ? ' for an earlier one' : ` until ${isoTime(epochMs(dueAt))}`;
}

function whyOf({ reason, requestStatus, detail }: QueuedDelivery): string {
  const why = [reason, requestStatus, detail].filter((part) => part !== undefined).join(', ');
  return why === '' ? '' : `  (${why})`;
}

function deliveryText(delivery: QueuedDelivery & { readonly attempts: readonly DeliveryAttempt[] }): string {
  const { submission, lane, attempts } = delivery;
  return [
    lineOf(delivery),
    `  submission ${submission.id} of ${submission.originator}, ${isoTime(epochMs(submission.addedAt))}`,
    `  lane ${lane}; given up at ${isoTime(epochMs(submission.expiresAt))}`,
    ...attempts.map(
      ({ at, url, status, ms, cause }) =>
        `  ${isoTime(epochMs(at))} ${url}: ${status ?? 'no answer'} in ${ms} ms${cause === undefined ? '' : `, ${cause}`}`,
    ),
  ].join('\n');
}

import { ischedule } from '@isched/ischedule';
import { ConfiguredKeyError, readConfiguredKeys } from '../adapters/keys/configured-keys.ts';
import { type AttemptJson, type OutcomeJson, outcomeAsJson, readSubmission } from '../admin/submission.ts';
import { Problem } from '../admin/problem.ts';
import type { Config } from '../server/config/schema.ts';
import { createSending } from '../server/sending.ts';
import { epochMs, octetsFromText } from '@isched/values';
import { isoTime } from './instant.ts';
import { reachGateway, type SubmissionJson } from './gateway-client.ts';
import { type NetworkFlags, openNetwork } from './network-options.ts';
import { type ExitCode, exitCode, type Terminal, UsageError } from './output.ts';
import { inOneLine } from '../words/one-line.ts';

/** How a message goes out. */
export interface HandOverOptions extends NetworkFlags {
  readonly direct?: true;
  readonly idempotencyKey?: string;
}

export type HandOver = Omit<HandOverOptions, 'config'> & { readonly config: Config; readonly terminal: Terminal };

/**
 * Hands a message to the gateway that runs with this configuration; where none runs, or it is asked for, signs and sends
 * it from here, and then no calendar of the sender's is changed.
 *
 * @throws UsageError when the message can't be sent as it is.
 */
export async function handOver(submission: SubmissionJson, how: HandOver): Promise<readonly OutcomeJson[]> {
  const { config, terminal } = how;
  const direct = how.direct === true || how.dns !== undefined || how.ca !== undefined || how.allowAddress !== undefined;
  const gateway = direct ? undefined : await reachGateway(config);
  if (gateway) return gateway.submit(submission, how.idempotencyKey);
  if (!direct)
    terminal.error(
      "isched: no gateway runs with this configuration; sending from here, the sender's own calendar stays as it is\n",
    );
  return sendFromHere(submission, config, how);
}

async function sendFromHere(
  submission: SubmissionJson,
  config: Config,
  flags: NetworkFlags,
): Promise<readonly OutcomeJson[]> {
  try {
    const { itip, originator, recipients } = readSubmission(octetsFromText(JSON.stringify(submission)));
    await using network = openNetwork(flags, config);
    const { sender } = createSending(config, readConfiguredKeys(config.domains, ischedule.keyService), network);
    return (await sender.send({ itip, originator, recipients })).map(outcomeAsJson);
  } catch (error) {
    if (error instanceof Problem || error instanceof ConfiguredKeyError)
      throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** 0: all done; 1: somebody's was refused or there is no way; 3: not known yet. @throws nothing. */
export function codeOfOutcomes(outcomes: readonly OutcomeJson[]): ExitCode {
  const kinds = new Set(outcomes.map(kindOf));
  if (kinds.has('refused')) return exitCode.foundErrors;
  return kinds.has('not-known') ? exitCode.couldNotTell : exitCode.fine;
}

function kindOf({ status, requestStatus }: OutcomeJson): 'done' | 'refused' | 'not-known' {
  if (status === 'retry' || status === 'pending' || status === 'held') return 'not-known';
  if (status === 'mailed' || status === 'superseded') return 'done';
  return status === 'answered' && /^[12]\./.test(requestStatus ?? '') ? 'done' : 'refused';
}

/** One line for people. @throws nothing. */
export function describeOutcome(outcome: OutcomeJson): string {
  const asked = describeAttempts(outcome.attempts);
  return inOneLine(`${outcome.recipient}: ${whatHappened(outcome)}${asked === '' ? '' : `  [${asked}]`}`);
}

function whatHappened(outcome: OutcomeJson): string {
  const { status, requestStatus, httpStatus, fault, description, cause, dueAt } = outcome;
  switch (status) {
    case 'answered':
      return [requestStatus, description].filter(Boolean).join(', ');
    case 'failed':
      return ['refused', fault, httpStatus, description].filter(Boolean).join(', ');
    case 'not-offered':
      return 'no iSchedule there';
    case 'retry':
      return [whenAgain(dueAt), requestStatus, cause].filter(Boolean).join(', ');
    case 'pending':
      return 'on its way';
    case 'given-up':
      return ['given up', cause].filter(Boolean).join(', ');
    case 'mailed':
      return 'sent by mail';
    case 'superseded':
      return 'replaced by a newer message before it was sent';
    case 'dropped':
      return 'taken out of the queue';
    case 'held':
      return 'held back by an operator';
    default:
      return status satisfies never;
  }
}

function whenAgain(dueAt: number | undefined): string {
  return dueAt === undefined ? 'try again later' : `will be tried again at ${isoTime(epochMs(dueAt))}`;
}

/** Who was asked and what they answered, capabilities first where they had to be asked for. */
function describeAttempts(attempts: readonly AttemptJson[]): string {
  const byHost = Map.groupBy(attempts, ({ url }) => new URL(url).host);
  return [...byHost].map(([host, asked]) => `${host} ${asked.map(describeAttempt).join(', ')}`).join('; ');
}

function describeAttempt({ url, status, ms }: AttemptJson): string {
  const what = new URL(url).search === '' ? '' : 'capabilities ';
  return `${what}${status ?? 'no answer'} in ${Math.round(ms)} ms`;
}

import { ischedule } from '@isched/ischedule';
import { ConfiguredKeyError, readConfiguredKeys } from '../adapters/keys/configured-keys.ts';
import { type AttemptJson, type OutcomeJson, outcomeAsJson, readSubmission } from '../admin/submission.ts';
import { Problem } from '../admin/problem.ts';
import type { Config } from '../server/config/schema.ts';
import { createSending } from '../server/sending.ts';
import { octetsFromText } from '@isched/values';
import { reachGateway, type SubmissionJson } from './gateway-client.ts';
import { type NetworkFlags, openNetwork } from './network-options.ts';
import { type ExitCode, exitCode, type Terminal, UsageError } from './output.ts';

/** How a message goes out. */
export interface HandOverOptions extends NetworkFlags {
  readonly direct?: true;
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
  if (gateway) return gateway.submit(submission);
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
    const sender = createSending(config, readConfiguredKeys(config.domains, ischedule.keyService), network);
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
  if (status === 'retry') return 'not-known';
  return status === 'answered' && /^[12]\./.test(requestStatus ?? '') ? 'done' : 'refused';
}

/** One line for people. @throws nothing. */
export function describeOutcome(outcome: OutcomeJson): string {
  const asked = describeAttempts(outcome.attempts);
  return `${outcome.recipient}: ${whatHappened(outcome)}${asked === '' ? '' : `  [${asked}]`}`;
}

function whatHappened({ status, requestStatus, httpStatus, fault, description, cause }: OutcomeJson): string {
  switch (status) {
    case 'answered':
      return [requestStatus, description].filter(Boolean).join(', ');
    case 'failed':
      return ['refused', fault, httpStatus, description].filter(Boolean).join(', ');
    case 'not-offered':
      return 'no iSchedule there';
    case 'retry':
      return ['try again later', requestStatus, cause].filter(Boolean).join(', ');
    default:
      return status satisfies never;
  }
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

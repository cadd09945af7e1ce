import { type CalAddress, calAddressKey } from '@isched/icalendar';
import { mapLimit } from '@isched/runtime';
import { type Abortable, isWithin } from '@isched/values';
import { domainOfAddress } from '../discovery/domain-of-address.ts';
import type { OutgoingMessage } from '../message.ts';
import type { Errand, Job, Keyed, Outcome, SenderDeps, SenderLimits, SenderOptions } from './errand.ts';
import { groupByReceiver } from './group.ts';
import { locateRecipients } from './locate-recipients.ts';
import type { RecipientOutcome } from './outcomes.ts';
import { breachesOf, prepareObject } from './prepare.ts';
import { sendToReceiver } from './send-to-receiver.ts';

/** Sends scheduling messages. */
export interface Sender {
  /**
   * @returns one outcome for each recipient, in order. Partial answers are answers: when aborted, those who were not answered
   * until then are to be tried again, with the signal's reason as the cause.
   * @throws what signing throws; never for what a peer does, nor for an abort.
   */
  send(message: OutgoingMessage, options?: Abortable): Promise<readonly RecipientOutcome[]>;
}

/**
 * Makes a sender. Its `send` is the table of contents of sending: the steps in the protocol's order, one file each.
 *
 * @see iSchedule digest §1–§3, §5.
 */
export function createSender(deps: SenderDeps, options: SenderOptions = {}): Sender {
  const limits = resolveOptions(options);
  return {
    async send(message, abortable = {}) {
      const outcomes = new Map<string, Outcome>();
      const tell = (settled: readonly Keyed[]): void => settled.forEach(([key, outcome]) => outcomes.set(key, outcome));
      const originatorDomain = domainOfAddress(message.originator);
      const identity = originatorDomain && (await deps.signingKeys.forOriginator(originatorDomain));
      if (!identity) return inOrder(message.recipients, outcomes, noKey);
      const onBehalfOf = isWithin(originatorDomain, identity.signingDomain) ? undefined : originatorDomain;

      const object = prepareObject(message.itip);
      tell(breachesOf(object, message).map(([key, breach]) => [key, { ...breach, attempts: [] }]));
      const job = { message, object, identity, onBehalfOf, messageId: message.messageId ?? deps.random.token() };
      const waiting = message.recipients.filter((recipient) => !outcomes.has(calAddressKey(recipient)));
      try {
        await sendToEach(waiting, job, { deps, limits, abortable, tell });
        return inOrder(message.recipients, outcomes, notOffered);
      } catch (error) {
        if (abortable.signal?.aborted !== true) throw error;
        return inOrder(message.recipients, outcomes, { status: 'retry', tries: 'usual', cause: error, attempts: [] });
      }
    },
  };
}

/** Tells the outcome of each recipient. @throws the signal's reason when aborted, with those told that were known. */
async function sendToEach(recipients: readonly CalAddress[], job: Job, errand: Errand): Promise<void> {
  const { deps, limits, abortable, tell } = errand;
  const { located, settled } = await locateRecipients(recipients, { ...deps, limits }, abortable);
  tell(settled);
  await mapLimit(
    groupByReceiver(located),
    limits.maxConcurrentReceivers,
    async (group) => tell(await sendToReceiver(group, job, errand)),
    abortable,
  );
}

const noKey: Outcome = {
  status: 'failed',
  by: 'configuration',
  description: 'no signing key for the originator',
  attempts: [],
};

const notOffered: Outcome = { status: 'not-offered', attempts: [] };

function inOrder(
  recipients: readonly CalAddress[],
  outcomes: ReadonlyMap<string, Outcome>,
  otherwise: Outcome,
): readonly RecipientOutcome[] {
  return recipients.map((recipient) => ({ recipient, ...(outcomes.get(calAddressKey(recipient)) ?? otherwise) }));
}

function resolveOptions(options: SenderOptions): SenderLimits {
  return {
    maxConcurrentReceivers: options.maxConcurrentReceivers ?? 8,
    timeoutMs: options.timeoutMs ?? 30_000,
    maxResponseOctets: options.maxResponseOctets ?? 4_194_304,
    maxRecipientsPerRequest: options.maxRecipientsPerRequest ?? 250,
    userAgent: options.userAgent ?? 'isched',
  };
}

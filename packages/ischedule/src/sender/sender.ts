import { type CalAddress, calAddressKey } from '@isched/icalendar';
import { mapLimit } from '@isched/runtime';
import { type Abortable, isWithin } from '@isched/values';
import { domainOfAddress } from '../discovery/domain-of-address.ts';
import type { OutgoingMessage } from '../message.ts';
import type { Keyed, Outcome, SenderDeps, SenderLimits, SenderOptions } from './errand.ts';
import { groupByReceiver } from './group.ts';
import { locateRecipients } from './locate-recipients.ts';
import type { RecipientOutcome } from './outcomes.ts';
import { breachesOf, prepareObject } from './prepare.ts';
import { sendToReceiver } from './send-to-receiver.ts';

/** Sends scheduling messages. */
export interface Sender {
  /**
   * @returns one outcome for each recipient, in order. Partial answers are answers.
   * @throws the signal's reason when aborted; never for what a peer does.
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
      const settle = (settled: readonly Keyed[]): void =>
        settled.forEach(([key, outcome]) => outcomes.set(key, outcome));
      const originatorDomain = domainOfAddress(message.originator);
      const identity = originatorDomain && (await deps.signingKeys.forOriginator(originatorDomain));
      if (!identity) return inOrder(message.recipients, outcomes, noKey);
      const onBehalfOf = isWithin(originatorDomain, identity.signingDomain) ? undefined : originatorDomain;

      const object = prepareObject(message.itip);
      settle(breachesOf(object, message).map(([key, breach]) => [key, { ...breach, attempts: [] }]));
      const waiting = message.recipients.filter((recipient) => !outcomes.has(calAddressKey(recipient)));
      const { located, settled } = await locateRecipients(waiting, { ...deps, limits }, abortable);
      settle(settled);
      const job = { message, object, identity, onBehalfOf, messageId: message.messageId ?? deps.random.token() };
      const sent = await mapLimit(
        groupByReceiver(located),
        limits.maxConcurrentReceivers,
        (group) => sendToReceiver(group, job, { deps, limits, abortable }),
        abortable,
      );
      settle(sent.flat());
      return inOrder(message.recipients, outcomes, notOffered);
    },
  };
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

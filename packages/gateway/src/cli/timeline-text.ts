import { epochMs } from '@isched/values';
import { explainReason } from '../decisions/catalogue.ts';
import { inOneLine } from '../words/one-line.ts';
import type { Decision } from '../ports/decisions.ts';
import type { QueuedDelivery } from '../ports/delivery.ts';
import { isoTime } from './instant.ts';

/** What happened to a meeting, and what is still to come, one line each, whatever peers have written. @throws nothing. */
export function timelineLines(
  decisions: readonly Decision[],
  deliveries: readonly QueuedDelivery[],
): readonly string[] {
  return [...decisions.map(sentenceOf), ...deliveries.map(waitingSentence)].map(inOneLine);
}

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

import { epochMs } from '@isched/values';
import { inOneLine } from '../words/one-line.ts';
import type { DeliveryAttempt, QueuedDelivery } from '../ports/delivery.ts';
import { defaultCountTo, type LeftOutReason } from '../ports/queue-admin.ts';
import type { ActedJson, QueuePage } from './gateway-client.ts';
import { isoTime } from './instant.ts';

/** Deliveries, one a line, and what else there is to know of the queue. @throws nothing. */
export function pageText(page: QueuePage, { now, limit }: { readonly now: number; readonly limit: number }): string {
  const { deliveries, backlog } = page;
  const last = deliveries.at(-1);
  const ends = new Map((page.leftAlone ?? []).map(({ lane, until }) => [lane, until]));
  return [
    listText(deliveries, now),
    ...[...new Set(deliveries.map(({ lane }) => lane))].flatMap((lane) => {
      const until = ends.get(lane);
      return until === undefined ? [] : [`${lane} does not answer: left alone until ${isoTime(epochMs(until))}`];
    }),
    ...(last && deliveries.length >= limit ? [`there may be more: --after ${last.id}`] : []),
    `${counted(backlog.waiting)} waiting, ${counted(backlog.leased)} being sent, ${counted(backlog.held)} held`,
  ].join('\n');
}

/** Counting ends somewhere. */
function counted(count: number): string {
  return count >= defaultCountTo ? `${count} or more` : String(count);
}

/** Deliveries, one a line. @throws nothing. */
export function listText(deliveries: readonly QueuedDelivery[], now: number): string {
  return deliveries.length === 0 ? 'nothing' : deliveries.map((delivery) => lineOf(delivery, now)).join('\n');
}

/** What was done, or would be, and how many were left out, for each reason. @throws nothing. */
export function actedText({ deliveries, dryRun, leftOut = [] }: ActedJson, now: number): string {
  const count = (reason: LeftOutReason): number => leftOut.filter((one) => one.reason === reason).length;
  const reasons = Object.entries(leftOutTexts) as readonly (readonly [LeftOutReason, string])[];
  return [
    listText(deliveries, now),
    `${deliveries.length} ${dryRun ? 'would be changed' : 'changed'}`,
    ...reasons.flatMap(([reason, text]) => (count(reason) === 0 ? [] : [`${count(reason)} left out: ${text}`])),
  ].join('\n');
}

const leftOutTexts: Readonly<Record<LeftOutReason, string>> = {
  pointless: 'a newer message about the same made them pointless',
  'text-forgotten': 'what was to be sent is no longer kept; have it submitted anew',
};

/** One delivery with the requests made for it. @throws nothing. */
export function deliveryText(
  delivery: QueuedDelivery & { readonly attempts: readonly DeliveryAttempt[] },
  now: number,
): string {
  const { submission, lane, attempts } = delivery;
  return [
    lineOf(delivery, now),
    inOneLine(`  submission ${submission.id} of ${submission.originator}, ${isoTime(epochMs(submission.addedAt))}`),
    `  lane ${lane}; ${endOf(delivery)}`,
    ...attempts.map(({ at, url, status, ms, cause }) =>
      inOneLine(
        `  ${isoTime(epochMs(at))} ${url}: ${answerOf({ url, status, cause })} in ${ms} ms${cause === undefined ? '' : `, ${cause}`}`,
      ),
    ),
  ].join('\n');
}

function lineOf(delivery: QueuedDelivery, now: number): string {
  const { id, state, submission, recipient, tries } = delivery;
  const tried = tries === 0 ? '' : tries === 1 ? ', tried once' : `, tried ${tries} times`;
  return inOneLine(
    `${id}  ${state}${whenOf(delivery, now)}${tried}  ${submission.method} ${submission.uid}  ${recipient}${whyOf(delivery)}`,
  );
}

function whenOf({ state, dueAt, blocked }: QueuedDelivery, now: number): string {
  if (state !== 'waiting') return '';
  if (blocked) return ' for an earlier one';
  return dueAt > now ? ` until ${isoTime(epochMs(dueAt))}` : `, due since ${isoTime(epochMs(dueAt))}`;
}

function whyOf({ reason, requestStatus, detail }: QueuedDelivery): string {
  const why = [reason, requestStatus, detail].filter((part) => part !== undefined).join(', ');
  return why === '' ? '' : `  (${why})`;
}

function endOf({ state, submission, changedAt }: QueuedDelivery): string {
  const isOpen = state === 'waiting' || state === 'leased' || state === 'held';
  return isOpen
    ? `tried until ${isoTime(epochMs(submission.expiresAt))}`
    : `${state} since ${isoTime(epochMs(changedAt))}`;
}

/** What goes by mail has no status. */
function answerOf({ url, status, cause }: Pick<DeliveryAttempt, 'url' | 'status' | 'cause'>): string {
  if (status !== undefined) return String(status);
  if (url.startsWith('http')) return 'no answer';
  return cause === undefined ? 'handed over' : 'not taken';
}

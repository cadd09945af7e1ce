import { hash } from 'node:crypto';
import type { DomainName, EpochMs } from '@isched/values';
import type { DeliveryId, DeliveryState, QueuedDelivery } from '../../ports/delivery.ts';
import type { SupersededDelivery } from '../../ports/delivery-queue.ts';
import { domainLane, type Lane, laneFallback, laneHere, type LaneTrouble } from '../../ports/lane.ts';
import type { Submission, SubmissionHead, SubmissionId, SubmissionRecipient } from '../../ports/submission.ts';
import type { AddressKey } from '../../ports/directory.ts';

/** A delivery with the head of its submission and its lane. */
export interface DeliveryRow extends HeadRow {
  readonly id: number;
  readonly recipient: string;
  readonly recipient_key: string;
  readonly domain: string;
  readonly chain: Buffer;
  readonly state: number;
  readonly blocked: number;
  readonly pointless: number;
  readonly due_at: number;
  readonly tries: number;
  readonly changed_at: number;
  readonly reason: string | null;
  readonly request_status: string | null;
  readonly detail: string | null;
  readonly lane: string;
}

export interface HeadRow {
  readonly submission_id: number;
  readonly originator: string;
  readonly method: string;
  readonly uid: string;
  readonly instance: string;
  readonly added_at: number;
  readonly expires_at: number;
}

/**
 * The columns of a DeliveryRow.
 *
 * @param state - the one that is named `state`.
 * @throws nothing.
 */
export function deliveryColumns(state: string): string {
  return `d.id, d.recipient, d.recipient_key, d.domain, d.chain, ${state}, d.blocked, d.pointless, d.due_at, d.tries,
    d.changed_at, d.reason, d.request_status, d.detail, n.lane,
    d.submission_id, s.originator, s.method, s.uid, s.instance, s.added_at, s.expires_at`;
}

export const deliveryTables =
  'deliveries d JOIN submissions s ON s.id = d.submission_id JOIN queue_domains n ON n.domain = d.domain';

/** The order is the numbers’: what is not final comes first. */
const states: readonly DeliveryState[] = [
  'waiting',
  'leased',
  'held',
  'delivered',
  'refused',
  'mailed',
  'dead',
  'superseded',
  'dropped',
];

/** The number of a state, as statements have it. @throws nothing. */
export function stateNumber(state: DeliveryState): number {
  return states.indexOf(state);
}

/** A delivery as its room tells it. @throws nothing. */
export function queuedDelivery(row: DeliveryRow): QueuedDelivery {
  return {
    id: String(row.id) as DeliveryId,
    submission: submissionHead(row),
    recipient: row.recipient,
    state: states[row.state] ?? 'dead',
    lane: row.lane as Lane,
    tries: row.tries,
    dueAt: row.due_at as EpochMs,
    changedAt: row.changed_at as EpochMs,
    blocked: row.blocked === 1,
    reason: row.reason ?? undefined,
    requestStatus: row.request_status ?? undefined,
    detail: row.detail ?? undefined,
  };
}

/** A delivery that was superseded, as it is told. @throws nothing. */
export function supersededOf(
  row: HeadRow & { readonly id: number; readonly recipient_key: string },
): SupersededDelivery {
  const delivery = String(row.id) as DeliveryId;
  return { delivery, submission: submissionHead(row), recipient: row.recipient_key as AddressKey };
}

/** What a submission is about. @throws nothing. */
export function submissionHead(row: HeadRow): SubmissionHead {
  return {
    id: String(row.submission_id) as SubmissionId,
    originator: row.originator,
    method: row.method,
    uid: row.uid,
    instance: row.instance,
    addedAt: row.added_at as EpochMs,
    expiresAt: row.expires_at as EpochMs,
  };
}

/** What goes another way waits under a name beside its domain's, which no domain can have. */
const elsewhere = 'fallback:';

/** Under which name deliveries to a domain wait once they go another way. @throws nothing. */
export function fallbackName(domain: string): string {
  return domain.startsWith(elsewhere) ? domain : `${elsewhere}${domain}`;
}

/** The names under which deliveries to the same domain may have waited, of one of them. @throws nothing. */
export function namesBeside(name: string): readonly string[] {
  return name.startsWith(elsewhere) ? [name, name.slice(elsewhere.length)] : [name];
}

/** The lane of what waits under a name, as long as no receiver was found for it. @throws nothing. */
export function firstLane(name: string): Lane {
  if (name === '') return laneHere;
  return name.startsWith(elsewhere) ? laneFallback : domainLane(name as DomainName);
}

/** The recipient of a delivery. @throws nothing. */
export function recipientOf(row: Pick<DeliveryRow, 'recipient' | 'recipient_key' | 'domain'>): SubmissionRecipient {
  const name = row.domain.startsWith(elsewhere) ? row.domain.slice(elsewhere.length) : row.domain;
  const domain = name === '' ? undefined : (name as DomainName);
  return { address: row.recipient, key: row.recipient_key, domain };
}

/** A number for an id; one that was never given stands for nothing. @throws nothing. */
export function idNumber(id: string): number {
  const number = /^\d{1,15}$/.test(id) ? Number(id) : Number.NaN;
  return Number.isSafeInteger(number) ? number : -1;
}

/** What deliveries that have to keep their order have in common, in few octets. @throws nothing. */
export function chainOf({ originatorKey, uid, orderWith }: Submission, recipientKey: string): Buffer {
  const common = orderWith === 'originator' ? [originatorKey, recipientKey, uid] : [recipientKey, uid];
  return hash('sha256', JSON.stringify(common), 'buffer').subarray(0, 16);
}

/** What is known of a lane in trouble, as it lies in its table. */
export interface TroubleRow {
  readonly failures: number;
  readonly pause_ms: number;
  readonly paused_until: number | null;
}

/** The trouble of a row. @throws nothing. */
export function readTrouble({ failures, pause_ms: pauseMs, paused_until: until }: TroubleRow): LaneTrouble {
  return { failures, pauseMs, ...(until !== null && { pausedUntil: until as EpochMs }) };
}

/** How many batches of a lane may be leased at once: one that was paused is tried with one. @throws nothing. */
export function laneRoom(perLane: number, trouble: LaneTrouble | undefined): number {
  return trouble?.pausedUntil === undefined ? perLane : 1;
}

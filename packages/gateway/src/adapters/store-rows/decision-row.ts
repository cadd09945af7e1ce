import type { EpochMs } from '@isched/values';
import type { DecidedDelivery, Decision, DeliveryEvent, EventPlace } from '../../ports/decisions.ts';
import type { DeliveryId, DeliveryState } from '../../ports/delivery.ts';
import type { SubmissionId } from '../../ports/submission.ts';
import { idNumber } from './queue-rows.ts';

type Text = string | null;

/** A decision as it lies in its table. */
export interface DecisionRow {
  readonly at: number;
  readonly direction: string;
  readonly reason: string;
  readonly originator: string;
  readonly recipient: string;
  readonly signing_domain: Text;
  readonly message_id: Text;
  readonly method: Text;
  readonly uid: Text;
  readonly request_status: Text;
  readonly detail: Text;
  readonly submission_id: number | null;
  readonly delivery_id: number | null;
  readonly state: Text;
}

/** An event, with its place in the table. */
export interface EventRow extends DecisionRow {
  readonly place: string;
}

/** The columns, in the order of `decisionValues`. */
export const decisionColumns =
  'at, direction, reason, originator, recipient, signing_domain, message_id, method, uid, request_status, detail, submission_id, delivery_id, state';

/** A UID may be as long as a line may be; here it is only a name, once for each line and once in the index. */
const longestUid = 255;

/** How a meeting is named in the table. @throws nothing. */
export function decisionUid(uid: string): string {
  return uid.slice(0, longestUid);
}

/** A decision's columns. @throws nothing. */
export function decisionValues(decision: Decision): DecisionValues {
  const { at, direction, reason, originator, recipient } = decision;
  const { signingDomain, messageId, method, uid, requestStatus, detail, delivery } = decision;
  return [
    ...([at, direction, reason, originator, recipient] as const),
    ...([signingDomain ?? null, messageId ?? null, method ?? null] as const),
    ...([uid === undefined ? null : decisionUid(uid), requestStatus ?? null, detail ?? null] as const),
    ...(delivery ? ([idNumber(delivery.submission), idNumber(delivery.id), delivery.state] as const) : noDelivery),
  ];
}

type Id = number | null;
/** In the order of the columns. */
export type DecisionValues = [
  ...[number, string, string, string, string],
  ...[Text, Text, Text, Text, Text, Text],
  ...[Id, Id, Text],
];
const noDelivery = [null, null, null] as const;

/** The decision of a row. @throws nothing. */
export function readDecision(row: DecisionRow): Decision {
  return {
    at: row.at as EpochMs,
    direction: row.direction === 'outbound' ? 'outbound' : 'inbound',
    reason: row.reason,
    originator: row.originator,
    recipient: row.recipient,
    signingDomain: row.signing_domain ?? undefined,
    messageId: row.message_id ?? undefined,
    method: row.method ?? undefined,
    uid: row.uid ?? undefined,
    requestStatus: row.request_status ?? undefined,
    detail: row.detail ?? undefined,
    ...(row.delivery_id !== null && { delivery: decidedDelivery(row) }),
  };
}

/** The event of a row. @throws nothing. */
export function readEvent(row: EventRow): DeliveryEvent {
  return { place: row.place as EventPlace, decision: { ...readDecision(row), delivery: decidedDelivery(row) } };
}

function decidedDelivery({ submission_id, delivery_id, state }: DecisionRow): DecidedDelivery {
  return {
    id: String(delivery_id) as DeliveryId,
    submission: String(submission_id) as SubmissionId,
    state: state as DeliveryState,
  };
}

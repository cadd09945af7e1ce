/** What a column holds; `flag` is 0 or 1 in SQLite and a boolean in PostgreSQL. */
export type ColumnKind = 'number' | 'small' | 'text' | 'blob' | 'flag';

export interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Ids are given by the database, from 1. */
  readonly numbered: boolean;
}

/** A value as it is carried from one store to another. */
export type Cell = string | number | Buffer | null;
export type CarriedRow = Readonly<Record<string, Cell>>;

/** A store that is read table by table. */
export interface TableSource {
  count(table: Table): number;
  /** In small steps: as much as is asked for is in memory. */
  rows(table: Table): Iterable<CarriedRow>;
}

const number = 'number';
const text = 'text';

/** All that has to be carried from one store to another, in an order that keeps references whole. */
export const tables: readonly Table[] = [
  {
    name: 'users',
    numbered: true,
    columns: {
      id: number,
      identity: text,
      address: text,
      name: text,
      time_zone: text,
      listed: 'flag',
      auto_schedule: text,
      booking_days: number,
    },
  },
  { name: 'addresses', numbered: false, columns: { address_key: text, user_id: number } },
  { name: 'calendars', numbered: true, columns: { id: number, user_id: number, name: text, is_default: 'flag' } },
  {
    name: 'objects',
    numbered: false,
    columns: {
      user_id: number,
      calendar_id: number,
      uid: text,
      revision: number,
      changed_at: number,
      covers_start: number,
      covers_end: number,
      partial: 'flag',
      busy_start: number,
      busy_end: number,
      busy_wide: 'flag',
      busy_type: text,
      busy: 'blob',
      text,
    },
  },
  { name: 'received', numbered: false, columns: { key: 'blob', until: number, message_id: text, result: text } },
  {
    name: 'decisions',
    numbered: true,
    columns: {
      id: number,
      at: number,
      direction: text,
      reason: text,
      originator: text,
      recipient: text,
      signing_domain: text,
      message_id: text,
      method: text,
      uid: text,
      request_status: text,
      detail: text,
      submission_id: number,
      delivery_id: number,
      state: text,
    },
  },
  { name: 'serials', numbered: false, columns: { name: text, fingerprint: text, serial: number } },
  {
    name: 'submissions',
    numbered: true,
    columns: {
      id: number,
      idempotency_key: text,
      originator: text,
      method: text,
      uid: text,
      instance: text,
      text,
      recipients: number,
      added_at: number,
      expires_at: number,
      ended_at: number,
      has_attempts: 'flag',
      digest: 'blob',
      sequence: number,
      stamp: text,
    },
  },
  {
    name: 'deliveries',
    numbered: true,
    columns: {
      id: number,
      submission_id: number,
      recipient: text,
      recipient_key: text,
      domain: text,
      chain: 'blob',
      state: 'small',
      blocked: 'small',
      pointless: 'small',
      due_at: number,
      tries: number,
      lease_id: number,
      changed_at: number,
      reason: text,
      request_status: text,
      detail: text,
      attempts: text,
      pointless_by: number,
    },
  },
  { name: 'leases', numbered: true, columns: { id: number, node: text, lane: text, until: number } },
  {
    name: 'lane_troubles',
    numbered: false,
    columns: { lane: text, failures: number, pause_ms: number, paused_until: number },
  },
  { name: 'queue_domains', numbered: false, columns: { domain: text, lane: text, next_due: number } },
];

import type { RequestStatus } from '../request-status.ts';

/** In what way a message breaks a rule. */
export type FindingCode =
  | 'property-missing'
  | 'property-repeated'
  | 'property-forbidden'
  | 'property-unknown'
  | 'properties-exclusive'
  | 'value-invalid'
  | 'utc-needed'
  | 'sequence-not-positive'
  | 'component-repeated'
  | 'component-forbidden'
  | 'zone-missing'
  | 'zone-invalid'
  | 'attendees-differ';

/** One violation of the restriction tables. */
export interface Finding {
  readonly code: FindingCode;
  /** Where the rule stands in RFC 5546. */
  readonly section: string;
  /** The component's name. */
  readonly component: string;
  readonly property?: string | undefined;
  /** Which instance, by its RECURRENCE-ID's value. */
  readonly recurrenceId?: string | undefined;
  /** What a peer would be told. */
  readonly requestStatus: RequestStatus;
  /** `error`: the message can't be understood without it; `warning`: peers send it so, and no harm comes of it. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

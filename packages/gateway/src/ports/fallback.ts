import type { CalAddress } from '@isched/icalendar';
import type { ItipMessage } from '@isched/itip';
import type { Abortable } from '@isched/values';

/** A recipient whom iSchedule could not reach. */
export interface FallbackRecipient {
  readonly address: CalAddress;
  /** The same at each try for this delivery, and no other's: by it whoever gets the message twice knows a repeat. */
  readonly idempotencyKey: string;
}

/** What goes another way. */
export interface FallbackMessage {
  readonly itip: ItipMessage;
  readonly originator: CalAddress;
  /** At least one. */
  readonly recipients: readonly FallbackRecipient[];
}

/** What became of it for one recipient. */
export type FallbackOutcome = {
  /** For operators. */
  readonly detail?: string | undefined;
} /** The other way is responsible now. */ & (
  | { readonly status: 'taken' }
  /** It will never take it. */
  | { readonly status: 'refused' }
  | {
      readonly status: 'retry';
      /** As it asked. Milliseconds. */
      readonly afterMs?: number | undefined;
      readonly cause: unknown;
    }
);

/**
 * Another way for messages that iSchedule cannot carry: mail. Messages are handed over at least once: the delivery stays in the
 * queue until the outcome is durable, and a node that died in between hands over again, under the same key.
 */
export interface Fallback {
  /**
   * @returns one outcome for each recipient, in order.
   * @throws the signal's reason when aborted; never for what the other way does.
   */
  handOver(message: FallbackMessage, options?: Abortable): Promise<readonly FallbackOutcome[]>;
}

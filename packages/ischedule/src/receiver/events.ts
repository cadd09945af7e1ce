import type { FaultCode, ReceiverTrouble } from '../fault.ts';
import type { Envelope, SignedBy } from '../message.ts';
import type { ItipMessage } from '@isched/itip';

/** What a receiver tells its owner: one event for each POST that was answered. */
export type ReceiverEvent =
  | {
      readonly type: 'refused';
      readonly status: number;
      /** The fault's code, or the trouble without one. */
      readonly reason: FaultCode | ReceiverTrouble;
      readonly description: string;
      /** For our own record; never told to the peer. */
      readonly cause?: unknown;
      readonly remoteAddress: string | undefined;
      /** As far as the request was read. */
      readonly envelope?: Envelope | undefined;
      readonly signedBy?: SignedBy | undefined;
    }
  | {
      readonly type: 'answered';
      readonly remoteAddress: string | undefined;
      readonly envelope: Envelope;
      readonly signedBy: SignedBy;
      readonly itip: ItipMessage;
      /** One code for each recipient, in order. */
      readonly requestStatuses: readonly string[];
    };

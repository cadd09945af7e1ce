import type { AuthenticatedMessage } from '@isched/ischedule';
import { event, fromWire } from '../inbound/messages.ts';

/** The n-th message: the same whoever makes it. */
export function invitation(number: number): AuthenticatedMessage {
  return fromWire(event('REQUEST', ['b'], `SUMMARY:number ${number}`).replace('UID:u1@', `UID:crash-${number}@`));
}

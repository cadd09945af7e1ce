import type { AuthenticatedMessage } from '@isched/ischedule';
import { openPostgresStore, openSqliteStore, type Store } from 'isched';
import { event, fromWire } from '../../inbound/messages.ts';

/** The n-th message: the same whoever makes it. @throws nothing. */
export function numbered(number: number): AuthenticatedMessage {
  return fromWire(event('REQUEST', ['b'], `SUMMARY:number ${number}`).replace('UID:u1@', `UID:number-${number}@`));
}

/** The number of the message that a UID belongs to. @throws nothing. */
export function numberOf(uid: string | undefined): number {
  return Number(/^number-(\d+)@/.exec(uid ?? '')?.[1]);
}

/** A database by its URL, or one file. */
export async function openStoreAt(place: string): Promise<Store> {
  return place.startsWith('postgresql:') ? openPostgresStore({ url: place }) : openSqliteStore({ file: place });
}

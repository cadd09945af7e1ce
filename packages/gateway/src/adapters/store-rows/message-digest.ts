import { hash } from 'node:crypto';
import type { MessageKey } from '../../ports/received-messages.ts';

/** One digest in place of five texts keeps the row and its index small. @throws nothing. @see docs/decisions/0061. */
export function messageDigest(key: MessageKey): Buffer {
  const { signingDomain, originator, recipient, method, contentHash } = key;
  return hash('sha256', JSON.stringify([signingDomain, originator, recipient, method, contentHash]), 'buffer');
}

/** A message is claimed and then settled: its digest is made once. @throws nothing. */
export function remembering(make: (key: MessageKey) => Buffer): (key: MessageKey) => Buffer {
  const made = new Map<MessageKey, Buffer>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

import { hash } from 'node:crypto';
import type { MessageKey } from '../../ports/received-messages.ts';

/** One digest in place of five texts keeps the row and its index small. @throws nothing. @see docs/decisions/0061. */
export function messageDigest(key: MessageKey): Buffer {
  const { signingDomain, originator, recipient, method, contentHash } = key;
  return hash('sha256', JSON.stringify([signingDomain, originator, recipient, method, contentHash]), 'buffer');
}

/** A message is claimed and then settled: its digest is made once. @throws nothing. */
export function rememberingLast(make: (key: MessageKey) => Buffer): (key: MessageKey) => Buffer {
  let last: { readonly key: MessageKey; readonly value: Buffer } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

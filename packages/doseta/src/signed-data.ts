import { hash } from 'node:crypto';
import { type Octets, octetsFromLatin1 } from '@isched/values';
import type { ContentCanonicalization, Field, HeaderCanonicalization } from './service-template.ts';

/** What the header hash is taken of. */
export interface HeaderToSign {
  readonly canonicalization: HeaderCanonicalization;
  /** In the order of `h=`, in lower case. */
  readonly signedNames: readonly string[];
  /** Every field of the message but the signature's own. */
  readonly fields: readonly Field[];
  /** The signature's own field, `b=` emptied. */
  readonly signatureField: Field;
}

/**
 * The header octets that are signed, for signing and for verifying: the chosen fields, then the signature's own without
 * its line end.
 *
 * @throws nothing.
 * @see RFC 6376 §3.7.
 */
export function headerToSign({ canonicalization, signedNames, fields, signatureField }: HeaderToSign): Octets {
  const own = canonicalization.canonicalize([signatureField.name.trimEnd().toLowerCase()], [signatureField]);
  return octetsFromLatin1(canonicalization.canonicalize(signedNames, fields) + own.slice(0, -2));
}

/**
 * The hash of the content, for signing and for verifying.
 *
 * @returns SHA-256: the one hash that every algorithm of the library uses.
 * @throws nothing.
 */
export function contentHash(content: Octets, canonicalization: ContentCanonicalization, maxOctets?: number): Octets {
  return sha256(canonicalization.canonicalize(content).subarray(0, maxOctets));
}

/** @throws nothing. */
export function sha256(octets: Octets): Octets {
  return hash('sha256', octets, 'buffer');
}

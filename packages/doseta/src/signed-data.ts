import { hash } from 'node:crypto';
import { type Octets, octetsFromLatin1 } from '@isched/values';
import { comparableName } from './canonicalization/fields-by-name.ts';
import type { Field, HeaderCanonicalization } from './service-template.ts';

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
  const own = canonicalization.canonicalize([comparableName(signatureField.name)], [signatureField]);
  return octetsFromLatin1(canonicalization.canonicalize(signedNames, fields) + own).subarray(0, -2);
}

/**
 * The hash of canonical octets, for signing and for verifying.
 *
 * @returns SHA-256, the one hash that every algorithm of the library uses, in base64.
 * @throws nothing.
 */
export function hashOf(canonical: Octets): string {
  return hash('sha256', canonical, 'base64');
}

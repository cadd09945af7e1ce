import type { KeyObject } from 'node:crypto';
import type { Octets } from '@isched/values';
import type { AlgorithmName } from '../service-template.ts';

/** One value of `a=`: a kind of key and a hash. */
export interface Algorithm {
  readonly name: AlgorithmName;
  /** The key's kind: the first part of `a=`, and `k=` of the key record. */
  readonly keyType: string;
  /** The hash: the last part of `a=`, and what `h=` of the key record must allow. */
  readonly hash: string;
  /**
   * Reads the key data of a record, `p=` decoded.
   *
   * @returns nothing when it is no key of this kind.
   * @throws nothing.
   */
  readPublicKey(keyData: Octets): PublicKey | undefined;
  /** The key data to publish for a key. @throws TypeError for a key of another kind. */
  formatPublicKey(publicKey: KeyObject): Octets;
  /** Signs in the thread pool. @throws what node:crypto throws: our key is broken. */
  sign(data: Octets, privateKey: KeyObject): Promise<Octets>;
  /** Verifies at once: handing the work over would cost more than it takes. @throws nothing. */
  verify(signed: SignedOctets, publicKey: KeyObject): boolean;
}

/** What the signature was made of, and the signature. */
export interface SignedOctets {
  readonly data: Octets;
  readonly signature: Octets;
}

/** A key that was parsed once and is kept. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly bits: number;
}

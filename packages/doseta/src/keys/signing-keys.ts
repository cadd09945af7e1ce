import type { KeyObject } from 'node:crypto';
import type { DomainName } from '@isched/values';
import type { AlgorithmName } from '../service-template.ts';

/** A private key that is ready to sign: parsed once, kept. */
export interface SigningKey {
  readonly algorithm: AlgorithmName;
  readonly privateKey: KeyObject;
}

/** Who signs, with which key. */
export interface SigningIdentity {
  readonly signingDomain: DomainName;
  readonly selector: string;
  readonly key: SigningKey;
}

/** Which key signs for this originator's domain now; undefined: we don't sign for that domain. */
export interface SigningKeys {
  forOriginator(domain: DomainName): Promise<SigningIdentity | undefined>;
}

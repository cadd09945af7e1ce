import type { AlgorithmName } from '../service-template.ts';
import type { Algorithm } from './algorithm.ts';
import { ed25519Sha256 } from './ed25519-sha256.ts';
import { rsaSha256 } from './rsa-sha256.ts';

/** Every algorithm of the library. rsa-sha1 is not among them and will not be (RFC 8301 §3). */
export const algorithms: Readonly<Record<AlgorithmName, Algorithm>> = {
  'rsa-sha256': rsaSha256,
  'ed25519-sha256': ed25519Sha256,
};

/**
 * The algorithm that `a=` names, if it is one of those allowed.
 *
 * @throws nothing.
 */
export function algorithmNamed(name: string, allowed: readonly AlgorithmName[]): Algorithm | undefined {
  const known = allowed.find((candidate) => candidate === name);
  return known && algorithms[known];
}

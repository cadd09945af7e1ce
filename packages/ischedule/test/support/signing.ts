import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  createSigner,
  createVerifier,
  privateExchangeKeySource,
  type SigningIdentity,
  type Verifier,
} from '@isched/doseta';
import type { Clock, HttpField } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { ischedule } from '../../src/service.ts';

/** One key for all tests: making RSA keys is slow. */
const pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
});
const p = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

export const keyRecord = `v=DKIM1; k=rsa; s=ischedule; p=${p}`;

export function identityOf(domain: string): SigningIdentity {
  return {
    signingDomain: parseDomainName(domain),
    selector: 'cal',
    key: { algorithm: 'rsa-sha256', privateKey: pair.privateKey },
  };
}

export function verifierFor(clock: Clock, ...domains: readonly string[]): Verifier {
  const keys = domains.map((domain) => ({
    signingDomain: parseDomainName(domain),
    selector: 'cal',
    record: keyRecord,
  }));
  return createVerifier({ template: ischedule, keySources: [privateExchangeKeySource(keys)], clock });
}

export function signerFor(clock: Clock) {
  return createSigner(
    { template: ischedule, clock },
    { queryMethods: ['dns/txt', 'http/well-known', 'private-exchange'] },
  );
}

/** The fields with the signature of a domain. */
export async function signed(
  fields: readonly HttpField[],
  content: Uint8Array,
  {
    clock,
    domain,
    onBehalfOf,
  }: { readonly clock: Clock; readonly domain: string; readonly onBehalfOf?: string | undefined },
): Promise<readonly HttpField[]> {
  const options = { onBehalfOf: onBehalfOf === undefined ? undefined : parseDomainName(onBehalfOf) };
  return [...fields, await signerFor(clock).sign({ fields, content }, identityOf(domain), options)];
}

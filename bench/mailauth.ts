import type { SigningIdentity } from '@isched/doseta';
import type { DKIMSignOptions } from 'mailauth';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';

/** Signs a mail with mailauth, and answers the signature's field. @throws when it made none. */
export async function signMail(
  mail: string | Buffer,
  { signingDomain, selector }: SigningIdentity,
  pem: string,
): Promise<string> {
  const options = {
    canonicalization: 'relaxed/simple',
    signatureData: [{ signingDomain, selector, privateKey: pem, algorithm: 'rsa-sha256' }],
  };
  // Its types describe another shape than its code reads: signatureData is what counts.
  const { signatures } = await dkimSign(mail, options as unknown as DKIMSignOptions);
  if (signatures === '') throw new Error('the benchmark measures nothing: mailauth made no signature');
  return signatures;
}

import { aligned, type VerificationPass } from '@isched/doseta';
import type { HttpRequest } from '@isched/runtime';
import type { Abortable, DomainName, Octets } from '@isched/values';
import { domainOfAddress } from '../discovery/domain-of-address.ts';
import { ReceiverRefusal, SchedulingFault } from '../fault.ts';
import type { Envelope, SignedBy } from '../message.ts';
import type { Setting } from './options.ts';

/** Who speaks, proved. */
export interface Authentication {
  readonly signedBy: SignedBy;
  readonly originatorDomain: DomainName;
}

/**
 * Verifies the signature, and that its domain may speak for the originator, and that policy lets the originator in.
 *
 * @throws SchedulingFault `verification-failed` or `originator-denied`; ReceiverRefusal `unavailable` where a key or a name
 * could not be asked for: nothing is known then, and nothing delivered.
 * @see doseta digest §5, §6; iSchedule digest §4.
 */
export async function authenticate(
  {
    request,
    content,
    envelope,
  }: { readonly request: HttpRequest; readonly content: Octets; readonly envelope: Envelope },
  setting: Setting,
  options: Abortable,
): Promise<Authentication> {
  const pass = await verify(request, content, { setting, options });
  const originatorDomain = domainOfAddress(envelope.originator);
  if (originatorDomain === undefined) {
    throw new SchedulingFault('verification-failed', 'No domain can speak for the Originator: it has none.');
  }
  await align(pass, originatorDomain, { setting, options });
  const { signature } = pass;
  const signedBy = { signingDomain: signature.signingDomain, signature };
  const { originator, recipients } = envelope;
  const { remoteAddress } = request;
  const who = { originator, originatorDomain, recipients, signedBy, remoteAddress };
  if (!(await setting.deps.mayOriginate(who, options))) {
    throw new SchedulingFault('originator-denied', 'The Originator may not schedule here.');
  }
  return { signedBy, originatorDomain };
}

interface Step {
  readonly setting: Setting;
  readonly options: Abortable;
}

async function verify({ fields }: HttpRequest, content: Octets, { setting, options }: Step): Promise<VerificationPass> {
  const verification = await setting.deps.verifier.verify({ fields, content }, options);
  switch (verification.status) {
    case 'pass':
      return verification;
    case 'fail':
      throw new SchedulingFault('verification-failed', `The signature does not verify: ${verification.reason}.`, {
        cause: verification,
      });
    case 'tempfail':
      throw couldNotAsk('The key of the signature', verification.cause, setting);
    default:
      return verification satisfies never;
  }
}

async function align(pass: VerificationPass, originatorDomain: DomainName, { setting, options }: Step): Promise<void> {
  const alignment = await aligned({ ...pass, originatorDomain }, setting.deps.alignment, options);
  switch (alignment.status) {
    case 'aligned':
      return;
    case 'not-aligned':
      throw new SchedulingFault(
        'verification-failed',
        `${pass.signature.signingDomain} may not speak for ${originatorDomain}: ${alignment.reason}.`,
        { cause: alignment },
      );
    case 'unavailable':
      throw couldNotAsk("The originator's domain", alignment.cause, setting);
    default:
      return alignment satisfies never;
  }
}

function couldNotAsk(what: string, cause: unknown, { retryAfterSeconds }: Setting): ReceiverRefusal {
  const description = `${what} could not be asked for now; please try again later.`;
  return new ReceiverRefusal('unavailable', description, { cause, retryAfterSeconds });
}

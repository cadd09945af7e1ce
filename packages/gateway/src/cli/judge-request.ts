import {
  aligned,
  createVerifier,
  type KeySource,
  type Signature,
  type SignedMessage,
  type Verification,
  type VerificationPass,
} from '@isched/doseta';
import { ICalendarError, parseCalAddress } from '@isched/icalendar';
import { domainOfAddress, ischedule } from '@isched/ischedule';
import { type Clock, type Dns, fieldValue } from '@isched/runtime';
import type { DomainName } from '@isched/values';

/** What `isched verify` found; `reason` is one of docs/verification-reasons.md, or `key-unavailable`. */
export interface RequestJudgement {
  readonly status: 'pass' | 'fail' | 'tempfail';
  readonly reason?: string | undefined;
  readonly signature?: Signature | undefined;
  /** What could not be asked, for people. */
  readonly cause?: unknown;
  /** The record of the key it was judged with. */
  readonly keyRecord?: string | undefined;
}

export interface JudgeDeps {
  readonly keySources: readonly KeySource[];
  readonly dns: Dns;
  readonly clock: Clock;
}

/**
 * Judges a request as a receiver does: the signature, the template's rules, and whether the signing domain may speak for
 * the originator.
 *
 * @throws nothing of what a peer does.
 */
export async function judgeRequest(message: SignedMessage, deps: JudgeDeps): Promise<RequestJudgement> {
  const verifier = createVerifier({ template: ischedule, keySources: deps.keySources, clock: deps.clock });
  const verification = await verifier.verify(message);
  if (verification.status !== 'pass') return withoutPass(verification);
  return judgeAlignment(verification, originatorDomain(message), deps.dns);
}

function withoutPass(verification: Exclude<Verification, VerificationPass>): RequestJudgement {
  const { status, signature } = verification;
  if (status === 'tempfail') return { status, reason: 'key-unavailable', signature, cause: verification.cause };
  return { status, reason: verification.reason, signature, keyRecord: verification.key?.record };
}

async function judgeAlignment(
  pass: VerificationPass,
  domain: DomainName | undefined,
  dns: Dns,
): Promise<RequestJudgement> {
  const found = { signature: pass.signature, keyRecord: pass.key.record };
  if (domain === undefined) return { status: 'fail', reason: 'domain-not-aligned', ...found };
  const alignment = await aligned(
    { signature: pass.signature, key: pass.key, originatorDomain: domain },
    { dns, allow: () => false },
  );
  switch (alignment.status) {
    case 'aligned':
      return { status: 'pass', ...found };
    case 'not-aligned':
      return { status: 'fail', reason: alignment.reason, ...found };
    case 'unavailable':
      return { status: 'tempfail', reason: 'key-unavailable', cause: alignment.cause, ...found };
    default:
      return alignment satisfies never;
  }
}

/** An originator without a domain is nobody's: no signing domain may speak for it. */
function originatorDomain(message: SignedMessage): DomainName | undefined {
  const originator = fieldValue(message.fields, 'originator');
  try {
    return originator === undefined ? undefined : domainOfAddress(parseCalAddress(originator));
  } catch (error) {
    if (error instanceof ICalendarError) return undefined;
    throw error;
  }
}

import type { Clock } from '@isched/runtime';
import { comparableName } from './canonicalization/fields-by-name.ts';
import type { KeySource } from './keys/key-source.ts';
import { createKnownKeys } from './keys/known-keys.ts';
import type { Field, ServiceTemplate } from './service-template.ts';
import { neverSigned } from './service-rules.ts';
import type { Verification, VerificationPolicy, Verifier, VerifierEvent } from './verification.ts';
import { fail, verifySignature, type VerifyTask } from './verify-signature.ts';

export interface VerifierDeps {
  readonly template: ServiceTemplate;
  /** One for each query method at most. */
  readonly keySources: readonly KeySource[];
  readonly clock: Clock;
  /** Told what is worth counting; must not throw. */
  readonly observe?: ((event: VerifierEvent) => void) | undefined;
}

export interface VerifierOptions {
  readonly policy?: VerificationPolicy | undefined;
  /** Longest header, names and values together: hashing is linear in it. Octets; default 1048576, twice what a receiver takes. */
  readonly maxHeaderOctets?: number | undefined;
  /** Longest signature field. Octets; default 65536: `h=` may well list a thousand names. */
  readonly maxSignatureOctets?: number | undefined;
  /** Most signatures of a message that are looked at, where several may be there. Default 16: each may cost a look-up. */
  readonly maxSignatures?: number | undefined;
  /** Keys kept ready, parsed. Default 1000. */
  readonly maxKnownKeys?: number | undefined;
}

/**
 * Makes a verifier for one service.
 *
 * @returns verdicts of three kinds; docs/verification-reasons.md explains every reason to fail.
 * @throws TypeError when two sources are of one method, or an option is out of its range.
 * @see RFC 6376 §6; RFC 8301; iSchedule draft 05.
 */
export function createVerifier(deps: VerifierDeps, options: VerifierOptions = {}): Verifier {
  const verifying = resolveOptions(deps, options);
  return {
    async verify(message, { policy, signal } = {}) {
      if (policy) checkPolicy(policy);
      const verification = await verifyMessage({
        ...verifying,
        message,
        presentNames: message.fields.map((field) => comparableName(field.name)),
        policy: policy ? { ...verifying.policy, ...policy } : verifying.policy,
        now: deps.clock.now(),
        lookupOptions: { signal },
      });
      verifying.observe({ type: 'verified', verification });
      return verification;
    },
  };
}

interface MessageTask extends VerifyTask {
  readonly maxHeaderOctets: number;
  readonly maxSignatures: number;
}

/** What stays the same from message to message. */
type Verifying = Omit<MessageTask, 'message' | 'presentNames' | 'now' | 'lookupOptions'>;

function resolveOptions(deps: VerifierDeps, options: VerifierOptions): Verifying {
  const { template, keySources, observe = () => undefined } = deps;
  const methods = new Set(keySources.map(({ queryMethod }) => queryMethod));
  if (methods.size < keySources.length) throw new TypeError('two key sources of one query method');
  checkPolicy(options.policy ?? {});
  return {
    template,
    isNeverSigned: neverSigned(template.fields.never),
    policy: options.policy ?? {},
    keySources: keySources.filter(({ queryMethod }) => template.queryMethods.includes(queryMethod)),
    knownKeys: createKnownKeys(options.maxKnownKeys),
    observe,
    maxHeaderOctets: options.maxHeaderOctets ?? 1_048_576,
    maxSignatureOctets: options.maxSignatureOctets ?? 65_536,
    maxSignatures: options.maxSignatures ?? 16,
  };
}

function checkPolicy({ minRsaBits = 1_024 }: VerificationPolicy): void {
  if (minRsaBits < 1_024) throw new TypeError('minRsaBits: RFC 8301 forbids less than 1024');
}

function verifyMessage(task: MessageTask): Verification | Promise<Verification> {
  const { template, message, presentNames, maxHeaderOctets } = task;
  if (headerLength(message.fields) > maxHeaderOctets) return fail('header-too-large');
  const name = comparableName(template.signatureField);
  const [first, ...more] = message.fields.filter((_, at) => presentNames[at] === name);
  if (!first) return fail('signature-missing');
  if (template.signatures === 'any-passes') return verifyEach([first, ...more], task);
  return more.length > 0 ? fail('signatures-several') : verifySignature(first, task);
}

/** Each signature is judged for itself; the best verdict is the message's, the first among equals. */
async function verifyEach(signatureFields: readonly Field[], task: MessageTask): Promise<Verification> {
  const verdicts = [];
  for (const field of signatureFields.slice(0, task.maxSignatures)) verdicts.push(await verifySignature(field, task));
  const best =
    verdicts.find(({ status }) => status === 'pass') ??
    verdicts.find(({ status }) => status === 'tempfail') ??
    verdicts[0];
  return { ...(best ?? fail('signature-missing')), verdicts };
}

function headerLength(fields: readonly Field[]): number {
  let length = 0;
  for (const field of fields) length += field.name.length + field.value.length;
  return length;
}

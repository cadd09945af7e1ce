import type { Clock } from '@isched/runtime';
import { type DomainName, epochMs } from '@isched/values';
import { algorithms } from './algorithms/table.ts';
import { comparableName, fieldsByName } from './canonicalization/fields-by-name.ts';
import type { SigningIdentity, SigningKey } from './keys/signing-keys.ts';
import { namesForbiddenBy, neverSigned } from './service-rules.ts';
import type {
  ContentCanonicalization,
  Field,
  HeaderCanonicalization,
  QueryMethod,
  ServiceTemplate,
  SignedMessage,
} from './service-template.ts';
import { formatUnsigned } from './signature-field.ts';
import { hashOf, headerToSign } from './signed-data.ts';

export interface Signer {
  /**
   * Signs a message, in the thread pool.
   *
   * @returns the one field to add: one line, no blank at its ends. The message is never changed.
   * @throws TypeError when the message lacks a field that must be signed, is signed already, or the key is not fit: our
   *   mistake, never a peer's.
   */
  sign(message: SignedMessage, identity: SigningIdentity, options?: SignOptions): Promise<Field>;
}

export interface SignOptions {
  /** Further names to sign. A name that the message lacks is listed too, which forbids adding such a field on the way. */
  readonly alsoSign?: readonly string[] | undefined;
  /** The originator's domain, where it is not ours and has authorised our signing domain by ATPS (RFC 6541). */
  readonly onBehalfOf?: DomainName | undefined;
}

export interface SignerOptions {
  /**
   * From `t=` to `x=`. Seconds; default 3600, as peers have it; the template says the least. `unlimited`: no `x=`.
   */
  readonly lifetimeSeconds?: number | 'unlimited' | undefined;
  /** What to list in `q=`, in this order. Default: the template's. */
  readonly queryMethods?: readonly QueryMethod[] | undefined;
  /** Shortest RSA key to sign with. Bits; default 2048; 1024 at least (RFC 8301 §3.2). */
  readonly minRsaBits?: number | undefined;
}

/**
 * Makes a signer for one service.
 *
 * @throws TypeError when an option is out of its range.
 * @see RFC 6376 §5; iSchedule draft 05.
 */
export function createSigner(
  deps: { readonly template: ServiceTemplate; readonly clock: Clock },
  options: SignerOptions = {},
): Signer {
  const signing = { ...deps, ...resolveOptions(deps.template, options), fitKeys: new WeakSet<SigningKey>() };
  return { sign: (message, identity, signOptions = {}) => sign({ ...signing, message, identity, ...signOptions }) };
}

interface ResolvedOptions {
  readonly lifetimeSeconds: number | 'unlimited';
  readonly queryMethods: readonly QueryMethod[];
  readonly minRsaBits: number;
  readonly header: HeaderCanonicalization;
  readonly content: ContentCanonicalization;
}

interface SignTask extends ResolvedOptions, SignOptions {
  readonly template: ServiceTemplate;
  readonly clock: Clock;
  readonly message: SignedMessage;
  readonly identity: SigningIdentity;
  /** Keys that were looked at: OpenSSL is slow to tell their length. */
  readonly fitKeys: WeakSet<SigningKey>;
}

function resolveOptions(template: ServiceTemplate, options: SignerOptions): ResolvedOptions {
  const { lifetimeSeconds = 3_600, queryMethods = template.listedQueryMethods, minRsaBits = 2_048 } = options;
  const [header] = template.headerCanonicalizations;
  const [content] = template.contentCanonicalizations;
  if (!header || !content) throw new TypeError(`${template.name}: no canonicalization to sign with`);
  const tooShort = lifetimeSeconds !== 'unlimited' && lifetimeSeconds < template.times.minLifetimeSeconds;
  if (tooShort) throw new TypeError(`lifetimeSeconds: at least ${template.times.minLifetimeSeconds}`);
  if (queryMethods.length === 0) throw new TypeError('queryMethods: at least one');
  if (minRsaBits < 1_024) throw new TypeError('minRsaBits: RFC 8301 forbids less than 1024');
  return { lifetimeSeconds, queryMethods, minRsaBits, header, content };
}

async function sign(task: SignTask): Promise<Field> {
  const { template, message, identity, header } = task;
  const { algorithm: algorithmName, privateKey } = identity.key;
  checkKey(identity.key, task);
  const signedNames = chooseNames(task);
  const signatureField = { name: template.signatureField, value: unsignedValue(signedNames, task) };
  const data = headerToSign({ canonicalization: header, signedNames, fields: message.fields, signatureField });
  const signature = await algorithms[algorithmName].sign(data, privateKey);
  return { ...signatureField, value: signatureField.value + Buffer.from(signature).toString('base64') };
}

function checkKey(key: SigningKey, { template, minRsaBits, fitKeys }: SignTask): void {
  if (fitKeys.has(key)) return;
  const { algorithm, privateKey } = key;
  if (!template.algorithms.includes(algorithm)) throw new TypeError(`${template.name} does not take ${algorithm}`);
  if (privateKey.asymmetricKeyType !== algorithms[algorithm].keyType) throw new TypeError(`no key for ${algorithm}`);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < minRsaBits) throw new TypeError(`a key of ${bits} bits: at least ${minRsaBits}`);
  fitKeys.add(key);
}

function unsignedValue(signedNames: readonly string[], task: SignTask): string {
  const { identity, message, onBehalfOf, lifetimeSeconds } = task;
  const seconds = Math.floor(task.clock.now() / 1_000);
  return formatUnsigned({
    algorithm: identity.key.algorithm,
    canonicalization: { header: task.header.name, content: task.content.name },
    signingDomain: identity.signingDomain,
    selector: identity.selector,
    queryMethods: task.queryMethods,
    signedAt: epochMs(seconds * 1_000),
    expiresAt: lifetimeSeconds === 'unlimited' ? undefined : epochMs((seconds + Math.floor(lifetimeSeconds)) * 1_000),
    signedNames,
    contentHash: hashOf(task.content.canonicalize(message.content)),
    onBehalfOf: onBehalfOf && { domain: onBehalfOf, hash: 'sha256' },
  });
}

/** Which fields are signed: what must be, what should be where it is there, and what the caller adds. */
function chooseNames({ template, message, alsoSign = [] }: SignTask): readonly string[] {
  const { must, mustIfPresent, should } = template.fields;
  const present = fieldsByName(message.fields);
  const missing = must.find((name) => !present.has(name));
  if (missing !== undefined) throw new TypeError(`the message has no ${missing} to sign`);
  if (template.signatures === 'exactly-one' && present.has(comparableName(template.signatureField))) {
    throw new TypeError('the message is signed already');
  }
  const wanted = [...must, ...[...mustIfPresent, ...should].filter((name) => present.has(name))];
  const names = new Set([...wanted, ...alsoSign.map((name) => name.toLowerCase())]);
  const isNeverSigned = neverSigned(template.fields.never);
  const forbidden = namesForbiddenBy(
    message,
    message.fields.map((field) => comparableName(field.name)),
    template,
  );
  const bad = [...names].find((name) => isNeverSigned(name) || forbidden.has(name));
  if (bad !== undefined) throw new TypeError(`${bad} is never signed`);
  if (template.repeatedNames === 'refuse') return [...names];
  return [...names].flatMap((name) => Array<string>(present.get(name)?.length ?? 1).fill(name));
}

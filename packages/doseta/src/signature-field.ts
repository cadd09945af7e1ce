import { type DomainName, DomainNameError, type EpochMs, epochMs, isWithin, parseDomainName } from '@isched/values';
import { isBase64 } from './base64.ts';
import { isSelector } from './keys/selector.ts';
import {
  formatTagList,
  parseTagList,
  splitAtColons,
  type TagList,
  TagListError,
  withoutWhiteSpace,
} from './tag-list.ts';

/** The tags of one signature, read. The only file that knows them by their letters. */
export interface Signature {
  /** `a=` as claimed; the template says which ones are taken. */
  readonly algorithm: string;
  /** `b=`: base64 without white space. */
  readonly signatureValue: string;
  /** `bh=`: base64 without white space. */
  readonly contentHash: string;
  /** `c=` as claimed, or the template's default. */
  readonly canonicalization: { readonly header: string; readonly content: string };
  /** `d=`. */
  readonly signingDomain: DomainName;
  /** `s=`. */
  readonly selector: string;
  /** `h=`, in its order, repeats kept, in lower case. */
  readonly signedNames: readonly string[];
  /** `i=`, or `@d`. */
  readonly identity: { readonly localPart: string; readonly domain: DomainName };
  /** `l=`. */
  readonly contentLength?: number | undefined;
  /** `q=` as listed, unknown methods too; `dns/txt` where it is left out. */
  readonly queryMethods: readonly string[];
  /** `t=`. */
  readonly signedAt?: EpochMs | undefined;
  /** `x=`. */
  readonly expiresAt?: EpochMs | undefined;
  /** `atps=` and `atpsh=`: the domain for which the signer says it is authorised to sign. */
  readonly onBehalfOf?: { readonly domain: DomainName; readonly hash: string } | undefined;
}

export type SignatureFieldErrorCode =
  | 'signature-malformed'
  | 'signature-too-large'
  | 'signature-version-unsupported'
  | 'signature-tag-missing'
  | 'signature-tag-malformed';

/** Why a field's value is no signature. */
export class SignatureFieldError extends Error {
  override readonly name = 'SignatureFieldError';
  readonly code: SignatureFieldErrorCode;
  constructor(code: SignatureFieldErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SignatureFieldOptions {
  /** What `c=` means where it is left out. */
  readonly defaultCanonicalization: string;
  /** Most tags taken. Default 100. */
  readonly maxTags?: number | undefined;
  /** Most names in `h=`. Default 2000: mail with 900 is known. */
  readonly maxSignedNames?: number | undefined;
}

/**
 * Reads the value of a signature field: syntax only. What a service demands of it is signature-rules'.
 *
 * @param value - the field's value as it came, folds kept.
 * @throws SignatureFieldError
 * @see RFC 6376 §3.5; RFC 6541 §4.1.
 */
export function parseSignatureField(value: string, options: SignatureFieldOptions): Signature {
  const tags = readTags(value, options.maxTags);
  const version = required(tags, 'v');
  if (version !== '1') throw new SignatureFieldError('signature-version-unsupported', 'v= is not 1');
  const signingDomain = readDomain('d', required(tags, 'd'));
  return {
    algorithm: matching('a', required(tags, 'a'), /^[A-Za-z][A-Za-z0-9]*-[A-Za-z][A-Za-z0-9]*$/),
    signatureValue: readBase64('b', required(tags, 'b')),
    contentHash: readBase64('bh', required(tags, 'bh')),
    canonicalization: readCanonicalization(tags.get('c') ?? options.defaultCanonicalization),
    signingDomain,
    selector: readSelector(required(tags, 's')),
    signedNames: readNames(required(tags, 'h'), options.maxSignedNames ?? 2_000),
    identity: readIdentity(tags.get('i'), signingDomain),
    contentLength: readNumber('l', tags.get('l'), /^\d{1,76}$/),
    queryMethods: readQueryMethods(tags.get('q') ?? 'dns/txt'),
    signedAt: readTime('t', tags.get('t')),
    expiresAt: readTime('x', tags.get('x')),
    onBehalfOf: readOnBehalfOf(tags),
  };
}

/** Says whether `i=` lies where the signing domain may speak. */
export function isIdentityWithinDomain(signature: Signature): boolean {
  return isWithin(signature.identity.domain, signature.signingDomain);
}

/** What a signer knows before it has signed. */
export interface UnsignedSignature {
  readonly algorithm: string;
  readonly canonicalization: { readonly header: string; readonly content: string };
  readonly signingDomain: DomainName;
  readonly selector: string;
  readonly queryMethods: readonly string[];
  readonly signedAt: EpochMs;
  readonly expiresAt?: EpochMs | undefined;
  readonly signedNames: readonly string[];
  readonly contentHash: string;
  readonly onBehalfOf?: { readonly domain: DomainName; readonly hash: string } | undefined;
}

/**
 * Writes a signature field's value with an empty `b=` at its end: the signature is to be appended.
 *
 * One line, `; ` between tags, no white space elsewhere, `q=` always, `l=` and `i=` never: what every known peer reads.
 *
 * @throws TypeError when a part could not be read back: our mistake.
 */
export function formatUnsigned(signature: UnsignedSignature): string {
  const { onBehalfOf, expiresAt } = signature;
  return formatTagList([
    ['v', '1'],
    ['a', signature.algorithm],
    ['c', `${signature.canonicalization.header}/${signature.canonicalization.content}`],
    ['d', signature.signingDomain],
    ['s', signature.selector],
    ['q', signature.queryMethods.join(':')],
    ['t', inSeconds(signature.signedAt)],
    ...(expiresAt === undefined ? [] : [['x', inSeconds(expiresAt)] as const]),
    ...(onBehalfOf ? [['atps', onBehalfOf.domain] as const, ['atpsh', onBehalfOf.hash] as const] : []),
    ['h', signature.signedNames.join(':')],
    ['bh', signature.contentHash],
    ['b', ''],
  ]);
}

/**
 * Empties `b=` of a signature field's value, as it is hashed.
 *
 * @param blanks - the white space around the value goes with it; one peer keeps it.
 * @throws nothing; a value without `b=` comes back as it is.
 * @see RFC 6376 §3.7; Apple's dkim.py keeps the blanks.
 */
export function withoutSignatureValue(value: string, blanks: 'removed' | 'kept'): string {
  const name = /(?:^|;)[\t\n\r ]*b[\t\n\r ]*=/.exec(value);
  if (!name) return value;
  const start = name.index + name[0].length;
  const semicolon = value.indexOf(';', start);
  const end = semicolon === -1 ? value.length : semicolon;
  const around = blanks === 'kept' ? blanksAround(value.slice(start, end)) : '';
  return value.slice(0, start) + around + value.slice(end);
}

function blanksAround(text: string): string {
  const trimmed = text.trim();
  const start = text.indexOf(trimmed);
  return text.slice(0, start) + text.slice(start + trimmed.length);
}

function readTags(value: string, maxTags: number | undefined): TagList {
  try {
    return parseTagList(value, maxTags);
  } catch (error) {
    if (!(error instanceof TagListError)) throw error;
    const code = error.code === 'too-many-tags' ? 'signature-too-large' : 'signature-malformed';
    throw new SignatureFieldError(code, error.message, { cause: error });
  }
}

function required(tags: TagList, name: string): string {
  const value = tags.get(name);
  if (value === undefined) throw new SignatureFieldError('signature-tag-missing', `no ${name}= tag`);
  return value;
}

function malformed(name: string): SignatureFieldError {
  return new SignatureFieldError('signature-tag-malformed', `${name}= is not what it must be`);
}

function matching(name: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw malformed(name);
  return value;
}

function readSelector(value: string): string {
  if (!isSelector(value)) throw malformed('s');
  return value;
}

function readBase64(name: string, value: string): string {
  const text = withoutWhiteSpace(value);
  if (!isBase64(text)) throw malformed(name);
  return text;
}

function readDomain(name: string, value: string): DomainName {
  if (value.endsWith('.')) throw malformed(name);
  try {
    return parseDomainName(value);
  } catch (error) {
    if (error instanceof DomainNameError) throw malformed(name);
    throw error;
  }
}

/** A lone name is the header's: the content's is then simple. */
function readCanonicalization(value: string): Signature['canonicalization'] {
  const [, header, content = 'simple'] = /^([A-Za-z0-9-]+)(?:\/([A-Za-z0-9-]+))?$/.exec(value) ?? [];
  if (header === undefined) throw malformed('c');
  return { header, content };
}

function readNames(value: string, maxNames: number): readonly string[] {
  const names = splitAtColons(value.toLowerCase());
  if (names.length > maxNames)
    throw new SignatureFieldError('signature-too-large', `more than ${maxNames} names in h=`);
  for (const name of names) if (!/^[!-~]+$/.test(name)) throw malformed('h');
  return names;
}

function readQueryMethods(value: string): readonly string[] {
  const methods = splitAtColons(value);
  if (methods.includes('')) throw malformed('q');
  return methods;
}

/** @see RFC 6376 §2.11: the whole is in DKIM's quoted-printable, where white space means nothing. */
function readIdentity(value: string | undefined, signingDomain: DomainName): Signature['identity'] {
  if (value === undefined) return { localPart: '', domain: signingDomain };
  const text = withoutWhiteSpace(value);
  if (/=(?![0-9A-F]{2})/.test(text)) throw malformed('i');
  const decoded = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const at = decoded.lastIndexOf('@');
  if (at === -1) throw malformed('i');
  return { localPart: decoded.slice(0, at), domain: readDomain('i', decoded.slice(at + 1)) };
}

function readNumber(name: string, value: string | undefined, pattern: RegExp): number | undefined {
  return value === undefined ? undefined : Number(matching(name, value, pattern));
}

/** Twelve digits of seconds reach the year 33658; more are refused, so that the number stays exact. */
function readTime(name: string, value: string | undefined): EpochMs | undefined {
  const seconds = readNumber(name, value, /^\d{1,12}$/);
  return seconds === undefined ? undefined : epochMs(seconds * 1_000);
}

function inSeconds(time: EpochMs): string {
  return String(Math.floor(time / 1_000));
}

/** An extension: where it is broken it vouches for nobody, and the signature stays what it is. */
function readOnBehalfOf(tags: TagList): Signature['onBehalfOf'] {
  const domain = tags.get('atps');
  const hash = tags.get('atpsh');
  if (domain === undefined || hash === undefined) return undefined;
  try {
    return { domain: parseDomainName(domain), hash };
  } catch (error) {
    if (error instanceof DomainNameError) return undefined;
    throw error;
  }
}

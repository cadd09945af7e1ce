import { type Brand, type DomainName, parseDomainName } from '@isched/values';
import { ICalendarError, quoted } from './errors.ts';

/** A calendar user address: a URI, byte for byte as it came. Compare with `sameCalAddress`, never with `===`. */
export type CalAddress = Brand<string, 'CalAddress'>;

const maxLength = 2_048;
const uri = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f<>"]+$/;
const bareMailbox = /^[^\s\x00-\x1f\x7f<>":@/,;]+@[^\s\x00-\x1f\x7f<>":@/,;]+$/;

/**
 * Reads a calendar user address. A bare `user@host`, which two peers put into Recipient, counts as a `mailto:`.
 *
 * @throws ICalendarError `invalid-cal-address` when it is no URI.
 * @see RFC 5545 §3.3.3; RFC 3986.
 */
export function parseCalAddress(text: string): CalAddress {
  const trimmed = text.trim();
  if (trimmed.length > 0 && trimmed.length <= maxLength) {
    if (uri.test(trimmed)) return trimmed as CalAddress;
    if (bareMailbox.test(trimmed)) return `mailto:${trimmed}` as CalAddress;
  }
  throw new ICalendarError('invalid-cal-address', `not a calendar user address: ${quoted(text)}`);
}

/** Most addresses: plain letters, no address literal, nothing encoded. Their key is but the lower case. */
const plainMailbox = /^mailto:[a-z0-9.!$&'*+/=^_`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

/**
 * The form in which two addresses are compared: scheme and host in lower case, percent-encoding undone, query and
 * fragment dropped, the local part in lower case.
 *
 * @throws nothing.
 * @see RFC 3986 §6.2; RFC 6068 §2.
 */
export function calAddressKey(address: CalAddress): string {
  if (plainMailbox.test(address)) return address.toLowerCase();
  const { scheme, rest } = partsOf(address);
  if (scheme === 'mailto') {
    const at = rest.lastIndexOf('@');
    if (at === -1) return `mailto:${decodePercent(rest).toLowerCase()}`;
    return `mailto:${decodePercent(rest.slice(0, at)).toLowerCase()}@${hostKey(rest.slice(at + 1))}`;
  }
  if (scheme === 'urn') return `urn:${decodePercent(rest).toLowerCase()}`;
  const authority = /^\/\/([^/]*)(.*)$/s.exec(rest);
  if (authority === null) return `${scheme}:${decodePercent(rest)}`;
  return `${scheme}://${hostKey(authority[1] ?? '')}${decodePercent(authority[2] ?? '')}`;
}

/** The form in which a text is compared that may be an address; undefined where it is none. @throws nothing. */
export function calAddressKeyOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length <= maxLength && plainMailbox.test(trimmed)) return trimmed.toLowerCase();
  try {
    return calAddressKey(parseCalAddress(trimmed));
  } catch (error) {
    if (!(error instanceof ICalendarError)) throw error;
    return undefined;
  }
}

/** Whether two addresses name the same calendar user. @throws nothing. */
export function sameCalAddress(one: CalAddress, other: CalAddress): boolean {
  return one === other || calAddressKey(one) === calAddressKey(other);
}

/** The mailbox of a `mailto:` address. */
export interface Mailbox {
  /** Percent-encoding undone, case as it came. */
  readonly localPart: string;
  readonly domain: DomainName;
}

/**
 * The mailbox of a `mailto:` address that names exactly one.
 *
 * @returns undefined for another scheme, no domain, an address literal, or several addresses in one URI: the part
 * after the last `@` would then say nothing about the others.
 * @throws nothing.
 * @see RFC 6068 §2.
 */
export function mailboxOf(address: CalAddress): Mailbox | undefined {
  const { scheme, rest } = partsOf(address);
  const at = rest.lastIndexOf('@');
  if (scheme !== 'mailto' || at <= 0) return undefined;
  const localPart = decodePercent(rest.slice(0, at));
  if (!/^(?:[^@,"\s\x00-\x1f]+|"[^"\x00-\x1f]+")$/.test(localPart)) return undefined;
  try {
    return { localPart, domain: parseDomainName(decodePercent(rest.slice(at + 1))) };
  } catch {
    return undefined;
  }
}

function partsOf(address: string): { scheme: string; rest: string } {
  const colon = address.indexOf(':');
  const rest = address.slice(colon + 1);
  const end = rest.search(/[?#]/);
  return { scheme: address.slice(0, colon).toLowerCase(), rest: end === -1 ? rest : rest.slice(0, end) };
}

function hostKey(host: string): string {
  const text = decodePercent(host).toLowerCase();
  try {
    return parseDomainName(text);
  } catch {
    return text;
  }
}

/** Undoes percent-encoding; what is no UTF-8 or no encoding stays as it is. */
function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

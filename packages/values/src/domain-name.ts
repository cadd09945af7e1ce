import { domainToASCII } from 'node:url';
import type { Brand } from './brand.ts';

/** A host or domain name in lower-case A-labels, without a final dot: `xn--mnchen-3ya.example`. */
export type DomainName = Brand<string, 'DomainName'>;

/** Why a text is no domain name. */
export class DomainNameError extends Error {
  override readonly name = 'DomainNameError';
  readonly code = 'invalid-domain-name';
}

const maxNameLength = 253;
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Reads a domain name: lower case, U-labels become A-labels, one final dot is dropped.
 * Underscores are allowed, because SRV and key names begin with them.
 *
 * @param text - the name as people or peers write it.
 * @returns the name in its one canonical form.
 * @throws DomainNameError when it is empty, too long, has an empty or over-long label, or is an IP address.
 * @see RFC 1035 §2.3.4; RFC 5890 §2.3.2.1; RFC 2782 (underscored labels).
 */
export function parseDomainName(text: string): DomainName {
  const name = toALabels(text.endsWith('.') ? text.slice(0, -1) : text);
  if (!isNameLength(name.length)) throw new DomainNameError(`not a domain name: ${clip(text)}`);
  const labels = name.split('.');
  if (!labels.every((part) => label.test(part))) throw new DomainNameError(`not a domain name: ${clip(text)}`);
  if (/^\d+$/.test(labels.at(-1) ?? '')) throw new DomainNameError(`an address, not a domain name: ${clip(text)}`);
  return name as DomainName;
}

/** Says whether a domain name may have so many characters. @throws nothing. @see RFC 1035 §2.3.4. */
export function isNameLength(length: number): boolean {
  return length > 0 && length <= maxNameLength;
}

/**
 * Says whether a name equals another or lies under it: `mail.example.com` is within `example.com`.
 *
 * @param name - the name in question.
 * @param parent - the name it must equal or end in, at a label's border.
 * @throws nothing.
 */
export function isWithin(name: DomainName, parent: DomainName): boolean {
  return name === parent || name.endsWith(`.${parent}`);
}

/**
 * The name one label up, or nothing for a single label.
 *
 * @throws nothing.
 */
export function parentDomain(name: DomainName): DomainName | undefined {
  const dot = name.indexOf('.');
  return dot === -1 ? undefined : (name.slice(dot + 1) as DomainName);
}

function toALabels(text: string): string {
  // ASCII is the common case and needs no IDNA processing.
  return /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
}

function clip(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

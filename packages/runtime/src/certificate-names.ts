import type { CertificateName } from './fetch.ts';

/** The names in a certificate's subjectAltName; the subject's common name is not one of them (RFC 9525 §2). */
export interface SubjectNames {
  /** dNSName, lower case; may begin with `*.`. */
  readonly dnsNames: readonly string[];
  /** SRVName, lower case: `_service.example.com`. */
  readonly srvNames: readonly string[];
  /** iPAddress, as octets. */
  readonly addresses: readonly Uint8Array[];
}

/** DER that ends too early, is nested wrongly or says nothing we know. */
class DerError extends Error {
  override readonly name = 'DerError';
}

interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

const tags = { sequence: 0x30, objectIdentifier: 0x06, octetString: 0x04, ia5String: 0x16, extensions: 0xa3 } as const;
const generalName = { otherName: 0xa0, dnsName: 0x82, ipAddress: 0x87 } as const;
const otherNameValue = 0xa0;

/** 2.5.29.17 and 1.3.6.1.5.5.7.8.7, as DER writes them. */
const subjectAltName = '551d11';
const srvName = '2b06010505070807';

/**
 * Reads the names of a certificate from its DER form.
 *
 * @returns no names where the certificate has no subjectAltName or can't be read.
 * @throws nothing.
 * @see RFC 5280 §4.2.1.6; RFC 4985 §2 (SRVName).
 */
export function readSubjectNames(certificate: Uint8Array): SubjectNames {
  try {
    const names = generalNames(certificate);
    return {
      dnsNames: names.filter(({ tag }) => tag === generalName.dnsName).flatMap(({ content }) => asciiText(content)),
      srvNames: names.filter(({ tag }) => tag === generalName.otherName).flatMap(({ content }) => readSrvName(content)),
      addresses: names.filter(({ tag }) => tag === generalName.ipAddress).map(({ content }) => content),
    };
  } catch (error) {
    if (error instanceof DerError) return { dnsNames: [], srvNames: [], addresses: [] };
    throw error;
  }
}

/**
 * Says whether a certificate carries a name. A wildcard stands for exactly one whole label, the left-most.
 *
 * @throws nothing.
 * @see RFC 9525 §6.3 (DNS-ID), §6.5 (SRV-ID); RFC 2818 §3.1.
 */
export function carriesName(names: SubjectNames, wanted: CertificateName): boolean {
  if (wanted.type === 'dns') return names.dnsNames.some((name) => matchesDnsId(name, wanted.name));
  return names.srvNames.includes(`_${wanted.service.replace(/^_/, '')}.${wanted.name}`.toLowerCase());
}

function matchesDnsId(presented: string, wanted: string): boolean {
  if (!presented.startsWith('*.')) return presented === wanted;
  const dot = wanted.indexOf('.');
  // `*.example` would vouch for a whole top-level domain.
  return dot > 0 && presented.slice(2).includes('.') && presented.slice(2) === wanted.slice(dot + 1);
}

function generalNames(certificate: Uint8Array): readonly DerValue[] {
  const [toBeSigned] = children(onlyValue(certificate, tags.sequence));
  const extensions = children(contentOf(toBeSigned, tags.sequence)).find(({ tag }) => tag === tags.extensions);
  if (!extensions) return [];
  for (const extension of children(onlyValue(extensions.content, tags.sequence))) {
    const [id, ...rest] = children(contentOf(extension, tags.sequence));
    // A BOOLEAN may stand between the two, saying whether the extension is critical.
    if (hexOf(contentOf(id, tags.objectIdentifier)) === subjectAltName) {
      return children(onlyValue(contentOf(rest.at(-1), tags.octetString), tags.sequence));
    }
  }
  return [];
}

function readSrvName(otherName: Uint8Array): readonly string[] {
  const [id, value] = children(otherName);
  if (hexOf(contentOf(id, tags.objectIdentifier)) !== srvName) return [];
  return asciiText(onlyValue(contentOf(value, otherNameValue), tags.ia5String));
}

/** A name with octets that no host name has is not a name we compare. */
function asciiText(octets: Uint8Array): readonly string[] {
  const text = Buffer.from(octets).toString('latin1');
  return /^[\x21-\x7e]+$/.test(text) ? [text.toLowerCase().replace(/\.$/, '')] : [];
}

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

function onlyValue(octets: Uint8Array, tag: number): Uint8Array {
  return contentOf(children(octets)[0], tag);
}

function contentOf(value: DerValue | undefined, tag: number): Uint8Array {
  if (value?.tag !== tag) throw new DerError(`expected tag ${tag}`);
  return value.content;
}

/** X.690 §8.1: tag, length, content; tags above 30 and lengths without end don't occur in certificates. */
function children(octets: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  let rest = octets;
  while (rest.length > 0) {
    const { value, size } = firstChild(rest);
    values.push(value);
    rest = rest.subarray(size);
  }
  return values;
}

function firstChild(octets: Uint8Array): { readonly value: DerValue; readonly size: number } {
  const [tag = 0, first = 0] = octets;
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  if (octets.length < 2 || first === 0x80 || lengthOctets > 4) throw new DerError('unreadable length');
  const headSize = 2 + lengthOctets;
  const length = lengthOctets === 0 ? first : octets.subarray(2, headSize).reduce((sum, octet) => sum * 256 + octet, 0);
  if (octets.length < headSize + length) throw new DerError('ends too early');
  return { value: { tag, content: octets.subarray(headSize, headSize + length) }, size: headSize + length };
}

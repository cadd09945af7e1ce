import { isIPv4 } from 'node:net';
import { derObjectId, derSequence, derValue } from './der.ts';

/** The names a certificate is to carry. */
export interface SubjectNamesRequest {
  readonly dnsNames?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly srvNames?: readonly string[] | undefined;
}

const dnsSrvId = '1.3.6.1.5.5.7.8.7';

/**
 * Writes a subjectAltName: dNSName, iPAddress, and SRVName as an otherName.
 *
 * @throws nothing.
 * @see RFC 5280 §4.2.1.6; RFC 4985 §2.
 */
export function subjectNames(request: SubjectNamesRequest): Uint8Array {
  return derSequence(
    ...(request.dnsNames ?? []).map((name) => derValue(0x82, Buffer.from(name, 'latin1'))),
    ...(request.addresses ?? []).map((address) => derValue(0x87, addressOctets(address))),
    ...(request.srvNames ?? []).map(srvName),
  );
}

function srvName(name: string): Uint8Array {
  const value = derValue(0xa0, derValue(0x16, Buffer.from(name, 'latin1')));
  return derValue(0xa0, derObjectId(dnsSrvId), value);
}

function addressOctets(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  const [before = '', after = ''] = address.split('::').map(groupDigits);
  return Buffer.from(before + '0'.repeat(32 - before.length - after.length) + after, 'hex');
}

function groupDigits(text: string): string {
  return text === ''
    ? ''
    : text
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join('');
}

import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type Clock, systemClock } from '@isched/runtime';
import {
  derBitString,
  derInteger,
  derObjectId,
  derOctetString,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
  derValue,
} from './der.ts';
import { subjectNames } from './subject-names.ts';

/** A root of trust for a laboratory. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** What a server needs. */
export interface IssuedCertificate {
  /** The certificate; the authority's is not appended. */
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

export interface CertificateRequest {
  readonly ca: CertificateAuthority;
  readonly dnsNames?: readonly string[] | undefined;
  /** IP addresses. */
  readonly addresses?: readonly string[] | undefined;
  /** SRV-IDs: `_ischedules.example.com` (RFC 4985). */
  readonly srvNames?: readonly string[] | undefined;
  /** The subject's common name, which no client should look at. Default none. */
  readonly commonName?: string | undefined;
  /** Default: a day ago. */
  readonly notBefore?: Date | undefined;
  /** Default: in a year. */
  readonly notAfter?: Date | undefined;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = derSequence(derObjectId('1.2.840.10045.4.3.2'));
const keyUsage = { digitalSignature: derBits(0x80, 7), certificateAndListSign: derBits(0x06, 1) };
const serverAuthentication = derSequence(derObjectId('1.3.6.1.5.5.7.3.1'));

/**
 * Makes a certificate authority that nobody trusts but who is told to.
 *
 * @param options - its name as people see it, and its clock.
 * @throws nothing.
 */
export function createCertificateAuthority(
  options: { readonly name?: string; readonly clock?: Clock } = {},
): CertificateAuthority {
  const now = (options.clock ?? systemClock).now();
  const name = options.name ?? 'isched lab';
  const keys = newKeys();
  const certificatePem = signedCertificate({
    issuer: name,
    subject: name,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + 3_650 * dayMs),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      extension('2.5.29.19', derSequence(derTrue), 'critical'),
      extension('2.5.29.15', keyUsage.certificateAndListSign, 'critical'),
      extension('2.5.29.14', derOctetString(keyIdentifier(keys.publicKey))),
    ],
  });
  return { certificatePem, name, privateKey: keys.privateKey };
}

/**
 * Issues a server's certificate. Its names stand in the subjectAltName.
 *
 * @throws nothing; a certificate without a name is issued too.
 * @see RFC 5280 §4.2.
 */
export function issueCertificate(request: CertificateRequest, clock: Clock = systemClock): IssuedCertificate {
  const keys = newKeys();
  const now = clock.now();
  const certificatePem = signedCertificate({
    issuer: request.ca.name,
    subject: request.commonName,
    notBefore: request.notBefore ?? new Date(now - dayMs),
    notAfter: request.notAfter ?? new Date(now + 365 * dayMs),
    publicKey: keys.publicKey,
    signingKey: request.ca.privateKey,
    extensions: [
      extension('2.5.29.19', derSequence(), 'critical'),
      extension('2.5.29.15', keyUsage.digitalSignature, 'critical'),
      extension('2.5.29.37', serverAuthentication),
      extension('2.5.29.35', derSequence(derValue(0x80, keyIdentifier(request.ca.privateKey)))),
      // RFC 5280 §4.1.2.6: critical where the subject is empty.
      extension('2.5.29.17', subjectNames(request), request.commonName === undefined ? 'critical' : undefined),
    ],
  });
  return { certificatePem, keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface CertificateContent {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

/** RFC 5280 §4.1. */
function signedCertificate(content: CertificateContent): string {
  const toBeSigned = derSequence(
    derValue(0xa0, derInteger(Uint8Array.of(2))), // version 3
    derInteger(randomBytes(16).fill(0x40, 0, 1)),
    ecdsaWithSha256,
    distinguishedName(content.issuer),
    derSequence(derTime(content.notBefore), derTime(content.notAfter)),
    distinguishedName(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    derValue(0xa3, derSequence(...content.extensions)),
  );
  const signature = sign('sha256', toBeSigned, content.signingKey);
  return pem(derSequence(toBeSigned, ecdsaWithSha256, derBitString(signature)));
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Only a common name; none at all where there is nothing to say. */
function distinguishedName(commonName: string | undefined): Uint8Array {
  if (commonName === undefined) return derSequence();
  return derSequence(derSet(derSequence(derObjectId('2.5.4.3'), derText(commonName))));
}

function extension(id: string, value: Uint8Array, critical?: 'critical'): Uint8Array {
  return derSequence(derObjectId(id), critical ? derTrue : Uint8Array.of(), derOctetString(value));
}

/** Any digest that tells keys apart will do: RFC 5280 §4.2.1.2. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const jwk = key.export({ format: 'jwk' });
  return hash('sha256', `${jwk.x}${jwk.y}`, 'buffer').subarray(0, 20);
}

function derBits(octet: number, unusedBits: number): Uint8Array {
  return Uint8Array.of(0x03, 2, unusedBits, octet);
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

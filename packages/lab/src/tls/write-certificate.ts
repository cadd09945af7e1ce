// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 throws unless this was loaded before it
import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CertificateAuthority, CertificateRequest, IssuedCertificate } from './certificates.ts';
import { subjectNames } from './subject-names.ts';

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Writes the certificate of an authority, signed by itself.
 *
 * @throws nothing.
 * @see RFC 5280 §4.1.
 */
export async function writeAuthority({
  name,
  notBefore,
  notAfter,
}: Validity & { readonly name: string }): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: commonName(name),
    keys,
    notBefore,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pemText(certificate), name, privateKey: keys.privateKey };
}

/**
 * Writes a server's certificate, signed by its authority.
 *
 * @throws the library's error for an address that is none.
 * @see RFC 5280 §4.1.
 */
export async function writeServerCertificate(request: CertificateRequest & Validity): Promise<IssuedCertificate> {
  const { ca, notBefore, notAfter } = request;
  const keys = await newKeys();
  const issuer = new X509Certificate(ca.certificatePem);
  const certificate = await X509CertificateGenerator.create({
    issuer: issuer.subjectName,
    ...(request.commonName === undefined ? {} : { subject: commonName(request.commonName) }),
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: ca.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      // RFC 5280 §4.1.2.6: critical where the subject is empty.
      subjectNames(request, request.commonName === undefined ? 'critical' : undefined),
    ],
  });
  const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificatePem: pemText(certificate), keyPem };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

/** As a value and not as text, in which commas and the like would mean something. */
function commonName(text: string): Name {
  return new Name([{ CN: [{ utf8String: text }] }]);
}

function pemText(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

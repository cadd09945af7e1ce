import type { webcrypto } from 'node:crypto';
import { type Clock, systemClock } from '@isched/runtime';

/** A root of trust for a laboratory. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  readonly name: string;
  readonly privateKey: webcrypto.CryptoKey;
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

/**
 * Makes a certificate authority that nobody trusts but who is told to.
 *
 * @param options - its name as people see it, and its clock.
 * @throws nothing.
 */
export async function createCertificateAuthority(
  options: { readonly name?: string; readonly clock?: Clock } = {},
): Promise<CertificateAuthority> {
  const { writeAuthority } = await loadWriter();
  const now = (options.clock ?? systemClock).now();
  return writeAuthority({
    name: options.name ?? 'isched lab',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + 3_650 * dayMs),
  });
}

/**
 * Issues a server's certificate. Its names stand in the subjectAltName.
 *
 * @throws the library's error for an address that is none; nothing for a certificate without a name, which is issued too.
 * @see RFC 5280 §4.2.
 */
export async function issueCertificate(
  request: CertificateRequest,
  clock: Clock = systemClock,
): Promise<IssuedCertificate> {
  const { writeServerCertificate } = await loadWriter();
  const now = clock.now();
  return writeServerCertificate({
    ...request,
    notBefore: request.notBefore ?? new Date(now - dayMs),
    notAfter: request.notAfter ?? new Date(now + 365 * dayMs),
  });
}

/**
 * The library takes half a second to load and patches `Reflect`: only who wants a certificate pays for it, not everybody
 * who imports the lab.
 */
const loadWriter = () => import('./write-certificate.ts');

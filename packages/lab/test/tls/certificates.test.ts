import { X509Certificate } from 'node:crypto';
import { createCertificateAuthority, issueCertificate } from '@isched/lab';
import { createFakeClock } from '@isched/testkit';
import { describe, expect, it } from 'vitest';

// What we write is read by OpenSSL, which Node's X509Certificate is.
const ca = await createCertificateAuthority({ name: 'the lab' });

describe('issueCertificate', () => {
  const root = new X509Certificate(ca.certificatePem);

  it('makes an authority that signs itself', () => {
    expect(root.ca).toBe(true);
    expect(root.subject).toBe('CN=the lab');
    expect(root.checkIssued(root)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
  });

  it('makes certificates with names of each kind, signed by the authority', async () => {
    const { certificatePem, keyPem } = await issueCertificate({
      ca,
      dnsNames: ['a.example.com', '*.b.example.com'],
      addresses: ['127.0.0.1', '2001:db8::1'],
      srvNames: ['_ischedules.example.com'],
    });
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subjectAltName).toBe(
      'DNS:a.example.com, DNS:*.b.example.com, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, ' +
        'othername:SRVName:_ischedules.example.com',
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.toString()).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('gives each certificate a serial number and a key of its own', async () => {
    const [first, second] = [await issueCertificate({ ca }), await issueCertificate({ ca })].map(
      ({ certificatePem }) => new X509Certificate(certificatePem),
    );
    expect(first?.serialNumber).not.toBe(second?.serialNumber);
    expect(first?.publicKey.equals(second?.publicKey ?? root.publicKey)).toBe(false);
  });

  it.each([
    ['1999-12-31T23:59:59Z', '2000-01-01T00:00:00Z'],
    ['2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z'],
  ])('is valid from %s to %s, which lie in either way to write a time', async (from, to) => {
    const { certificatePem } = await issueCertificate({ ca, notBefore: new Date(from), notAfter: new Date(to) });
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.validFromDate).toEqual(new Date(from));
    expect(certificate.validToDate).toEqual(new Date(to));
  });

  it('is valid for a year from a day ago where nothing else is said', async () => {
    const clock = createFakeClock('2026-11-22T12:00:00Z');
    const certificate = new X509Certificate((await issueCertificate({ ca }, clock)).certificatePem);
    expect(certificate.validFromDate).toEqual(new Date('2026-11-21T12:00:00Z'));
    expect(certificate.validToDate).toEqual(new Date('2027-11-22T12:00:00Z'));
  });
});

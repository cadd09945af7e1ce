import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { systemReason } from '@isched/runtime';

/** Where a listener's certificate lies. */
export interface CertificateFiles {
  /** PEM chain, own certificate first. */
  readonly certificateFile: string;
  /** PEM private key. */
  readonly keyFile: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The certificate can't be used: a file can't be read, is no PEM, or key and certificate don't belong together. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code = 'certificate-unusable';
}

/**
 * Reads a certificate and its key, and makes sure they belong together.
 *
 * @throws CertificateError
 */
export async function loadCertificate(files: CertificateFiles): Promise<Certificate> {
  const { certificateFile, keyFile } = files;
  const [cert, key] = await Promise.all([readPem(certificateFile), readPem(keyFile)]);
  const certificate = parsed(cert, certificateFile);
  if (!certificate.checkPrivateKey(parsedKey(key, keyFile))) {
    throw new CertificateError(`the key in ${keyFile} is not that of the certificate in ${certificateFile}`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new CertificateError(`TLS does not take the certificate in ${certificateFile} with its key`, { cause });
  }
  return { cert, key };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CertificateError(`${file} can't be read: ${systemReason(cause)}`, { cause });
  }
}

function parsed(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CertificateError(`${file} holds no certificate in PEM`, { cause });
  }
}

function parsedKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CertificateError(`${file} holds no private key in PEM, or an encrypted one`, { cause });
  }
}

/**
 * Calls back when one of the files was changed, replaced, or a link to it was turned. Asks the file system now and then,
 * because that works on every one.
 *
 * @returns what ends the watch.
 * @throws nothing.
 */
export function watchCertificate(files: CertificateFiles, onChange: () => void, intervalMs: number): () => void {
  const paths = [files.certificateFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: intervalMs, persistent: false }, onChange);
  return () => {
    for (const path of paths) unwatchFile(path, onChange);
  };
}

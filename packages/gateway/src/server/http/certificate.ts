import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';

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
  try {
    const [cert, key] = await Promise.all([readFile(files.certificateFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CertificateError(`the certificate in ${files.certificateFile} can't be used: ${why}`, { cause: error });
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

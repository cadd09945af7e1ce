import { errors } from 'undici';
import { DeadlinePassed } from './deadline.ts';
import { FetchError, type FetchFailure } from './fetch.ts';
import { isSystemCode, systemCode, systemReason } from './system-reason.ts';

/** undici's codes; everything else it throws is a connection that failed. */
const failuresByCode: Readonly<Record<string, FetchFailure>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'response-too-long',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'response-too-long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'response-malformed',
};

/**
 * Why Node does not trust a certificate.
 *
 * @see Node.js documentation, TLS, "X509 certificate error codes".
 */
const certificateCodes: readonly string[] = [
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CRL_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/**
 * Names what went wrong with a peer.
 *
 * @param error - whatever the connection, the parser or our own checks threw.
 * @returns a FetchError with the error as its cause; a FetchError is returned as it is.
 * @throws nothing.
 */
export function fetchErrorOf(error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  const failure = failureOf(error);
  return new FetchError(failure, `the peer could not be asked: ${failure}${whyOf(error)}`, { cause: error });
}

/** What the system said, or what is wrong with a certificate. */
function whyOf(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return '';
  if (isSystemCode(code)) return `, ${systemReason(error)}`;
  return certificateCodes.includes(code) ? `, ${code}` : '';
}

function failureOf(error: unknown): FetchFailure {
  if (error instanceof DeadlinePassed) return 'timeout';
  if (error instanceof errors.HTTPParserError) return 'response-malformed';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateCodes.includes(code)) return 'certificate-invalid';
  return Object.hasOwn(failuresByCode, code) ? (failuresByCode[code] ?? 'connect-failed') : 'connect-failed';
}

import type { Abortable, DomainName, Octets } from '@isched/values';
import type { HttpField } from './http.ts';

/** What to ask of a peer. One connection, one answer: redirects are answers, following them is the caller's decision. */
export interface FetchRequest {
  readonly method: 'GET' | 'POST';
  /** https only. */
  readonly url: string;
  /** In order; `Host` and `Content-Length` are added. */
  readonly fields: readonly HttpField[];
  readonly content?: Octets;
  /** A certificate that names any one of these is accepted; default: the URL's host. */
  readonly certificateNames?: readonly CertificateName[];
}

/** A name a certificate may carry: a DNS-ID, or an SRV-ID of a service, with or without its `_`, at a domain (RFC 9525, RFC 4985). */
export type CertificateName =
  | { readonly type: 'dns'; readonly name: DomainName }
  | { readonly type: 'srv'; readonly service: string; readonly name: DomainName };

export interface FetchResponse {
  readonly status: number;
  readonly fields: readonly HttpField[];
  readonly content: Octets;
}

/** Why a peer could not be asked. `peer-*` and `connect*` may pass; `url-forbidden` and `address-forbidden` will not. */
export type FetchFailure =
  | 'url-forbidden' // not https, credentials in the URL, a bad port
  | 'address-forbidden' // private, loopback, link-local, CGNAT, mapped, metadata
  | 'no-address' // the host has no address
  | 'dns-unavailable'
  | 'connect-failed'
  | 'certificate-invalid' // untrusted, expired
  | 'certificate-name-mismatch'
  | 'response-too-long'
  | 'response-malformed'
  | 'timeout';

/** The peer could not be asked, or its answer not be taken. `cause` says more; it is for our log only. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly code: FetchFailure;
  constructor(code: FetchFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface FetchLimits extends Abortable {
  /** Longest answer content. Octets. */
  readonly maxContentOctets?: number;
  /** From start to the last octet. Milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Asks one peer once: https, checked certificate, public addresses only, bounded in size and time.
 *
 * @throws FetchError for all that can go wrong with a peer; the signal's reason when aborted.
 */
export type GuardedFetch = (request: FetchRequest, limits?: FetchLimits) => Promise<FetchResponse>;

/** Bounds of a listener. */
export interface HttpLimits {
  /** All header fields of a request together. Octets. Default 512 KiB. */
  readonly maxHeaderOctets: number;
  /** Content of all requests under way together; a request that comes on top is asked to come again. Octets. Default 128 MiB. */
  readonly maxContentOctetsAtOnce: number;
  /** Connections held open at once; one more is cut off. Default 10,000. */
  readonly maxConnections: number;
  /** From the first octet of a request, or the opening of the connection, to the end of its header. Milliseconds; default 10,000. */
  readonly headersTimeoutMs: number;
  /** To the end of its content. Milliseconds; default 60,000. */
  readonly requestTimeoutMs: number;
  /** How long an answer may take once the header is read. Milliseconds; default 90,000. */
  readonly answerTimeoutMs: number;
  /** How long a connection is kept for a next request. Milliseconds; default 30,000. */
  readonly keepAliveMs: number;
  /** How long a TLS handshake may take. Milliseconds; default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** How long unwanted content is taken and thrown away, so that the peer can read the refusal. Milliseconds; default 1,000. */
  readonly lingerMs: number;
  /** How often the certificate's files are looked at. Milliseconds; default 5,000. */
  readonly certificateWatchMs: number;
}

const defaults: HttpLimits = {
  maxHeaderOctets: 524_288,
  maxContentOctetsAtOnce: 134_217_728,
  maxConnections: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  answerTimeoutMs: 90_000,
  keepAliveMs: 30_000,
  handshakeTimeoutMs: 10_000,
  lingerMs: 1_000,
  certificateWatchMs: 5_000,
};

/** Fills in what was left out. @throws nothing. */
export function resolveLimits(limits: Partial<HttpLimits> = {}): HttpLimits {
  return { ...defaults, ...limits };
}

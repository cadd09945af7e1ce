import { createServer as createPlainServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificate } from './certificate.ts';
import type { HttpLimits } from './limits.ts';

export interface NodeServerOptions {
  readonly limits: HttpLimits;
  /** Absent: plain HTTP. */
  readonly certificate: Certificate | undefined;
  /** Take folded fields, and what else the lenient parser takes. */
  readonly lenient: boolean;
}

/** A server of Node's that neither merges, nor drops, nor answers anything on its own. @throws nothing. */
export function createNodeServer(
  { limits, certificate, lenient }: NodeServerOptions,
  onRequest: RequestListener,
): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderOctets,
    insecureHTTPParser: lenient,
    requireHostHeader: false, // checked by us: Node's own 400 has no fields of ours
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.headersTimeoutMs / 4)),
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const server = certificate
    ? createTlsServer(
        {
          ...options,
          ...certificate,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.handshakeTimeoutMs,
        },
        onRequest,
      )
    : createPlainServer(options, onRequest);
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.answerTimeoutMs + limits.requestTimeoutMs;
  return server;
}

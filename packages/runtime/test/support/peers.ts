import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type CertificateRequest, createCertificateAuthority, issueCertificate } from '@isched/lab';
import { createGuardedFetch, type GuardedFetchOptions, type PooledFetch } from '@isched/runtime';
import { createZoneDns, type ZoneDns } from '@isched/testkit';

/** The authority that all peers of a test file have their certificates from. */
export const authority = await createCertificateAuthority();

/** A server on loopback. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** TCP connections so far. */
  readonly connections: () => number;
}

type Names = Omit<CertificateRequest, 'ca'>;

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** An https server. */
export async function httpsPeer(handler: Handler, names: Names = { dnsNames: ['peer.example'] }): Promise<Peer> {
  const { certificatePem, keyPem } = await issueCertificate({ ca: authority, ...names });
  const answer = (request: IncomingMessage, response: ServerResponse): void => void handler(request, response);
  return listening(createHttpsServer({ cert: certificatePem, key: keyPem, maxHeaderSize: 1_048_576 }, answer));
}

/** A TLS server that says what it likes, once a request's head has come. */
export async function rawPeer(talk: (socket: TLSSocket) => void): Promise<Peer> {
  const { certificatePem, keyPem } = await issueCertificate({ ca: authority, dnsNames: ['peer.example'] });
  return listening(
    createTlsServer({ cert: certificatePem, key: keyPem }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => talk(socket));
    }),
  );
}

export async function listening(server: Server): Promise<Peer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A name system where `peer.example` and all else a test needs is on loopback. */
export function loopbackDns(more = ''): ZoneDns {
  return createZoneDns(`$TTL 60\npeer.example. A 127.0.0.1\n${more}\n`);
}

/** A fetch that trusts the test's authority and may connect to loopback. */
export function labFetch(options: GuardedFetchOptions = {}, dns: ZoneDns = loopbackDns()): PooledFetch {
  return createGuardedFetch({ dns }, { ca: [authority.certificatePem], allowAddresses: ['127.0.0.1'], ...options });
}

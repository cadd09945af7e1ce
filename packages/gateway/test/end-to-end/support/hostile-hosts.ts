import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueCertificate } from '@isched/lab';
import type { World } from '../../../src/cli/commands/demo/world.ts';

/** What a host answers; `port` is where all of them listen. */
export type Habit = (request: IncomingMessage, response: ServerResponse, port: number) => void;

/** Hosts under hostile.example, each with its habit, a receiver's SRV record and a key server's. */
export interface HostileHosts extends AsyncDisposable {
  readonly port: number;
}

/** Answers with a document. */
export function says(content: string | Uint8Array, type = 'application/xml', status = 200): Habit {
  return (_, response) => void response.writeHead(status, { 'Content-Type': type }).end(content);
}

/** Begins an answer and never ends it. */
export const drips: Habit = (_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  const drip = setInterval(() => response.write('x'), 20);
  response.once('close', () => clearInterval(drip));
};

/** Sends on without end, as fast as it is taken. */
export const floods: Habit = (_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  const piece = Buffer.alloc(65_536, 'x');
  const send = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', send);
  send();
};

/** Sends on to another place. */
export function redirects(location: (port: number) => string, status = 307): Habit {
  return (_, response, port) => void response.writeHead(status, { Location: location(port) }).end();
}

/**
 * Starts the hosts, all on one port, told apart by the name they are asked by.
 *
 * @param moreZone - records beside theirs.
 */
export async function createHostileHosts(
  world: World,
  habits: Readonly<Record<string, Habit>>,
  moreZone: (port: number) => string,
): Promise<HostileHosts> {
  const { certificatePem, keyPem } = await issueCertificate({ ca: world.authority, dnsNames: ['*.hostile.example'] });
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    request.resume();
    response.on('error', () => undefined);
    const name = request.headers.host?.split('.')[0] ?? '';
    habits[name]?.(request, response, portOf());
  });
  const portOf = (): number => (server.address() as AddressInfo).port;
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf();
  const records = Object.keys(habits).flatMap((name) => [`${name} A 127.0.0.1`, ...services(name, name, port)]);
  const soa = '$TTL 300\n$ORIGIN hostile.example.\n@ SOA ns hostmaster 1 1h 10m 1d 60';
  world.dns.setZone('hostile.example', [soa, ...records, moreZone(port), ''].join('\n'));
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The SRV records that send a sender, and whoever looks for a key, to a host. @throws nothing. */
export function services(name: string, target: string, port: number): readonly string[] {
  return ['_ischedules', '_domainkey_lookup'].map((service) => `${service}._tcp.${name} SRV 0 0 ${port} ${target}`);
}

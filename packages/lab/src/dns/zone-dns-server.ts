import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { answerQuery, type DnsBehaviour, type Reply, type ServedZones } from './dns-reply.ts';
import { parseZone } from './zone.ts';

/** A name server for zones that live in memory. Names that no zone knows do not exist. */
export interface ZoneDnsServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What was asked, in order: `SRV _ischedules._tcp.example.com`, and by which way. */
  readonly questions: readonly { readonly question: string; readonly over: 'udp' | 'tcp' }[];
  /**
   * Puts a zone in place of the one with this origin, or beside the others.
   *
   * @throws ZoneError when the text can't be read; what was served before stays.
   */
  setZone(origin: string, text: string): void;
  removeZone(origin: string): void;
  /** From now on a name is treated so, by each type or by one (`SRV`); nothing: answered again. */
  behave(name: string, behaviour: DnsBehaviour | undefined, type?: string): void;
}

/**
 * Starts a name server on UDP and TCP of one port.
 *
 * @param zones - zone texts by origin.
 * @param options - where to listen. Default 127.0.0.1, and a port that is free.
 * @throws ZoneError when a text can't be read; the system's error when the port can't be had.
 */
export async function createZoneDnsServer(
  zones: Readonly<Record<string, string>> = {},
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<ZoneDnsServer> {
  const host = options.host ?? '127.0.0.1';
  const parsed = new Map(Object.entries(zones).map(([origin, text]) => [origin, parseZone(text, origin)]));
  const behaviours = new Map<string, DnsBehaviour>();
  const questions: { question: string; over: 'udp' | 'tcp' }[] = [];
  const served: ServedZones = {
    zones: () => [...parsed.values()],
    behaviourOf: (name, type) => behaviours.get(`${type} ${name}`) ?? behaviours.get(name),
  };
  const reply: Reply = (query, over) => {
    const answered = answerQuery(query, over, served);
    if (answered.question !== undefined) questions.push({ question: answered.question, over });
    return answered.octets;
  };
  const { udp, tcp, port } = await listen(host, options.port ?? 0, reply);
  return {
    host,
    port,
    questions,
    setZone: (origin, text) => void parsed.set(origin, parseZone(text, origin)),
    removeZone: (origin) => void parsed.delete(origin),
    behave(name, behaviour, type) {
      const key = type === undefined ? name : `${type} ${name}`;
      if (behaviour) behaviours.set(key, behaviour);
      else behaviours.delete(key);
    },
    [Symbol.asyncDispose]: () => close(udp, tcp),
  };
}

interface Listening {
  readonly udp: UdpSocket;
  readonly tcp: { readonly server: Server; readonly sockets: Set<Socket> };
  readonly port: number;
}

/** Both on one port: TCP gets one from the system, UDP follows; where that is taken, another is tried. */
async function listen(host: string, wantedPort: number, reply: Reply): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    const tcp = createTcpServer(reply);
    const port = await listenTcp(tcp.server, host, wantedPort);
    try {
      return { tcp, port, udp: await listenUdp(host, port, reply) };
    } catch (error) {
      tcp.server.close();
      if (wantedPort !== 0 || attempt === 10) throw error;
    }
  }
}

async function listenUdp(host: string, port: number, reply: Reply): Promise<UdpSocket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind(port, host, resolve);
  await promise;
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const octets = reply(query, 'udp');
    if (octets) socket.send(octets, from.port, from.address, () => undefined);
  });
  return socket;
}

async function listenTcp(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

function createTcpServer(reply: Reply): Listening['tcp'] {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
        const end = received.readUInt16BE(0) + 2;
        const octets = reply(received.subarray(2, end), 'tcp');
        received = received.subarray(end);
        if (octets) socket.write(Buffer.concat([Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets]));
      }
    });
  });
  return { server, sockets };
}

async function close(udp: UdpSocket, tcp: Listening['tcp']): Promise<void> {
  const closed = Promise.withResolvers<void>();
  for (const socket of tcp.sockets) socket.destroy();
  tcp.server.close(() => closed.resolve());
  udp.close();
  await closed.promise;
}

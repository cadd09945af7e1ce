import { performance } from 'node:perf_hooks';
import { connect, type TLSSocket } from 'node:tls';

/** What a run of load found. */
export interface LoadResult {
  readonly latencies: readonly number[];
  readonly rate: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>;
}

export interface LoadOptions {
  readonly port: number;
  readonly serverName: string;
  readonly ca: string;
  readonly connections: number;
  readonly seconds: number;
  /** The next whole request, or nothing when there is none left. */
  readonly next: () => Uint8Array | undefined;
}

/**
 * Sends requests over TLS keep-alive connections, one under way on each, until the time is over or there is none left.
 * The client is as thin as can be, so that the server is what is measured.
 *
 * @throws when a connection breaks or an answer can't be read.
 */
export async function drive(options: LoadOptions): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => open(options)));
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  const start = performance.now();
  const until = start + options.seconds * 1000;
  const lane = async (socket: TLSSocket): Promise<void> => {
    while (performance.now() < until) {
      const request = options.next();
      if (request === undefined) return;
      const before = performance.now();
      const status = await exchange(socket, request);
      latencies.push(performance.now() - before);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(sockets.map(lane));
  const rate = (latencies.length * 1000) / (performance.now() - start);
  for (const socket of sockets) socket.destroy();
  return { latencies, rate, statuses };
}

function open({ port, serverName, ca }: LoadOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: serverName, ca }, () => {
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function exchange(socket: TLSSocket, request: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const finish = (settle: () => void): void => {
      socket.off('data', onData).off('error', onEnd).off('close', onEnd);
      settle();
    };
    const onEnd = (error?: unknown): void =>
      finish(() => reject(error instanceof Error ? error : new Error('the server closed the connection')));
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const status = wholeAnswer(text);
      if (status !== undefined) finish(() => resolve(status));
    };
    socket.on('data', onData).on('error', onEnd).on('close', onEnd);
    socket.write(request);
  });
}

/** The status once the whole answer is there; it has a Content-Length. */
function wholeAnswer(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${text.slice(0, 200)}`);
  return text.length - end - 4 >= Number(length) ? Number(text.slice(9, 12)) : undefined;
}

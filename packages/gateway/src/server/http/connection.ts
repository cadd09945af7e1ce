import type { Socket } from 'node:net';

/** One request and its answer to be. */
export interface Exchange {
  /** Whether the request was read to its end. */
  readonly complete: boolean;
  /** Nothing more of the content will come. */
  breakOff(): void;
  /** The answer is not waited for any more. */
  abort(reason: Error): void;
}

/** What the listener remembers of one connection. */
export interface Connection {
  readonly socket: Socket;
  /** Requests whose answers are not yet written, in order. */
  readonly underWay: Set<Exchange>;
  /** Those of them that were read and wait for their turn. */
  readonly waiting: (() => void)[];
  /** It can't be read as HTTP any more. */
  failed: boolean;
  /** Called when the last answer is written. */
  whenQuiet: (() => void) | undefined;
}

/** How many requests of one connection are answered at once; a peer that sends more waits. */
const maxAtOnce = 16;

/** A connection nothing was asked on yet. @throws nothing. */
export function newConnection(socket: Socket): Connection {
  const connection: Connection = { socket, underWay: new Set(), waiting: [], failed: false, whenQuiet: undefined };
  // The parser resumes the socket after each request it has read, whoever paused it.
  socket.on('resume', () => {
    if (isAhead(connection)) socket.pause();
  });
  return connection;
}

/**
 * Notes a request. A peer that runs ahead of the answers is read no further, and what was read already waits.
 *
 * @returns a promise of the request's turn.
 * @throws nothing.
 */
export async function requestBegan(connection: Connection, exchange: Exchange): Promise<void> {
  connection.underWay.add(exchange);
  if (!isAhead(connection)) return;
  connection.socket.pause();
  if (connection.underWay.size > maxAtOnce) await new Promise<void>((resolve) => connection.waiting.push(resolve));
}

/** Notes an answer. @throws nothing. */
export function requestEnded(connection: Connection, exchange: Exchange): void {
  connection.underWay.delete(exchange);
  connection.waiting.shift()?.();
  if (!isAhead(connection) && connection.socket.isPaused()) connection.socket.resume();
  if (connection.underWay.size === 0) connection.whenQuiet?.();
}

function isAhead(connection: Connection): boolean {
  return connection.underWay.size >= maxAtOnce;
}

/**
 * Writes a last answer and ends a connection so that the peer can read it: what it still sends is taken and thrown away for
 * a moment, because closing on unread octets would reset the connection under the answer.
 *
 * @throws nothing.
 */
export function endWith(socket: Socket, lastWords: Uint8Array, lingerMs: number): void {
  if (socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  socket.end(lastWords);
  socket.resume();
}

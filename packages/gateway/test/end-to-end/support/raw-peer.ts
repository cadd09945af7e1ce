import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; the last of a name. */
  readonly fields: ReadonlyMap<string, string>;
  readonly content: string;
  /** The code of the error document; absent: a document without one, or none. */
  readonly fault: string | undefined;
  /** Of the first recipient. */
  readonly requestStatus: string | undefined;
}

/** A connection that says what it likes. */
export interface RawPeer {
  readonly socket: TLSSocket;
  /** The answers that have come whole. */
  readonly answers: () => readonly RawAnswer[];
  /** Waits for so many answers. @throws Error when the connection ends first, or the time is over. */
  answered(count: number, timeoutMs?: number): Promise<readonly RawAnswer[]>;
  /** Sends a piece again and again, as fast as it is taken, until the other side ends it or so many octets were sent. */
  flood(piece: Uint8Array, maxOctets: number): Promise<void>;
}

/** Reads what comes back on a connection. @throws nothing. */
export function rawPeer(socket: TLSSocket): RawPeer {
  let rest = '';
  let closed = false;
  const answers: RawAnswer[] = [];
  const waiting = new Set<() => void>();
  const notify = (): void => waiting.forEach((look) => look());
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (;;) {
      const found = firstAnswer(rest);
      if (!found) break;
      rest = rest.slice(found.length);
      answers.push(found.answer);
    }
    notify();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    closed = true;
    notify();
  });
  return {
    socket,
    answers: () => answers,
    async answered(count, timeoutMs = 15_000) {
      const enough = Promise.withResolvers<void>();
      const look = (): void => {
        if (answers.length >= count) enough.resolve();
        else if (closed) enough.reject(new Error(`the connection ended after ${answers.length} answers: ${rest}`));
      };
      const timer = setTimeout(
        () => enough.reject(new Error(`${answers.length} answers in ${timeoutMs} ms`)),
        timeoutMs,
      );
      waiting.add(look);
      look();
      try {
        await enough.promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(look);
      }
      return answers;
    },
    async flood(piece, maxOctets) {
      const ended = new AbortController();
      socket.once('close', () => ended.abort());
      for (let sent = 0; sent < maxOctets && socket.writable; sent += piece.length) {
        if (socket.write(piece)) continue;
        await once(socket, 'drain', { signal: ended.signal }).catch(() => undefined);
      }
      if (!socket.closed) await once(socket, 'close');
    },
  };
}

function firstAnswer(text: string): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const fields = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const length = headEnd + 4 + Number(fields.get('content-length') ?? 0);
  if (text.length < length) return undefined;
  const content = text.slice(headEnd + 4, length);
  return {
    length,
    answer: {
      status: Number(statusLine.split(' ')[1]),
      fields,
      content,
      fault: /<error [^>]*><([a-z-]+)\/></.exec(content)?.[1],
      requestStatus: /<request-status>([^<]*)</.exec(content)?.[1],
    },
  };
}
